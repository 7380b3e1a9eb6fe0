"""Writes the first version of a warning: five parts, in every language of the deployment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category
from zoneinfo import ZoneInfo

from gateway.alerts import wording
from gateway.terms.gsm7 import encoding_of, segments, transliterate
from gateway.terms.refusals import Refused

MAX_SEGMENTS = 6
NO_WARNING = frozenset({"all_quiet", "silence"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What goes into the texts; `until` in the deployment's zone."""

    source: str
    hazard: str
    place: str
    until: str
    exercise: bool


def draft_texts(purpose: str, facts: Facts, languages: Sequence[str]) -> dict[str, str]:
    """A text a language for a warning, an all-clear or a cancel."""
    return {language: _text(purpose, facts, language) for language in languages}


def checked_texts(
    texts: Mapping[str, str], languages: Sequence[str], *, exercise: bool
) -> dict[str, str]:
    """The texts as they will leave; raises Refused that names the language and what is wrong."""
    checked = {}
    for language in languages:
        typed = "".join(
            letter
            for letter in texts.get(language, "")
            if letter.isspace() or category(letter) != "Cc"  # no phone shows a control character
        )
        text = " ".join(transliterate(typed).split())
        if not text:
            raise Refused(f"The text in {language.upper()} is missing.")
        if exercise:
            text = _marked(text, language)
        if segments(text) > MAX_SEGMENTS:
            raise Refused(
                f"The text in {language.upper()} needs {segments(text)} SMS in "
                f"{encoding_of(text)}; {MAX_SEGMENTS} is the most. Please shorten it."
            )
        checked[language] = text
    return checked


def clock_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time as an SMS gives it: 18:30, or 18:30 12/03 when it is not today."""
    local = moment.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%H:%M %d/%m}"


def _text(purpose: str, facts: Facts, language: str) -> str:
    if purpose == "warning":
        if facts.hazard in NO_WARNING:
            raise Refused("There is nothing to warn of: set another hazard first.")
        name = f"warning_{facts.hazard}"
        text = wording.render(
            language, name, source=facts.source, place=facts.place, until=facts.until
        )
    else:
        text = wording.render(
            language, purpose, source=facts.source, place=facts.place, time=facts.until
        )
    return _marked(text, language) if facts.exercise else text


def _marked(text: str, language: str) -> str:
    """An exercise says so in its first words, whatever is done to its text."""
    mark = wording.render(language, "exercise", text="").strip()
    return text if text.startswith(mark) else wording.render(language, "exercise", text=text)
