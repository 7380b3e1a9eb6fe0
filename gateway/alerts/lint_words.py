"""What the checks read: a text by its folded words, and the lists of its language."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Fold = Callable[[str], str]
_QUOTED = 80
_LONGEST = 2_000  # letters that are looked at; no SMS of ours is half as long
_ENDS = (".", "!", "?", "።", "؟", "\u061b", ";", ":", "፤")
_PAUSES = (*_ENDS, ",", "،", "፣", ")")
# Arabic and Amharic write "in" and "to" as a letter before a name, which may stand in Latin.
_SCRIPTS_MEET = re.compile(r"(?<=[\u0620-\u064a\u1200-\u135a])(?=[A-Za-z])")
# Kinyarwanda's "of" before a vowel is a word of its own: y'abahutu.
_OF = re.compile(r"\b([bkrtcn]?[wy])['\u2019](?=[aeiou])", re.IGNORECASE)


class Found(Protocol):
    """A phrase found: words `start` up to `end`."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Book(Protocol):
    """A list of phrases that can be looked for in folded words."""

    def find(self, words: Sequence[str]) -> Sequence[Found]:
        """From left to right, the longest at each place."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The words of one language: `books` by the keys of config/lint, `told` by hazard."""

    name: str
    books: Mapping[str, Book]
    told: Mapping[str, Book]
    plain: frozenset[str]  # follow a title without being a name
    common: frozenset[str]  # everyday words
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it was written, in pieces between spaces, and their folded words."""

    raw: str
    pieces: tuple[str, ...]
    words: tuple[str, ...]
    at: tuple[int, ...]  # the piece in which each word stands

    def quote(self, start: int, end: int) -> str:
        """The words as they were written, at most 80 letters of them."""
        return " ".join(self.pieces[self.at[start] : self.at[end - 1] + 1])[:_QUOTED]

    def piece(self, word: int) -> str:
        """What was written where this word stands."""
        return self.pieces[self.at[word]]

    def ends_sentence(self, word: int) -> bool:
        """Whether a full stop, a colon or the like stands behind it."""
        return self._last_of_piece(word) and self.piece(word).endswith(_ENDS)

    def pauses(self, word: int) -> bool:
        """The same, or a comma."""
        return self._last_of_piece(word) and self.piece(word).endswith(_PAUSES)

    def together(self, start: int, end: int) -> bool:
        """Whether no sentence ends between the first word and the one before `end`."""
        return not any(self.ends_sentence(word) for word in range(start, end - 1))

    def spots(self, phrases: frozenset[tuple[str, ...]]) -> frozenset[int]:
        """The words that are part of one of the phrases."""
        longest = max(map(len, phrases), default=0)
        return frozenset(
            word
            for start in range(len(self.words))
            for length in range(1, longest + 1)
            if self.words[start : start + length] in phrases
            for word in range(start, min(start + length, len(self.words)))
        )

    def _last_of_piece(self, word: int) -> bool:
        return word + 1 == len(self.at) or self.at[word + 1] != self.at[word]


def read(raw: str, fold: Fold) -> Reading:
    """The first 2,000 letters of a text."""
    pieces = tuple(raw[:_LONGEST].split())
    words: list[str] = []
    at: list[int] = []
    for number, piece in enumerate(pieces):
        for word in words_of(piece, fold):
            words.append(word)
            at.append(number)
    return Reading(raw[:_LONGEST], pieces, tuple(words), tuple(at))


def plain_digits(text: str) -> str:
    """The same text with the figures of every script as 0 to 9."""
    return text if text.isascii() else "".join(map(_plain_digit, text))


def words_of(text: str, fold: Fold) -> tuple[str, ...]:
    """The folded words of a text, as the checks compare them."""
    return tuple(fold(_OF.sub(r"\1 ", _SCRIPTS_MEET.sub(" ", text))).split())


def covered(found: Sequence[Found]) -> frozenset[int]:
    """The words of all phrases found."""
    return frozenset(word for hit in found for word in range(hit.start, hit.end))


def _plain_digit(letter: str) -> str:
    value = unicodedata.digit(letter, None)
    return letter if value is None or letter.isascii() else str(value)
