"""Reads what a text says whatever its language: its numbers, names and concepts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz.distance import OSA, Indel

from gateway.understanding.lexicon import Lexicon, phrases
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.spelling import sound

_TOLD = (
    "casualties", "people", "hazards", "severity", "compass", "travel", "when", "weekdays",
    "landmarks",
)  # fmt: skip
_FEWEST_WORDS, _FEWEST_CONCEPTS, _FEWEST_FACTS = 10, 6, 3
_SURE_FACTS = 5  # as many in one order are hardly chance
_LEAST_FACTS_ALIKE = 0.8
# How alike the concepts are at least: of the same five facts, of five with a slip, of fewer.
_LEAST_ALIKE_OF_SAME, _LEAST_ALIKE, _LEAST_ALIKE_OF_FEW = 0.35, 0.5, 0.66
_TELLING_WORDS = 2
_MOST_SHARED = 0.25
_LEAST_SOUND = 3


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A text's language, its facts (numbers and names) in order, and its concepts in order."""

    language: str
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    facts: tuple[str, ...]
    concepts: tuple[str, ...]
    words: frozenset[str]
    length: int


class Skeletons:
    """Reads skeletons with the word lists of each language apart: "and" is one in Amharic."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._books = {language: _book(language) for language in lexicon.languages}

    def read(self, words: Sequence[str], names: Sequence[str]) -> Skeleton:
        """`words` with numbers in digits, `names` those that are surely names."""
        language, told = self._told(words)
        known = set(names)
        facts = tuple(word for word in words if word.isdigit() or word in known)
        concepts = [key for key, _ in groupby(told)]
        numbers = tuple(word for word in words if word.isdigit())
        return Skeleton(
            language, numbers, tuple(names), facts, tuple(concepts), frozenset(words), len(words)
        )

    def _told(self, words: Sequence[str]) -> tuple[str, list[str]]:
        """The language whose own words and phrases are most, "" where none is, and what it finds.

        What a phrase means in another language is chance.
        """
        found = {
            name: [hit.value for hit in book.find(words)] for name, book in self._books.items()
        }
        telling = self._lexicon.telling
        points = Counter(
            {name: len(hits) + sum(map(telling[name].__contains__, words))
             for name, hits in found.items()}
        )  # fmt: skip
        (language, most), *others = [*points.most_common(2), ("", 0)]
        if most < _TELLING_WORDS or most <= others[0][1]:
            return "", []
        return language, found[language]


def translated(one: Skeleton, other: Skeleton) -> float:
    """How alike the contents of two texts in two languages are, 0 where they are no translation.

    Witnesses of one event share facts too, so nearly all must be there, in the same order.
    """
    if not (one.language and other.language) or one.language == other.language:
        return 0.0
    if min(one.length, other.length) < _FEWEST_WORDS:
        return 0.0
    if not _same_numbers(one, other) or _words_shared(one, other) > _MOST_SHARED:
        return 0.0
    shared, missing = _names(one, other)
    facts = len(set(one.numbers) & set(other.numbers)) + len(set(shared.values()))
    if facts < _FEWEST_FACTS or facts < _LEAST_FACTS_ALIKE * (facts + missing):
        return 0.0
    if facts + min(len(one.concepts), len(other.concepts)) < _FEWEST_CONCEPTS:
        return 0.0
    alike = _concepts_alike(one.concepts, other.concepts)
    in_order = Indel.normalized_similarity(_in_order(one, shared), _in_order(other, shared))
    least = _least_alike(facts, missing == 0 and in_order == 1)
    if alike < least or in_order < _LEAST_FACTS_ALIKE:
        return 0.0
    return round((alike + in_order) / 2, 4)


def _least_alike(facts: int, same: bool) -> float:
    if facts < _SURE_FACTS:
        return _LEAST_ALIKE_OF_FEW
    return _LEAST_ALIKE_OF_SAME if same else _LEAST_ALIKE


def _words_shared(one: Skeleton, other: Skeleton) -> float:
    """The share of words besides facts: in one language it would be another witness."""
    here, there = one.words - set(one.facts), other.words - set(other.facts)
    return len(here & there) / max(1, min(len(here), len(there)))


def _same_numbers(one: Skeleton, other: Skeleton) -> bool:
    """All but at most one of many: hours are counted from sunrise in some languages."""
    here, there = Counter(one.numbers), Counter(other.numbers)
    shared, union = (here & there).total(), (here | there).total()
    return union > 0 and shared >= _LEAST_FACTS_ALIKE * union


def _names(one: Skeleton, other: Skeleton) -> tuple[dict[str, str], int]:
    """Names both have, each to the same key, and how many only one has.

    A name that the other text does not have counts twice where that text marks no names: it may
    have another in its place.
    """
    shared: dict[str, str] = {}
    missing = 0
    for text, rival in ((one, other), (other, one)):
        for name in text.names:
            twin = name if name in rival.words else _twin(name, rival)
            if twin:
                shared[name] = shared[twin] = min(name, twin)
            else:
                missing += 1 if rival.names else 2
    return shared, missing


def _twin(name: str, rival: Skeleton) -> str:
    """The word that sounds the same, or nearly where another script writes it."""
    heard = sound(name)
    if len(heard) < _LEAST_SOUND:
        return ""
    slips = 0 if rival.names or len(heard) == _LEAST_SOUND else 1
    return next(
        (word for word in sorted(rival.words) if OSA.distance(heard, sound(word)) <= slips), ""
    )


def _in_order(text: Skeleton, shared: Mapping[str, str]) -> list[str]:
    return [shared.get(fact, fact) for fact in text.facts]


def _concepts_alike(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of concepts that both have, and in one order: the mean of the two."""
    if not one or not other:
        return 0.0
    here, there = set(one), set(other)
    share = len(here & there) / len(here | there)
    return (share + Indel.normalized_similarity(one, other)) / 2


def _book(language: str) -> PhraseBook[str]:
    """A phrase of several kinds counts as the first: what was done to whom, before a hazard."""
    kinds: dict[str, str] = {}
    for table in _TOLD:
        for phrase, key in phrases(language, table):
            if table != "people" or key == "armed":
                kinds.setdefault(phrase, key)
    return PhraseBook(kinds.items())
