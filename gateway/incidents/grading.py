"""Grades an incident by the Admiralty code: the source A to F, the information 1 to 6.

Source: NATO AJP-2.1, annex on evaluation. Never enough by itself to send a warning.
"""

from collections.abc import Iterable
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
_CONFIRMED_BY = 3  # independent sources


@dataclass(frozen=True, slots=True)
class Voice:
    """One report as evidence: whose, how reliable they are, whether it is only a copy."""

    subscriber_id: int
    reliability: str
    is_copy: bool


def grade(voices: Iterable[Voice]) -> tuple[str, int, int]:
    """Reliability of the best source, credibility, and the number of independent sources."""
    heard = list(voices)
    own = [voice for voice in heard if not voice.is_copy] or heard[:1]
    sources = len({voice.subscriber_id for voice in own})
    reliability = min((voice.reliability for voice in own), default="F")
    return reliability, _credibility(sources, reliability), sources


def words(reliability: str, credibility: int) -> str:
    """The grade as a person says it."""
    return f"{RELIABILITY[reliability]}; {CREDIBILITY[credibility]}"


def _credibility(sources: int, reliability: str) -> int:
    if sources >= _CONFIRMED_BY:
        return 1
    if sources > 1:
        return 2
    return 3 if reliability in "AB" else 6
