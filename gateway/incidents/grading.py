"""Grades an incident by the Admiralty code: the source A to F, the information 1 to 6.

Source: NATO AJP-2.1, annex on evaluation. Both are kept apart, and neither sends a warning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
CREDIBILITY = {
    1: "confirmed by other sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtfully true",
    5: "improbable",
    6: "truth cannot be judged",
}
# What a source's word weighs beside others; a stranger's counts more than a proven liar's.
_WORD = {"A": 1.0, "B": 0.9, "C": 0.7, "D": 0.4, "E": 0.15, "F": 0.6}
_CONFIRMED_BY, _CONFIRMED_WORD = 3, 1.7  # independent witnesses, and what their words weigh
_LIKELY_BY, _LIKELY_WORD = 2, 1.0
_PROBABLE, _POSSIBLE, _DOUBTFUL, _IMPROBABLE, _UNKNOWN = 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Voice:
    """One report or answer as evidence.

    `stance` is witness, hearsay, asks or denies; `asked` marks a focal point's answer.
    """

    subscriber_id: int
    reliability: str
    is_copy: bool = False
    stance: str = "witness"
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Doubts:
    """What speaks against an incident besides those who deny it, each as words or empty."""

    implausible: str = ""
    stale: str = ""
    coordinated: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """The Admiralty code, how many independent witnesses and contradictions, and why."""

    reliability: str
    credibility: int
    sources: int
    contradictions: int
    why: tuple[str, ...]


def grade(voices: Iterable[Voice], doubts: Doubts | None = None) -> Grade:
    """Copies count with their original only, and a person counts once, however often they write."""
    heard = list(voices)
    own = [voice for voice in heard if not voice.is_copy] or heard[:1]
    against = _people(own, "denies")
    witnesses = {who: one for who, one in _people(own, "witness").items() if who not in against}
    hearsay = {w: one for w, one in _people(own, "hearsay").items() if w not in witnesses}
    best = min((voice.reliability for voice in (witnesses or hearsay).values()), default="F")
    why = _counted(witnesses, hearsay, against, len(heard) - len(own))
    credibility, steps = _credibility(witnesses, hearsay, against, doubts or Doubts())
    sources = len(witnesses) or min(1, len(hearsay))
    return Grade(best, credibility, sources, len(against), (*why, *steps))


def words(reliability: str, credibility: int) -> str:
    """The grade as a person says it."""
    return f"{RELIABILITY[reliability]}; {CREDIBILITY[credibility]}"


_People = dict[int, Voice]


def _people(voices: Sequence[Voice], stance: str) -> _People:
    """The last word of each person who takes this stance."""
    return {voice.subscriber_id: voice for voice in voices if voice.stance == stance}


def _counted(witnesses: _People, hearsay: _People, against: _People, copies: int) -> list[str]:
    asked = sum(voice.asked for voice in witnesses.values())
    counts = (
        (len(witnesses), "independent witness", "independent witnesses"),
        (asked, "of them was asked and said yes", "of them were asked and said yes"),
        (len(hearsay), "only heard of it", "only heard of it"),
        (len(against), "contradicts", "contradict"),
        (copies, "copy, not counted", "copies, not counted"),
    )
    return [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]


def _credibility(
    witnesses: _People, hearsay: _People, against: _People, doubts: Doubts
) -> tuple[int, list[str]]:
    speaks_for = sum(_WORD[voice.reliability] for voice in witnesses.values())
    speaks_against = sum(_WORD[voice.reliability] for voice in against.values())
    value = _uncontradicted(witnesses, hearsay, speaks_for)
    why = []
    if against:
        value = _contradicted(value, speaks_for, speaks_against)
        why.append("those who contradict lower it")
    if doubts.coordinated and value < _POSSIBLE:
        value = _POSSIBLE
        why.append(doubts.coordinated)
    if doubts.unknown and value < _PROBABLE:
        value = _PROBABLE
        why.append(doubts.unknown)
    for doubt in (doubts.implausible, doubts.stale):
        if doubt and value <= _POSSIBLE:
            value += 1
            why.append(doubt)
    return value, why


def _uncontradicted(witnesses: _People, hearsay: _People, speaks_for: float) -> int:
    if not witnesses:
        return _DOUBTFUL if hearsay else _UNKNOWN
    if len(witnesses) >= _CONFIRMED_BY and speaks_for >= _CONFIRMED_WORD:
        return 1
    if len(witnesses) >= _LIKELY_BY:
        return _PROBABLE if speaks_for >= _LIKELY_WORD else _POSSIBLE
    reliability = next(iter(witnesses.values())).reliability
    return _POSSIBLE if reliability in "AB" else _IMPROBABLE if reliability == "E" else _UNKNOWN


def _contradicted(value: int, speaks_for: float, speaks_against: float) -> int:
    if speaks_against >= 2 * speaks_for:
        return _IMPROBABLE
    if speaks_against >= speaks_for or value == _UNKNOWN:
        return max(value, _DOUBTFUL) if value != _UNKNOWN else _DOUBTFUL
    return min(value + 1, _IMPROBABLE)
