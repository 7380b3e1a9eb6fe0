"""Tells slips of one word from another word: of names, of numbers and of what happened when."""

import re
from collections.abc import Sequence
from typing import Protocol

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from gateway.understanding.folding import fold
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.spelling import sound

_OTHER_FACTS = ("compass", "when", "weekdays", "landmarks")
_EVERYDAY, _KNOWN = 4.5, 3.8  # on Zipf's scale
_DOUBLED = re.compile(r"(.)\1+")
_ALIKE_WORDS, _ALIKE_NAMES = 70.0, 75.0
_ALIKE_LONG = 80.0
_SHORT_NAME, _LONG_NAME = 4, 5
_ALIKE_SYLLABLES, _SHORT_SYLLABLES = 60.0, 4
_VOWELS = frozenset("aeiou")
_SHORTENED = 2
_TELLS = 4  # letters of a word inside a phrase
_CLIPPED = 4  # letters left of "passengers" in "passen"


class Text(Protocol):
    """What is asked of a wording."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def names(self) -> frozenset[str]: ...
    @property
    def starts(self) -> frozenset[int]: ...
    @property
    def syllabic(self) -> bool: ...


class Slips:
    """Knows by the word lists which words are facts and which are everyday words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._kinds = _kinds(lexicon)
        self._denials = lexicon.speech["denials"]
        self._denying = PhraseBook(
            pair
            for key in ("negators", "negators_after", "denials")
            for pair in lexicon.speech[key].phrases()
        )

    def denies(self, words: Sequence[str]) -> bool:
        """Whether they deny anything."""
        return bool(self._denying.find(words))

    def denies_all(self, words: Sequence[str]) -> bool:
        """Whether they call something else untrue: "false alarm"."""
        return bool(self._denials.find(words))

    def is_fact(self, text: Text, at: int) -> bool:
        """Whether the word is a number, may be a name or tells of a hazard."""
        return self.is_name(text, at) or self.tells(text, at)

    def tells(self, text: Text, at: int) -> bool:
        """Whether the word is a number, or says what happens, to whom, when or where."""
        word = text.words[at]
        return (
            word[0].isdigit()
            or word in self._kinds
            or any(hit.value.weight >= 1 for hit in self._lexicon.hazards.at(text.words, at))
            or bool(self._lexicon.whole["casualties"].at(text.words, at))
        )

    def is_name(self, text: Text, at: int) -> bool:
        """By its capital, or where capitals tell nothing as an unknown word behind "in"."""
        word = text.words[at]
        if text.names:
            return word in text.names or (at in text.starts and not self._is_known(word))
        if word in self._lexicon.listed:
            return False
        return not self._is_known(word) and bool(self._lexicon.roles.ending_at(text.words, at))

    def same(self, one: Text, x: int, other: Text, y: int) -> bool:
        """Whether one word is the other, misspelt or clipped."""
        a, b = one.words[x], other.words[y]
        if a == b:
            return True
        if a[0].isdigit() or b[0].isdigit() or self._tell_apart(a, b):
            return False
        if self._may_be_name(one, x) or self._may_be_name(other, y):
            everyday = self._is_everyday(a) or self._is_everyday(b)
            named = a in one.names and b in other.names
            return (
                is_slip_of_name(a, b)
                or (one.syllabic and other.syllabic and is_slip_of_syllable(a, b))
                or (everyday and not named and (_is_slip(a, b) or is_shortened(a, b)))
            )
        return is_slip_of_word(a, b)

    def conflict(self, one: Text, x: int, other: Text, y: int) -> bool:
        """Whether a word that stands for another tells of another place, time or thing."""
        a, b = one.words[x], other.words[y]
        if self._tell_apart(a, b):
            return True
        return self._may_be_name(one, x) or self._may_be_name(other, y)

    def _tell_apart(self, a: str, b: str) -> bool:
        here, there = self._kinds.get(a, set()), self._kinds.get(b, set())
        if here and there and here.isdisjoint(there):
            return True
        denied = self._lexicon.negated_prefixes
        return bool(denied) and a.startswith(denied) != b.startswith(denied)

    def _may_be_name(self, text: Text, at: int) -> bool:
        word = text.words[at]
        if text.names:
            return self.is_name(text, at)
        return not self._is_known(word) or (
            word not in self._lexicon.listed and bool(self._lexicon.roles.ending_at(text.words, at))
        )

    def _is_known(self, word: str) -> bool:
        ordinary = self._lexicon.ordinary.get(word, 0.0)
        return ordinary >= _KNOWN or word in self._lexicon.listed

    def _is_everyday(self, word: str) -> bool:
        ordinary = self._lexicon.ordinary.get(word, 0.0)
        return ordinary >= _EVERYDAY or word in self._lexicon.listed


def is_shortened(a: str, b: str) -> bool:
    """ "Yr" for "your", "ppl" for "people": the consonants of an everyday word."""
    short, long = sorted((a, b), key=len)
    if len(short) < _SHORTENED or short[0] != long[0] or not _VOWELS.isdisjoint(short):
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def is_slip_of_word(a: str, b: str) -> bool:
    """Alike enough for words that name nothing."""
    short, long = sorted((a, b), key=len)
    if len(short) >= _CLIPPED and long.startswith(short):
        return True
    if _is_slip(a, b) or is_shortened(a, b):
        return True
    return a[0] == b[0] and fuzz.ratio(a, b) >= _ALIKE_WORDS


def _kinds(lexicon: Lexicon) -> dict[str, set[str]]:
    """What a word tells of: "morning" of this morning, but "the" of nothing."""
    grammar = frozenset[str]().union(*lexicon.telling.values())
    kinds: dict[str, set[str]] = {}
    for table in _OTHER_FACTS:
        for phrase, key in lexicon.whole[table].phrases():
            words = fold(phrase).split()
            for word in words:
                if len(words) == 1 or (len(word) >= _TELLS and word not in grammar):
                    kinds.setdefault(word, set()).add(key)
    return kinds


def is_slip_of_name(a: str, b: str) -> bool:
    """A letter, or two of a long name, or one sound; short names differ by no more than doubling.

    Moa and Mao, Bura and Buna are villages of their own.
    """
    if min(len(a), len(b)) <= _SHORT_NAME:
        return _DOUBLED.sub(r"\1", a) == _DOUBLED.sub(r"\1", b)
    slips = OSA.distance(a, b, score_cutoff=2)
    alike = fuzz.ratio(a, b)
    if slips <= 1 or (slips == 2 and min(len(a), len(b)) >= _LONG_NAME and alike >= _ALIKE_LONG):
        return True
    return alike >= _ALIKE_NAMES and sound(a) == sound(b)


def is_slip_of_syllable(a: str, b: str) -> bool:
    """One Ethiopic letter wrong is two Latin ones."""
    if min(len(a), len(b)) < _SHORT_SYLLABLES:
        return False
    return OSA.distance(a, b, score_cutoff=2) <= 2 and fuzz.ratio(a, b) >= _ALIKE_SYLLABLES


def _is_slip(a: str, b: str) -> bool:
    return OSA.distance(a, b, score_cutoff=1) <= 1
