"""The words of a question: a template, a place's name and a number, and nothing of any report."""

from gateway.alerts import wording
from gateway.alerts.marking import marked


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
    return _put("ask_reply", language, kind, hazard, place, number, exercise)


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
    return _put("ask_again", language, kind, hazard, place, number, exercise)


def _put(
    template: str,
    language: str,
    kind: str,
    hazard: str | None,
    place: str | None,
    number: int,
    exercise: bool,
) -> str:
    text = _seen(language, hazard, place) if kind == "confirm" else _calm(language, place)
    if kind == "confirm":
        text = wording.render(language, template, question=text, number=str(number))
    return marked(language, text) if exercise else text


def _seen(language: str, hazard: str | None, place: str | None) -> str:
    return wording.render(language, f"ask_{hazard}", place=place or "")


def _calm(language: str, place: str | None) -> str:
    return wording.render(language, "ask_quiet", place=place or "")
