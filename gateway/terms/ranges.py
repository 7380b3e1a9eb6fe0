"""How many people, between two numbers either of which may not be known."""


def in_words(low: int | None, high: int | None) -> str:
    """ "3", "20 to 30", "20 or more", "up to 20"; "people" where no number is known."""
    if low is None and high is None:
        return "people"
    if high is None:
        return f"{low:,} or more"
    if low is None:
        return f"up to {high:,}"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
