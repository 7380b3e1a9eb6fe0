"""Picks a few strings of a text that an edited copy of it will mostly share, by MinHash.

Of all runs of three words those with the least hashes are kept (Broder, On the Resemblance and
Containment of Documents, 1997): whoever keeps the same share of two overlapping sets meets.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from heapq import nsmallest
from itertools import combinations
from math import log

_RUN = 3
OF_WORDS, OF_FACTS, OF_CONCEPTS = 6, 4, 4
_MOST_FACTS = 16
_MOST_CONCEPTS = 24
_HASHES = 2**64
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


def of_concepts(weights: Mapping[str, float]) -> tuple[str, ...]:
    """Up to four strings of pairs of concepts, of which one at least weighs 1.

    Heavy pairs are likelier, and likelier in both of two texts: each has a hash spread like a
    waiting time of that rate (Efraimidis and Spirakis, Weighted Random Sampling, 2006).
    """
    known = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CONCEPTS]
    ranked = {}
    for (one, weight), (other, lighter) in combinations(known, 2):
        if weight >= 1:
            mark = _hash(f"{min(one, other)} + {max(one, other)}")
            ranked[mark] = -log((int(mark, 16) + 1) / _HASHES) / lighter
    return tuple(nsmallest(OF_CONCEPTS, ranked, key=lambda mark: ranked[mark]))


def _pairs(facts: Sequence[str]) -> set[str]:
    return {f"{one} & {other}" for one, other in combinations(facts, 2)}


def _lowest(strings: set[str], count: int) -> tuple[str, ...]:
    return tuple(nsmallest(count, map(_hash, strings)))


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
