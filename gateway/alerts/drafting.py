"""Writes the first version of a warning: five parts, in every language of the deployment.

In the order that reads best: source, hazard and impact, place, what to do, until when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.alerts import lettering, wording
from gateway.alerts.marking import marked
from gateway.terms.gsm7 import encoding_of, segments
from gateway.terms.languages import language_name
from gateway.terms.refusals import Refused

MAX_SEGMENTS = 6
NO_WARNING = frozenset({"all_quiet", "silence"})
_WARNINGS = ("warning", "update")
_FIVE_PARTS = frozenset({"source", "place", "action", "until"})  # the hazard is the template's own
_AFTERWARDS = frozenset({"source", "place", "time"})
_LONG_PLACE, _LONG_TIME = "m" * 25, "00:00 00/00"


@dataclass(frozen=True, slots=True)
class Facts:
    """What goes into the texts; `until` in the deployment's zone."""

    source: str
    hazard: str
    place: str
    until: str
    exercise: bool


def draft_texts(
    purpose: str, facts: Facts, languages: Sequence[str], playbook: Mapping[str, str]
) -> dict[str, str]:
    """A text a language for a warning, an update, an all-clear or a cancel.

    `playbook` holds the hazard's line on what to do, by language. A language that cannot be drafted
    (`faults` says why) gets an empty text, which nobody can submit: no text goes out with a part
    missing, and one broken file keeps no other language from its warning.
    """
    if purpose in _WARNINGS:  # a cancel must never be refused
        _refuse_unfounded(facts)
    faulty = faults(purpose, facts.hazard, languages, playbook)
    return {
        language: "" if language in faulty else _text(purpose, facts, language, playbook)
        for language in languages
    }


def faults(
    purpose: str, hazard: str, languages: Sequence[str], playbook: Mapping[str, str]
) -> dict[str, str]:
    """Why a language cannot be drafted and what to mend, by language; empty where all can."""
    found = {language: _fault(purpose, hazard, language, playbook) for language in languages}
    return {language: words for language, words in found.items() if words}


def template_faults(language: str, hazards: Sequence[str]) -> list[str]:
    """What is wrong with the templates of a language, each with the file to mend."""
    needed = dict(_templates("all_clear", "") + _templates("cancel", ""))
    for hazard in hazards:
        needed |= dict(_templates("update", hazard))
    found = [wording.fault(language, name, fields) for name, fields in needed.items()]
    return list(dict.fromkeys([*(words for words in found if words), *wording.faults(language)]))


def checked_texts(
    texts: Mapping[str, str], languages: Sequence[str], *, exercise: bool
) -> dict[str, str]:
    """The texts as they will leave; raises Refused that names the language and what is wrong."""
    return {
        language: _checked(texts.get(language, ""), language, exercise=exercise)
        for language in languages
    }


def need_every_text(texts: Mapping[str, str]) -> None:
    """Refuses an alert that has nothing to say in one of its languages."""
    for language, text in texts.items():
        if not text.strip():
            raise Refused(
                "The text in %(language)s is missing: write it first.",
                language=language_name(language),
            )


def clock_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time as an SMS gives it: 18:30, or 18:30 12/03 when it is not today."""
    local = moment.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%H:%M %d/%m}"


def longest_text(hazard: str, language: str, source: str, line: str) -> str:
    """The longest that a drafted warning with this line may get: the update of an exercise, for a
    place of 25 letters, until a time of another day.

    "" where the templates of the language cannot be used.
    """
    if _fault("update", hazard, language, {language: line}):
        return ""
    facts = Facts(source, hazard, _LONG_PLACE, _LONG_TIME, exercise=True)
    return _text("update", facts, language, {language: line})


def _refuse_unfounded(facts: Facts) -> None:
    if facts.hazard in NO_WARNING:
        raise Refused("There is nothing to warn of: set another hazard first.")
    if not facts.place.strip():
        raise Refused("Nobody knows what the place is called: set its place first.")


def _fault(purpose: str, hazard: str, language: str, playbook: Mapping[str, str]) -> str | None:
    for name, fields in _templates(purpose, hazard):
        words = wording.fault(language, name, fields)
        if words:
            return words
    if purpose in _WARNINGS and not _line(language, playbook):
        name = language_name(language)
        return f"the playbook of this hazard has no line in {name}: write it under More, Playbooks"
    return None


def _templates(purpose: str, hazard: str) -> list[tuple[str, frozenset[str]]]:
    """The templates that a purpose takes, with the fields that each must have."""
    marks = [("exercise", frozenset({"text"}))]
    if purpose == "update":
        marks.append(("update", frozenset({"text"})))
    if purpose in _WARNINGS:
        return [*marks, (f"warning_{hazard}", _FIVE_PARTS)]
    return [*marks, (purpose, _AFTERWARDS)]


def _line(language: str, playbook: Mapping[str, str]) -> str:
    """In English where the language has no templates: its whole text is English then."""
    spoken = language if language in wording.languages() else wording.FALLBACK
    return playbook.get(spoken, "")


def _text(purpose: str, facts: Facts, language: str, playbook: Mapping[str, str]) -> str:
    known = {"source": facts.source, "place": facts.place}
    if purpose in _WARNINGS:
        known |= {"action": _line(language, playbook), "until": facts.until}
        text = wording.render(language, f"warning_{facts.hazard}", **known)
    else:
        text = wording.render(language, purpose, **known, time=facts.until)
    if purpose == "update":
        text = wording.render(language, "update", text=text)
    return lettering.plain(marked(language, text) if facts.exercise else text, language)


def _checked(typed: str, language: str, *, exercise: bool) -> str:
    name = language_name(language)
    text = " ".join(lettering.without_controls(typed).split())
    if not text:
        raise Refused("The text in %(name)s is missing.", name=name)
    odd = lettering.unshowable(text)
    if odd:
        raise Refused(
            "The text in %(name)s holds %(odd)s in word %(number)s, which "
            "phones do not show. Please take it out.",
            name=name,
            odd=odd,
            number=_word_of(text),
        )
    text = lettering.plain(marked(language, text) if exercise else text, language)
    if segments(text) > MAX_SEGMENTS:
        raise Refused(
            "The text in %(name)s needs %(segments)s SMS in "
            "%(alphabet)s; %(max_segments)s is the most. Please shorten "
            "it.",
            name=name,
            segments=segments(text),
            alphabet=encoding_of(text),
            max_segments=MAX_SEGMENTS,
        )
    return text


def _word_of(text: str) -> int:
    """Which word the first letter that cannot be sent stands in; the letter itself is invisible."""
    at = next(at for at, letter in enumerate(text) if lettering.unshowable(letter))
    return len(f"{text[:at]}.".split())
