"""Reads how many people a text speaks of: numbers, ranges in words, families counted as persons."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.quantities import read_number

# Relief goods are planned for families of five (Sphere Handbook 2018, shelter and settlement);
# households of the region have 4 to 7 people on average (UN DESA, Household Size and Composition).
FAMILY = 5
FAMILY_LEAST, FAMILY_MOST = 4, 7
_MOST = 100_000
_ABOUT = 10  # "about 20" is 18 to 22: a tenth less or more
_BEHIND = ("about", "least")  # "20 or so", "20 or more"
_DIGITS = re.compile(r"\d+")
_JOINED = re.compile(r"[a-z](?=\w)")  # Arabic writes "and" as the first letter of the next word


@dataclass(frozen=True, slots=True)
class Amount:
    """What words `start` up to `end` say: a number, and between which two it lies.

    `low` is None for "up to 20", `high` for "more than 20"; `number` is the one that was said,
    the higher of two.
    """

    number: int
    low: int | None
    high: int | None
    start: int
    end: int
    families: bool = False


def amounts(words: Sequence[str], lexicon: Lexicon) -> list[Amount]:
    """Every amount from left to right; what counts or numbers something else is left out."""
    return [
        _of_families(found, words, lexicon)
        for found in _all(words, lexicon)
        if 0 < found.number <= _MOST and not _counts_else(found, words, lexicon)
    ]


def in_persons(amount: Amount) -> Amount:
    """Families as so many people."""
    if not amount.families:
        return amount
    low = None if amount.low is None else amount.low * FAMILY_LEAST
    high = None if amount.high is None else amount.high * FAMILY_MOST
    return replace(amount, number=amount.number * FAMILY, low=low, high=high)


def _all(words: Sequence[str], lexicon: Lexicon) -> Iterator[Amount]:
    at = 0
    while at < len(words):
        number, end = read_number(words, at, lexicon)
        if number is None or lexicon.places["joining"].at(words, at):
            at += 1  # the English "and" is one in Amharic
            continue
        found = _ranged(number, at, end, words, lexicon)
        yield found
        at = found.end


def _ranged(number: int, at: int, end: int, words: Sequence[str], lexicon: Lexicon) -> Amount:
    mark = _mark(words, at, lexicon)
    said = mark.value if mark else ""
    start = mark.start if mark and said != "to" else at
    higher, stop = _higher(end, words, lexicon, between=said == "between")
    if higher is not None and higher > number:
        return Amount(higher, number, higher, start, stop)
    behind = lexicon.whole["amounts"].at(words, end) if end < len(words) else []
    if behind and not said and behind[0].value in _BEHIND:
        said, end = behind[0].value, behind[0].end
    if said == "about":
        slack = -(-number // _ABOUT)
        return Amount(number, number - slack, number + slack, start, end)
    low, high = None if said == "most" else number, None if said == "least" else number
    return Amount(number, low, high, start, end)


def _mark(words: Sequence[str], at: int, lexicon: Lexicon) -> Hit[str] | None:
    """What stands before a number; people may stand in between: "kati ya watu 20 na 30"."""
    mark = lexicon.whole["amounts"].ending_at(words, at)
    if mark is None:
        for people in (lexicon.people["any"], lexicon.people["families"]):
            named = people.ending_at(words, at)
            found = named and lexicon.whole["amounts"].ending_at(words, named.start)
            mark = mark or found or None
    return mark


def _higher(
    end: int, words: Sequence[str], lexicon: Lexicon, *, between: bool
) -> tuple[int | None, int]:
    """The number up to which it may be ("20 to 30", "20-30", "between 20 and 30")."""
    if end >= len(words):
        return None, end
    joining = lexicon.tables["amounts"]["to"].at(words, end)
    joining = joining or (lexicon.places["joining"].at(words, end) if between else [])
    step = joining[0].end if joining else end
    if between and not joining and len(words[step]) == 1 and not words[step].isdigit():
        step += 1  # the Arabic "and" by itself
    if step >= len(words):
        return None, end
    in_digits = _DIGITS.fullmatch(words[end - 1]) and _DIGITS.fullmatch(words[step])
    if not joining and not between and not in_digits:
        return None, end  # "twenty thirty" is nobody's range; "20-30" is
    number, stop = read_number(words, step, lexicon)
    if number is None and between and _JOINED.match(words[step]):
        number = lexicon.numbers.get(words[step][1:])
        stop = step + 1
    return number, stop


def _of_families(found: Amount, words: Sequence[str], lexicon: Lexicon) -> Amount:
    book = lexicon.people["families"]
    behind = found.end < len(words) and book.at(words, found.end)
    within = book.find(words[found.start : found.end])
    return replace(found, families=bool(behind or within or book.ending_at(words, found.start)))


def _counts_else(found: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Kilometres, houses, hours; or the number is the name of a part of a place."""
    if lexicon.places["part"].ending_at(words, found.start):
        return True
    return found.end < len(words) and bool(lexicon.people["units"].at(words, found.end))
