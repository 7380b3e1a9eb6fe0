"""The words and numbers of a short reply, in the digits and spelling of its sender."""

import re
import unicodedata
from collections.abc import Iterable

from gateway.inbox.vocabulary import Vocabulary, fold, is_slip, tidy

_DIGITS = 9  # a longer number is none of an incident or a question
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ETHIOPIC = re.compile("[\u1369-\u137c]+")

Words = list[tuple[str, int]]


def words_of(text: str, vocabulary: Vocabulary) -> tuple[str, Words]:
    """The text without its courtesies, and its folded words, each with where it begins there."""
    plain = _ETHIOPIC.sub(_ethiopic, tidy(text))
    plain = vocabulary.courtesies.sub(" ", plain)
    return plain, [(fold(found[0]), found.start()) for found in _WORD.finditer(plain)]


def folded(phrase: str) -> tuple[str, ...]:
    """A phrase of the word lists as `words_of` would find it."""
    return tuple(fold(word) for word in _WORD.findall(phrase))


def is_number(word: str) -> bool:
    """Whether the word can be the number of an incident or a question."""
    return word.isdecimal() and len(word) <= _DIGITS


def ascii_digits(number: str) -> str:
    """The same digits, of whatever script, as 0 to 9."""
    return "".join(str(unicodedata.decimal(digit)) for digit in number)


def near(word: str, known: Iterable[str], letters: int) -> set[str]:
    """The known words of at least so many letters that are one slip away."""
    return {one for one in known if len(one) >= letters and is_slip(word, one)}


def _ethiopic(found: re.Match[str]) -> str:
    """Ethiopic numerals count tens and hundreds: ፲፯ is 17, ፪፻ is 200."""
    total = 0
    for sign in found[0]:
        value = int(unicodedata.numeric(sign))
        total = (total or 1) * value if value >= 100 else total + value
    return f" {total} "
