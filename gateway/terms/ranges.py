"""How many people, between two numbers either of which may not be known."""

from gateway.terms.saying import Said


def in_words(low: int | None, high: int | None) -> str:
    """ "3", "20 to 30", "20 or more", "up to 20"; "people" where no number is known."""
    if low is None and high is None:
        return Said("people")
    if high is None:
        return Said("%(low)s or more", low=f"{low:,}")
    if low is None:
        return Said("up to %(high)s", high=f"{high:,}")
    return (
        f"{low:,}" if low == high else Said("%(low)s to %(high)s", low=f"{low:,}", high=f"{high:,}")
    )


_HARMED = {
    "killed": Said("%(people)s killed"),
    "injured": Said("%(people)s injured"),
    "abducted": Said("%(people)s abducted"),
    "missing": Said("%(people)s missing"),
    "displaced": Said("%(people)s displaced"),
}


def harmed(kind: str, low: int | None, high: int | None) -> Said:
    """ "20 to 30 killed"."""
    return _HARMED[kind].of(people=in_words(low, high))
