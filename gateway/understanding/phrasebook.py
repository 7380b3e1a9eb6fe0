"""Finds the phrases of a word list in folded words; `*` at a word's end or start stands for any."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from gateway.understanding.folding import fold

Value = TypeVar("Value")
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Hit(Generic[Value]):
    """A phrase found: words `start` up to `end`, as listed, and what the list says of it."""

    start: int
    end: int
    phrase: str
    value: Value


_Listed = tuple[tuple[str, ...], str, Value]  # pattern, phrase as listed, what it stands for


class PhraseBook(Generic[Value]):
    """Phrases and what each stands for; a phrase may stand for several things."""

    def __init__(self, phrases: Iterable[tuple[str, Value]]) -> None:
        unique = {(_pattern(phrase), value): phrase for phrase, value in phrases}
        listed = [(pattern, phrase, value) for (pattern, value), phrase in unique.items()]
        # by the first word of the phrase, wildcards by what they stand behind or before
        self._literal: dict[str, list[_Listed[Value]]] = {}
        self._beginnings: dict[str, list[_Listed[Value]]] = {}
        self._endings: dict[str, list[_Listed[Value]]] = {}
        self._middles: dict[str, list[_Listed[Value]]] = {}
        for item in listed:
            self._index_for(item[0][0]).setdefault(item[0][0].strip("*"), []).append(item)
        self.words = frozenset(
            word for pattern, _, _ in listed for word in pattern if "*" not in word
        )
        self.single = frozenset(word for (word, *more), _, _ in listed if not more) & self.words
        # the same words come again and again
        self._beginning_with = lru_cache(maxsize=4096)(self._look_up)
        self._longest = max((len(pattern) for pattern, _, _ in listed), default=0)
        self._listed = listed

    def phrases(self) -> list[tuple[str, Value]]:
        """Every phrase as listed and what it stands for, to make a book of several."""
        return [(phrase, value) for _, phrase, value in self._listed]

    def find(self, words: Sequence[str]) -> list[Hit[Value]]:
        """Phrases from left to right, the longest at each place; no word is used twice."""
        found: list[Hit[Value]] = []
        at = 0
        while at < len(words):
            hits = self.at(words, at)
            found += hits
            at = hits[0].end if hits else at + 1
        return found

    def at(self, words: Sequence[str], start: int) -> list[Hit[Value]]:
        """The longest phrase that begins at a word, once for each thing it stands for."""
        listed = self._beginning_with(words[start])
        if not listed:  # nearly always
            return []
        hits = [
            Hit(start, start + len(pattern), phrase, value)
            for pattern, phrase, value in listed
            if _fits(pattern, words[start : start + len(pattern)])
        ]
        longest = max((hit.end for hit in hits), default=0)
        return [hit for hit in hits if hit.end == longest]

    def _index_for(self, first: str) -> dict[str, list[_Listed[Value]]]:
        if "*" not in first:
            return self._literal
        if first[0] == "*" and first[-1] == "*":
            return self._middles
        return self._endings if first[0] == "*" else self._beginnings

    def _look_up(self, word: str) -> tuple[_Listed[Value], ...]:
        found = list(self._literal.get(word, ()))
        if len(word) > _LONGEST_WORD:
            return tuple(found)
        for end in range(1, len(word) + 1):
            found += self._beginnings.get(word[:end], ())
            found += self._endings.get(word[end - 1 :], ())
            if self._middles:
                parts = {word[start:end] for start in range(end)}
                found += [item for part in parts for item in self._middles.get(part, ())]
        return tuple(dict.fromkeys(found))

    def ending_at(self, words: Sequence[str], end: int) -> Hit[Value] | None:
        """The longest phrase whose last word stands just before `end`."""
        for start in range(max(0, end - self._longest), end):
            if self._beginning_with(words[start]):
                for hit in self.at(words[:end], start):
                    if hit.end == end:
                        return hit
        return None


@lru_cache(maxsize=32_768)  # a phrase stands in the books of its key, of its table, of all words
def _pattern(phrase: str) -> tuple[str, ...]:
    words = []
    for part in phrase.split():
        folded = fold(part).split()
        if not folded:
            raise ValueError(f"phrase {phrase!r} has a word without letters: {part!r}")
        folded[0] = "*" * part.startswith("*") + folded[0]
        folded[-1] += "*" * part.endswith("*")
        words += folded
    if not words:
        raise ValueError("a phrase of the word lists is empty")
    return tuple(words)


def _fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    return len(pattern) == len(words) and all(map(_word_fits, pattern, words))


def _word_fits(pattern: str, word: str) -> bool:
    if "*" not in pattern:
        return pattern == word
    stem = pattern.strip("*")
    if len(word) > _LONGEST_WORD:
        return False
    if pattern[0] == "*" and pattern[-1] == "*":
        return stem in word
    return word.endswith(stem) if pattern[0] == "*" else word.startswith(stem)
