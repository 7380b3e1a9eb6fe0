"""The words of a question: a template, a place's name and a number, and nothing of any report."""

from gateway.alerts import wording


def asked(
    language: str, kind: str, *, hazard: str | None, place: str | None, number: int
) -> str:
    """The question as it is sent: of a focal point, of a quiet place, or back to a reporter."""
    if kind == "confirm":
        seen = wording.render(language, f"ask_{hazard}", place=place or "")
        return wording.render(language, "ask_reply", question=seen, number=str(number))
    if kind == "quiet":
        return wording.render(language, "ask_quiet", place=place or "")
    return wording.render(language, f"ask_{kind}")


def asked_again(
    language: str, kind: str, *, hazard: str | None, place: str | None, number: int
) -> str:
    """The reminder; a quiet place is simply asked once more."""
    if kind != "confirm":
        return asked(language, kind, hazard=hazard, place=place, number=number)
    seen = wording.render(language, f"ask_{hazard}", place=place or "")
    return wording.render(language, "ask_again", question=seen, number=str(number))
