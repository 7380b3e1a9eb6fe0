"""Reads the words of a text, without what stands around it, as they are compared with others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.understanding.folding import Token, tokens
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.quantities import read_number
from gateway.understanding.spelling import sound
from gateway.understanding.wrapping import Wrapping

_DIGITS = re.compile(r"(\d{1,5})([a-z]+)")  # "5h", "20km"
_MOST_DIGITS = 5
_MOST_CAPITALS = 0.6
_LEAST_NAME = 3
_ONE_SMS = 150  # characters: it holds 153 to 160
_CUT = (",", "...", "\u2026")
_ETHIOPIC = re.compile("[\u1200-\u137f]")


@dataclass(frozen=True, slots=True)
class Wording:
    """Folded words with numbers in digits, and what punctuation and capitals said of them."""

    words: tuple[str, ...]
    sounds: frozenset[str]
    starts: frozenset[int]  # words that begin a sentence
    breaks: frozenset[int]  # words behind punctuation
    names: frozenset[str]  # capitalised inside a sentence; empty where capitals tell nothing
    full: bool  # as long as one SMS can be, or ending in a comma, and so perhaps cut
    syllabic: bool  # of Ethiopic letters
    passed_on: bool = False  # it says that it was passed on, or asks for it


class Wordings:
    """Reads wordings by the words of some languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._wrapping = Wrapping(lexicon)

    def read(self, text: str) -> tuple[tuple[str, ...], Wording]:
        """Every folded word of a text, and the wording of what stands inside its wrapping."""
        told = tokens(text)
        start, end = self._wrapping.within(text, told)
        inner = told[start:end]
        words, where = self._with_digits([token.word for token in inner])
        wording = Wording(
            words=words,
            sounds=frozenset(map(sound, words)),
            starts=frozenset(at for at, token in enumerate(where) if inner[token].starts_sentence),
            breaks=frozenset(at for at, token in enumerate(where) if inner[token].breaks),
            names=self._names(inner),
            full=end == len(told) and (len(text) >= _ONE_SMS or text.rstrip().endswith(_CUT)),
            syllabic=bool(_ETHIOPIC.search(text)),
            passed_on=self._wrapping.is_marked([*told[:start], *told[end:]]),
        )
        return tuple(token.word for token in told), wording

    def _with_digits(self, words: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
        """Number words as digits, and which word each came from."""
        found: list[str] = []
        where: list[int] = []
        at = 0
        while at < len(words):
            where.append(at)
            number, end = self._number(words, at)
            found.append(words[at] if number is None else str(number))
            at = end
        return tuple(found), where

    def _number(self, words: Sequence[str], at: int) -> tuple[int | None, int]:
        """A number that begins at a word, and where it ends; "one" is often an article."""
        word = words[at]
        if not word[0].isdigit() and word not in self._lexicon.numbers:  # nearly always
            return None, at + 1
        counted = _DIGITS.fullmatch(word)
        if counted and word not in self._lexicon.listed:
            known = counted[2] == "h" or counted[2] in self._lexicon.listed
            return int(counted[1]) if known else None, at + 1
        if words[at + 1 : at + 2] == ["000"] and word.isdigit() and len(word) <= _MOST_DIGITS:
            return int(word) * 1_000, at + 2  # "50 000"
        number, end = read_number(words, at, self._lexicon)
        if number is None or (number < 2 and not word.isdigit()):
            return None, at + 1
        return number, end

    def _names(self, told: Sequence[Token]) -> frozenset[str]:
        """Capitalised words inside sentences that are no everyday words.

        None where all words are capitalised: there capitals tell nothing.
        """
        if sum(token.capital for token in told) > _MOST_CAPITALS * len(told):
            return frozenset()
        return frozenset(token.word for token in told if self._is_name(token))

    def _is_name(self, token: Token) -> bool:
        if not token.capital or token.starts_sentence or len(token.word) < _LEAST_NAME:
            return False
        if token.breaks and token.word in self._lexicon.ordinary:
            return False
        return token.word not in self._lexicon.listed and not token.word[0].isdigit()
