"""Reads a time of day, typed or spoken, from the hour that each language counts from."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gateway.understanding.folding import fold
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.quantities import read_number

# 10:30, 22h, 22h30, 4.30pm, 6 am
_TYPED = re.compile(
    r"(?<![\w.:,/-])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?(?P<mark>[:.h])(?P<minute>[0-5]\d)(?!\d)|\s?(?P<h>h)(?!\w))?"
    r"\s?(?P<half>[ap]\.?m\b)?(?![\w:/-])",
    re.IGNORECASE,
)
_HOURS, _HALF_DAY = 24, 12
_PARTS = ("morning", "afternoon", "evening", "night")
_MINUTES = {"half": 30, "quarter": 15}
_MINUTE_WORDS = (*_MINUTES, "to", "past")
_MOST_WORDS_BEFORE = 3  # folded words that may say "at" before a typed time
_MOST_MINUTE_WORDS = 3  # "quarter", "past"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as said: the hours, 0 to 23, that may be meant, and the minute."""

    hours: tuple[int, ...]
    minute: int
    text: str


def read_clock(text: str, words: Sequence[str], lexicon: Lexicon) -> Clock | None:
    """The first time of day in a text; `words` are its folded words."""
    return _typed(text, lexicon) or _spoken(words, lexicon)


def _typed(text: str, lexicon: Lexicon) -> Clock | None:
    for match in _TYPED.finditer(text):
        half, mark = (match["half"] or "").lower(), (match["mark"] or "").lower()
        if not (half or match["h"] or mark) or (mark == "." and not half):
            continue  # a bare number, or a decimal one
        hour, minute = int(match["hour"]) % _HOURS, int(match["minute"] or 0)
        if half and 1 <= hour <= _HALF_DAY:
            hours: tuple[int, ...] = (hour % _HALF_DAY + _HALF_DAY * half.startswith("p"),)
        elif mark == "h" or match["h"]:
            hours = (hour,)
        else:
            before = fold(text[: match.start()][-40:]).split()[-_MOST_WORDS_BEFORE:]
            at = lexicon.clock.ending_at(before, len(before)) if before else None
            hours = _hours(hour, at.value if at else 0)
        return Clock(hours, minute, match[0].strip())
    return None


def _spoken(words: Sequence[str], lexicon: Lexicon) -> Clock | None:
    """ "at ten at night", "half past four", "à 10 heures", "saa nne na nusu"."""
    at = 0
    while at < len(words):
        number, end = read_number(words, at, lexicon)
        if number is not None and 0 < number <= _HOURS:
            found = _around(words, at, end, number, lexicon)
            if found:
                return found
        at = max(end, at + 1)
    return None


def _around(
    words: Sequence[str], start: int, end: int, number: int, lexicon: Lexicon
) -> Clock | None:
    """The number from `start` to `end` as a clock time, where the words beside it make it one."""
    ahead, minutes = _minutes_before(words, start, lexicon)
    before = lexicon.clock.ending_at(words, ahead)
    after = lexicon.clock.at(words, end) if end < len(words) else []
    after = [hit for hit in after if not _is_of_place(hit, words, lexicon)]
    stop = after[0].end if after else end
    behind, more = _minutes_after(words, stop, lexicon)
    part = behind < len(words) and any(
        lexicon.tables["clock"][part].at(words, behind) for part in _PARTS
    )
    surely = before is not None and not _is_of_place(before, words, lexicon)
    if not (surely or after or minutes or (before and (part or more))):
        return None
    if surely and behind < len(words) and _counts_else(words, behind, lexicon):
        return None
    said = before or (after[0] if after else None)
    minute = minutes or more or 0
    hours = _hours(number, said.value if said else 0)
    if minute < 0:  # a quarter to ten
        hours = tuple((hour - 1) % _HOURS for hour in hours)
    text = " ".join(words[before.start if before else ahead : behind])
    return Clock(hours, minute % 60, text)


def _is_of_place(hit: Hit[int], words: Sequence[str], lexicon: Lexicon) -> bool:
    """ "At" and "from" stand before places and numbers of people too; "saa" does not."""
    return any(role.end == hit.end for role in lexicon.roles.at(words, hit.start))


def _counts_else(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """ "Saa mbili kwa miguu" is how far it is to walk."""
    return bool(lexicon.tables["travel"]["foot"].at(words, at)) or bool(
        lexicon.tables["ago"]["ago"].at(words, at)
    )


def _minutes_before(words: Sequence[str], start: int, lexicon: Lexicon) -> tuple[int, int | None]:
    """Where "quarter to" before a number begins, and its minutes, negative before the hour."""
    told: set[str] = set()
    at = start
    for _ in range(_MOST_MINUTE_WORDS):
        hit = lexicon.whole["clock"].ending_at(words, at) if at > 0 else None
        if hit is None or hit.value not in _MINUTE_WORDS:
            break
        told |= {found.value for found in lexicon.whole["clock"].at(words, hit.start)}
        at = hit.start
    minutes = _sum(told)
    return (at, minutes) if minutes is not None else (start, None)


def _minutes_after(words: Sequence[str], end: int, lexicon: Lexicon) -> tuple[int, int | None]:
    """Where "na nusu" after a number ends, and its minutes."""
    told: set[str] = set()
    at = end
    while at < min(len(words), end + _MOST_MINUTE_WORDS):
        hits = lexicon.whole["clock"].at(words, at)
        if not any(hit.value in _MINUTE_WORDS for hit in hits):
            break
        told |= {hit.value for hit in hits}
        at = hits[0].end
    minutes = _sum(told)
    return (at, minutes) if minutes is not None else (end, None)


def _sum(told: Collection[str]) -> int | None:
    minutes = next((_MINUTES[key] for key in told if key in _MINUTES), None)
    return -minutes if minutes is not None and "to" in told else minutes


def _hours(number: int, counts_from: int) -> tuple[int, ...]:
    """Where hours are counted from sunrise, 4 is ten in the morning or at night."""
    if number > _HALF_DAY:
        return (number % _HOURS,)
    hour = (number + counts_from) % _HALF_DAY
    return (hour, hour + _HALF_DAY)
