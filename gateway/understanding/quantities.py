"""Reads numbers, in digits or words, and how many armed people a text speaks of."""

import re
from collections.abc import Sequence

from gateway.understanding.lexicon import HazardWord, Lexicon
from gateway.understanding.phrasebook import Hit

_MOST_PEOPLE = 10_000
_MOST_DIGITS = 5
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")  # "5,000"
_DECIMAL = re.compile(r"\d{1,4}[.,]\d{1,2}")
_CLOSE = 4  # words between people and the weapons they carry


def armed_count(
    words: Sequence[str], lexicon: Lexicon, hits: Sequence[Hit[HazardWord]]
) -> int | None:
    """How many armed people the text speaks of; numbers of victims are not meant."""
    for at in range(len(words)):
        number, end = read_number(words, at, lexicon)
        if number is None or not 0 < number <= _MOST_PEOPLE:
            continue
        if _are_armed(words, at, end, lexicon, hits):
            return number
    return None


def read_number(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int | None, int]:
    """A number that begins at a word, and where it ends: "ishirini na tano" is 25."""
    total = _value(words[at], lexicon)
    if total is None:
        return None, at
    end = at + 1
    while end < len(words):
        step = end + 1 if lexicon.places["joining"].at(words, end) else end
        if step >= len(words) or words[step] not in lexicon.numbers:
            break
        value = lexicon.numbers[words[step]]
        if value in (100, 1_000) and total < value:
            total *= value
        elif value < 10 <= total and total % 10 == 0:
            total += value
        else:
            break
        end = step + 1
    return total, end


def read_amount(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[float | None, int]:
    """The same for what is measured rather than counted: "2.5" too."""
    if _DECIMAL.fullmatch(words[at]):
        return float(words[at].replace(",", ".")), at + 1
    return read_number(words, at, lexicon)


def _value(word: str, lexicon: Lexicon) -> int | None:
    if word[0].isdigit():
        digits = re.sub("[.,]", "", word) if _GROUPED.fullmatch(word) else word
        if not digits.isdigit():
            return None
        return int(digits) if len(digits) <= _MOST_DIGITS else None
    return lexicon.numbers.get(word)


def _are_armed(
    words: Sequence[str], at: int, end: int, lexicon: Lexicon, hits: Sequence[Hit[HazardWord]]
) -> bool:
    people = lexicon.people
    if end < len(words) and people["units"].at(words, end):
        return False
    behind = end < len(words) and (people["armed"].at(words, end) or people["any"].at(words, end))
    after = behind[0] if behind else None
    before = people["armed"].ending_at(words, at) or people["any"].ending_at(words, at)
    who = after or before
    if who is None:
        return False
    begin, stop = min(at, who.start), max(end, who.end)
    done = lexicon.whole["casualties"].ending_at(words, begin)
    if done is not None and done.value != "displaced":  # "people fled, 20 gunmen came"
        return False
    if any(people["harmed"].at(words, i) for i in range(stop, min(len(words), stop + 3))):
        return False
    if who.value == "armed":
        return True
    return any(
        hit.value.hazard == "armed_group" and hit.start < stop + _CLOSE and hit.end > begin - _CLOSE
        for hit in hits
    )
