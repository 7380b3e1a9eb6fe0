"""Picks a few strings of a text that an edited copy of it will mostly share, by MinHash.

Of all runs of three words those with the least hashes are kept (Broder, On the Resemblance and
Containment of Documents, 1997): whoever keeps the same share of two overlapping sets meets.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from heapq import nsmallest
from itertools import combinations

_RUN = 3
OF_WORDS, OF_FACTS = 6, 4
_MOST_FACTS = 16
FEWEST_WORDS = 7  # two honest witnesses both write "armed men are here in Moa"


def of_words(words: Sequence[str]) -> tuple[str, ...]:
    """Up to six strings; none of a text under seven words."""
    if len(words) < FEWEST_WORDS:
        return ()
    runs = {" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
    return _lowest(runs, OF_WORDS)


def of_facts(numbers: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Up to four strings of pairs of facts, which a translation keeps.

    Two are of numbers alone: Arabic and Amharic do not tell names by capitals.
    """
    counted = sorted(set(numbers))[:_MOST_FACTS]
    known = [*counted, *sorted(set(names))[:_MOST_FACTS]]
    of_numbers = _lowest(_pairs(counted), OF_FACTS // 2)
    others = _lowest(_pairs(known) - _pairs(counted), OF_FACTS // 2)
    return (*of_numbers, *others)


def _pairs(facts: Sequence[str]) -> set[str]:
    return {f"{one} & {other}" for one, other in combinations(facts, 2)}


def _lowest(strings: set[str], count: int) -> tuple[str, ...]:
    return tuple(nsmallest(count, map(_hash, strings)))


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
