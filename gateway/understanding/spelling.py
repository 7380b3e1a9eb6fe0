"""Finds known words one or two slips away from a misspelt one, quickly enough for every message."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Swapped by ear: c k q, s z x, b p v, d t, r l; unsteady or not heard: vowels, h, w and y.
_EVENED = str.maketrans("ckqszxbpvdtrl", "kkksssbbbttrr", "aeiouhwy ")
_DOUBLED = re.compile(r"(.)\1+")
ONE_SLIP_LETTERS = 5  # shorter names differ by a letter from too many others
TWO_SLIP_LETTERS = 9


class Speller:
    """A dictionary of one-letter deletions, and blocks by first letter and length for two slips."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_deletion: defaultdict[str, list[str]] = defaultdict(list)
        self._blocks: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for word in set(words):
            if len(word) < ONE_SLIP_LETTERS:
                continue
            for shorter in _deletions(word):
                self._by_deletion[shorter].append(word)
            if len(word) >= TWO_SLIP_LETTERS:
                self._blocks[word[0], len(word)].append(word)

    def near(self, word: str) -> list[tuple[str, int]]:
        """Known words within one slip (5 letters and more) or two (9 and more), nearest first.

        Slips are counted as optimal string alignment: a letter wrong, missing, extra, or two
        neighbours swapped. Two slips are only sought behind the same first letter.
        """
        if len(word) < ONE_SLIP_LETTERS:
            return []
        one = {
            known
            for shorter in _deletions(word)
            for known in self._by_deletion.get(shorter, ())
            if OSA.distance(word, known, score_cutoff=1) <= 1
        }
        if one or len(word) < TWO_SLIP_LETTERS:
            return sorted(((known, OSA.distance(word, known)) for known in one), key=_by_distance)
        return sorted(set(self._two_slips(word)), key=_by_distance)

    def _two_slips(self, word: str) -> Iterator[tuple[str, int]]:
        for length in range(max(TWO_SLIP_LETTERS, len(word) - 2), len(word) + 3):
            block = self._blocks.get((word[0], length))
            if block:
                found = process.extract(
                    word, block, scorer=OSA.distance, score_cutoff=2, limit=None
                )
                yield from ((known, int(distance)) for known, distance, _ in found)


def sound(folded: str) -> str:
    """What is left of a name when vowels, doublings and letters that are often swapped are evened.

    Names of one sound are spelt apart by ear; names a consonant apart are often two places.
    """
    return _DOUBLED.sub(r"\1", folded.translate(_EVENED))


def _deletions(word: str) -> set[str]:
    return {word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))}


def _by_distance(found: tuple[str, int]) -> tuple[int, str]:
    return found[1], found[0]
