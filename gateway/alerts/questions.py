"""The words of a question: a template, a place's name and a number, and nothing of any report."""

from gateway.alerts import wording


def asked(
    language: str,
    kind: str,
    *,
    hazard: str | None,
    place: str | None,
    number: int,
    exercise: bool = False,
) -> str:
    """What a focal point is sent: have you seen it (confirm), or is all calm (quiet)."""
    text = _seen(language, hazard, place) if kind == "confirm" else _calm(language, place)
    if kind == "confirm":
        text = wording.render(language, "ask_reply", question=text, number=str(number))
    return _marked(language, text) if exercise else text


def asked_again(
    language: str,
    kind: str,
    *,
    hazard: str | None,
    place: str | None,
    number: int,
    exercise: bool = False,
) -> str:
    """The reminder; about a quiet place the question is simply put once more."""
    text = _seen(language, hazard, place) if kind == "confirm" else _calm(language, place)
    if kind == "confirm":
        text = wording.render(language, "ask_again", question=text, number=str(number))
    return _marked(language, text) if exercise else text


def _seen(language: str, hazard: str | None, place: str | None) -> str:
    return wording.render(language, f"ask_{hazard}", place=place or "")


def _calm(language: str, place: str | None) -> str:
    return wording.render(language, "ask_quiet", place=place or "")


def _marked(language: str, text: str) -> str:
    return wording.render(language, "exercise", text=text)
