"""Recognises copied texts, so that a text passed on is not counted as a second witness."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from gateway.understanding import sketch
from gateway.understanding.editing import Edits, Wording
from gateway.understanding.folding import Token, tokens
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.quantities import read_number
from gateway.understanding.skeleton import Skeleton, Skeletons, translated
from gateway.understanding.spelling import sound
from gateway.understanding.wrapping import Wrapping

_LONGEST = 1_600
_FEWEST_WORDS = sketch.FEWEST_WORDS  # two honest witnesses both write "armed men in Moa"
_FEWEST_UNMARKED = 7  # where nothing around them says that they were passed on
_MOST_CAPITALS = 0.6
_LEAST_NAME = 3

Kind = Literal["exact", "forwarded", "edited", "translated"]


@dataclass(frozen=True, slots=True)
class Copy:
    """How one text copies another, how alike they are (0 to 1), and why, without their words."""

    kind: Kind
    score: float
    why: str


@dataclass(frozen=True)
class Prepared:
    """A text folded once, to be compared with many."""

    whole: tuple[str, ...]  # every word
    wording: Wording  # what is left when its wrapping is gone
    _skeletons: Skeletons = field(repr=False, compare=False)

    @property
    def wrapped(self) -> bool:
        """Whether something stands around it."""
        return len(self.whole) > len(self.wording.words)

    @cached_property
    def skeleton(self) -> Skeleton:
        """Its contents whatever the language."""
        names = [word for word in self.wording.words if word in self.wording.names]
        return self._skeletons.read(self.wording.words, names)


class Copies:
    """Compares texts by the words of a deployment's languages; build it once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._wrapping = Wrapping(lexicon)
        self._skeletons = Skeletons(lexicon)
        self._edits = Edits(lexicon)

    def prepare(self, text: str) -> Prepared:
        """Folds a text, of which the first 1,600 characters are looked at."""
        text = text[:_LONGEST]
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
            full=end == len(told) and (len(text) >= _FULL or text.rstrip().endswith(_CUT)),
            syllabic=bool(_ETHIOPIC.search(text)),
        )
        return Prepared(tuple(token.word for token in told), wording, self._skeletons)

    def core(self, text: str | Prepared) -> str | None:
        """What stays the same when a text is passed on; None for one too short to be a copy."""
        words = self._prepared(text).wording.words
        return " ".join(words) if len(words) >= _FEWEST_WORDS else None

    def sketch(self, text: str | Prepared) -> tuple[str, ...]:
        """Up to ten strings of which a copy, also a translated one, mostly shares one."""
        wording = self._prepared(text).wording
        if len(wording.words) < _FEWEST_WORDS:
            return ()
        heard = [sound(word) or word for word in wording.words]
        numbers = [word for word in wording.words if word.isdigit()]
        names = [sound(name) or name for name in wording.names]
        return (*sketch.of_words(heard), *sketch.of_facts(numbers, names))

    def compare(self, a: str | Prepared, b: str | Prepared) -> Copy | None:
        """How one is a copy of the other; None for texts of two witnesses."""
        one, other = sorted((self._prepared(a), self._prepared(b)), key=_in_order)
        if min(len(one.wording.words), len(other.wording.words)) < _FEWEST_WORDS:
            return None
        if one.whole == other.whole or one.wording.words == other.wording.words:
            return _same(one, other)
        alike = self._edits.alike(one.wording, other.wording)
        if alike is not None:
            same = min(9, round(10 * alike))
            return Copy("edited", alike, f"{same} of 10 words the same")
        if _may_be_translated(one.wording, other.wording):
            score = translated(one.skeleton, other.skeleton)
            if score:
                return Copy("translated", score, "same content in another language")
        return None

    def _prepared(self, text: str | Prepared) -> Prepared:
        return text if isinstance(text, Prepared) else self.prepare(text)

    def _with_digits(self, words: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
        """Number words as digits, and which word each came from; "one" is often an article."""
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
        word = words[at]
        if not word[0].isdigit():
            if word not in self._lexicon.numbers:  # nearly always
                return None, at + 1
        elif not word.isdigit() and word not in self._lexicon.listed:
            digits = word[: len(word) - len(word.lstrip("0123456789"))]
            unit = word[len(digits) :]
            known = unit == "h" or unit in self._lexicon.listed
            return (
                (int(digits), at + 1) if known and len(digits) <= _MOST_DIGITS else (None, at + 1)
            )
        if words[at + 1 : at + 2] == ["000"]:  # "50 000"
            return int(word[:_MOST_DIGITS]) * 1_000 if word.isdigit() else None, at + 2
        number, end = read_number(words, at, self._lexicon)
        if number is None or (number < 2 and not word.isdigit()):
            return None, at + 1
        return number, end

    def _names(self, told: Sequence[Token]) -> frozenset[str]:
        """Capitalised words inside sentences that are no everyday words."""
        if not _tells_names_by_capitals(told):
            return frozenset()
        listed = self._lexicon.listed
        return frozenset(
            token.word
            for token in told
            if token.capital
            and not token.starts_sentence
            and not (token.breaks and token.word in self._lexicon.ordinary)
            and len(token.word) >= _LEAST_NAME
            and token.word not in listed
            and not token.word[0].isdigit()
        )


_MOST_DIGITS = 5
_FACTS_SHARED = 2
_CUT = (",", "...", "\u2026")
_ETHIOPIC = re.compile("[\u1200-\u137f]")
_FULL = 150  # characters: one SMS holds 153 to 160


def _in_order(text: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of two is looked at first must not depend on who asks."""
    return text.whole, text.wording.words


def _same(one: Prepared, other: Prepared) -> Copy | None:
    if one.whole != other.whole:
        return Copy("forwarded", 1.0, "same words after a forward mark")
    if len(one.wording.words) < _FEWEST_UNMARKED and not one.wrapped:
        return None
    return Copy("exact", 1.0, "same words")


def _tells_names_by_capitals(told: Sequence[Token]) -> bool:
    """Not where all words are capitalised, nor where none is."""
    capitals = sum(token.capital for token in told)
    return 0 < capitals <= _MOST_CAPITALS * len(told)


def _may_be_translated(one: Wording, other: Wording) -> bool:
    """Two numbers or names in common, before more is read."""
    shared = set(one.words).intersection(other.words)
    names = one.names | other.names
    return sum(word.isdigit() or word in names for word in shared) >= _FACTS_SHARED
