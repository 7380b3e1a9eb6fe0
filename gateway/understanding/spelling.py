"""Finds known words one or two slips away from a misspelt one, quickly enough for every message."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

# Swapped by ear: c k q, s z x, b p v, d t, r l; unsteady or not heard: vowels, h, w and y.
_EVENED = str.maketrans("ckqszxbpvdtrl", "kkksssbbbttrr", "aeiouhwy ")
# Sounds written with several letters; a nasal before a first consonant is often not heard at all
# (Ndenga, Denga), nor are both halves of gb and kp told apart.
_PAIRS = re.compile(r"ph|sch|sh|tch|tj|ch|dj|gb|kp|\b(?:n(?=[cdgjktsz])|m(?=[bfpv]))")
_HEARD = {
    "ph": "f", "sch": "s", "sh": "s", "tch": "s", "tj": "s", "ch": "s", "dj": "j", "gb": "b",
    "kp": "b", "n": "", "m": "",
}  # fmt: skip
_DOUBLED = re.compile(r"(.)\1+")
ONE_SLIP_LETTERS = 5  # shorter names differ by a letter from too many others
TWO_SLIP_LETTERS = 9


class Speller:
    """A dictionary of one-letter deletions, and blocks by first letter and length for two slips.

    Deletions are kept as sorted hashes beside the numbers of their words: a tenth of the memory of
    a dict, and a word's ten look-ups are one search. A clash of hashes is harmless, as the true
    distance is always measured.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted({word for word in words if len(word) >= ONE_SLIP_LETTERS})
        hashes: list[int] = []
        owners: list[int] = []
        blocks: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for number, word in enumerate(self._words):
            shorter = {hash(part) for part in _deletions(word)}
            hashes += shorter
            owners += [number] * len(shorter)
            if len(word) >= TWO_SLIP_LETTERS:
                blocks[word[0], len(word)].append(word)
        order = np.argsort(np.array(hashes, dtype=np.int64), kind="stable")
        self._hashes = np.array(hashes, dtype=np.int64)[order]
        self._owners = np.array(owners, dtype=np.uint32)[order]
        self._blocks = dict(blocks)

    def near(self, word: str) -> list[tuple[str, int]]:
        """Known words within one slip (5 letters and more) or two (9 and more), nearest first.

        Slips are counted as optimal string alignment: a letter wrong, missing, extra, or two
        neighbours swapped. Two slips are only sought behind the same first letter.
        """
        if len(word) < ONE_SLIP_LETTERS - 1:
            return []
        one = [
            (known, distance)
            for known in self._sharing_a_deletion(word)
            if (distance := OSA.distance(word, known, score_cutoff=1)) <= 1
        ]
        if one or len(word) < TWO_SLIP_LETTERS:
            return sorted(one, key=_by_distance)
        return sorted(set(self._two_slips(word)), key=_by_distance)

    def _sharing_a_deletion(self, word: str) -> list[str]:
        wanted = np.fromiter({hash(part) for part in _deletions(word)}, dtype=np.int64)
        begin = np.searchsorted(self._hashes, wanted, "left")
        end = np.searchsorted(self._hashes, wanted, "right")
        hit = begin < end
        numbers = {
            int(number)
            for at, stop in zip(begin[hit].tolist(), end[hit].tolist(), strict=True)
            for number in self._owners[at:stop]
        }
        return [self._words[number] for number in numbers]

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
    heard = _PAIRS.sub(lambda pair: _HEARD[pair[0]], folded)
    return _DOUBLED.sub(r"\1", heard.translate(_EVENED))


def _deletions(word: str) -> Sequence[str]:
    return [word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))]


def _by_distance(found: tuple[str, int]) -> tuple[int, str]:
    return found[1], found[0]
