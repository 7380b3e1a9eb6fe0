"""Reads who was harmed: killed, injured, abducted or missing, and how many."""

from collections.abc import Sequence

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.quantities import read_number
from gateway.understanding.values import Casualties

_REACH = 4  # words between a number and what happened to so many
_MOST = 10_000


def casualties(
    words: Sequence[str], lexicon: Lexicon, denied: Sequence[tuple[int, int]]
) -> tuple[Casualties, ...]:
    """One for each thing done to people, with the highest number told of it or None.

    `denied` are the words that a negation covers.
    """
    hits = [
        hit
        for hit in lexicon.whole["casualties"].find(words)
        if not any(start <= hit.start < end for start, end in denied)
        and not lexicon.speech["negators"].ending_at(words, hit.start)
    ]
    numbers = _numbers(words, lexicon) if hits else []
    told: dict[str, int | None] = {}
    for number, count in _nearest(numbers, hits).items():
        told[number] = count
    for hit in hits:
        told.setdefault(hit.value, None)
    return tuple(Casualties(state, count) for state, count in told.items())


def _numbers(words: Sequence[str], lexicon: Lexicon) -> list[tuple[int, int, int]]:
    """Value, start and end of every number of people; what counts something else is left out."""
    found, at = [], 0
    while at < len(words):
        value, end = read_number(words, at, lexicon)
        if value is None:
            at += 1
            continue
        counted = end < len(words) and lexicon.people["units"].at(words, end)
        if 0 < value <= _MOST and not counted:
            found.append((value, at, end))
        at = end
    return found


def _nearest(
    numbers: Sequence[tuple[int, int, int]], hits: Sequence[Hit[str]]
) -> dict[str, int | None]:
    """Each number goes to the nearest word of harm, those behind it first ("3 killed")."""
    told: dict[str, int | None] = {}
    for value, start, end in numbers:
        near = [(_gap(hit, start, end), hit.value) for hit in hits]
        reached = sorted(pair for pair in near if pair[0] <= _REACH)
        if reached:
            state = reached[0][1]
            told[state] = max(value, told.get(state) or 0)
    return told


def _gap(hit: Hit[str], start: int, end: int) -> float:
    if hit.start >= end:
        return hit.start - end
    return start - hit.end + 0.5 if hit.end <= start else float(_REACH + 1)
