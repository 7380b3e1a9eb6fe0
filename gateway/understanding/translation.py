"""Compares texts in two languages by their concepts, to find a chain message passed on translated.

Honest witnesses of one event share armed men, a place and flight; what a translation shares beyond
them is accidental: a snake, Friday, our land. So what witnesses tell proves little here.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rapidfuzz.distance import OSA, Indel

from gateway.understanding import sketch
from gateway.understanding.glossary import Told, kind

_FEWEST_WORDS, _FEWEST_SHARED = 8, 7
# What a concept adds to how alike two texts are, and to how telling that is.
_WEIGHTS = {"concepts": 1.0, "witnessed": 0.35, "joining": 0.35}
_TELLING = {"concepts": 1.0, "witnessed": 0.1, "joining": 0.5}
_FOUND_BY = {"concepts": 1.0, "witnessed": 0.08, "joining": 0.15}
_TELLING_FACT, _FACTS_OF_WITNESSES = 0.5, 2  # a place and how many
_UNKNOWN = 0.35  # what a word weighs that no glossary has
# How telling what is shared must be, and how alike the texts then: the less telling, the more.
_LEAST_ALIKE = ((4.5, 0.6), (4.0, 0.75), (3.5, 0.85), (2.5, 0.9), (2.0, 0.95))
_EASIER = (5, 0.8)  # shared concepts and facts, and the share of the likeness
_LEAST_TELLING = min(least for least, _ in _LEAST_ALIKE)
_LEAST_IN_ORDER = 0.5  # verbs stand last in Somali and Amharic
_MOST_WORDS_SHARED = 0.3
_SUNRISE = 6  # hours, by which Swahili, Amharic and Somali clocks differ
_LONGEST_CLOCK = 12
_LEAST_SOUND, _SURE_SOUND = 2, 3


def translation(one: Told, other: Told, *, passed_on: bool = False) -> float:
    """How alike two texts in two languages are, 0 where neither is a translation of the other.

    Of a text that says itself that it was `passed_on`, or asks for it, less is asked.
    """
    fewest, ease = _EASIER if passed_on else (_FEWEST_SHARED, 1.0)
    if not _comparable(one, other):
        return 0.0
    names = _names(one, other)
    if names is None:
        return 0.0
    here, there = _matched(one.meant, other.meant)
    facts = names + len(one.numbers)
    if len(set(here)) + facts < fewest:
        return 0.0
    shared = sum(_WEIGHTS[kind(concept)] for concept in here) + facts
    alike = 2 * shared / (_weight(one) + _weight(other) + 2 * facts)
    in_order = Indel.normalized_similarity(here, there)
    telling = _telling(set(here)) + _TELLING_FACT * max(0, facts - _FACTS_OF_WITNESSES)
    if in_order < _LEAST_IN_ORDER or not any(
        telling >= least and alike >= likeness * ease for least, likeness in _LEAST_ALIKE
    ):
        return 0.0
    return round((min(1.0, alike) + in_order) / 2, 4)


def pieces(text: Told) -> tuple[str, ...]:
    """Strings of which a translation mostly shares one; none of a text that can have none."""
    concepts = {concept for meanings in text.meant for concept in meanings}
    if text.length < _FEWEST_WORDS or _telling(concepts) < _LEAST_TELLING:
        return ()
    return sketch.of_concepts({concept: _FOUND_BY[kind(concept)] for concept in concepts})


def _telling(concepts: Iterable[str]) -> float:
    return round(sum(_TELLING[kind(concept)] for concept in concepts), 1)


def _comparable(one: Told, other: Told) -> bool:
    if not (one.language and other.language) or one.language == other.language:
        return False
    if min(one.length, other.length) < _FEWEST_WORDS or not _same_numbers(one, other):
        return False
    facts = {*one.names, *other.names, *one.numbers}
    here, there = one.words - facts, other.words - facts
    return len(here & there) <= _MOST_WORDS_SHARED * min(len(here), len(there))


def _same_numbers(one: Told, other: Told) -> bool:
    """All of them; one hour may be counted from sunrise."""
    here, there = Counter(one.numbers), Counter(other.numbers)
    if here == there:
        return True
    only, rest = [*(here - there).elements()], [*(there - here).elements()]
    if len(only) != 1 or len(rest) != 1:
        return False
    hours = sorted((int(only[0]), int(rest[0])))
    return hours[1] - hours[0] == _SUNRISE and hours[1] <= _LONGEST_CLOCK


def _names(one: Told, other: Told) -> int | None:
    """How many both have; None where one has a name that the other lacks."""
    shared = set()
    for text, rival in ((one, other), (other, one)):
        for name in text.names:
            twin = name if name in rival.words else _twin(text.heard[name], rival.heard)
            if not twin:
                return None
            shared.add(min(name, twin))
    return len(shared)


def _twin(name: str, heard: Mapping[str, str]) -> str:
    """The word that sounds the same, or nearly for a long name, or has an ending more."""
    if len(name) < _LEAST_SOUND:
        return ""
    slips = 0 if len(name) <= _SURE_SOUND else 1
    for word, other in heard.items():
        if OSA.distance(name, other, score_cutoff=slips) <= slips:
            return word
        if min(len(name), len(other)) >= _SURE_SOUND and (
            other.startswith(name) or name.startswith(other)
        ):
            return word
    return ""


def _matched(
    one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]
) -> tuple[list[str], list[str]]:
    """The concepts that both tell, in the order of each."""
    where: defaultdict[str, deque[int]] = defaultdict(deque)
    for at, meanings in enumerate(other):
        for concept in meanings:
            where[concept].append(at)
    pairs = [
        (concept, where[concept].popleft())
        for meanings in one
        for concept in meanings
        if where[concept]
    ]
    ordered = sorted(pairs, key=lambda pair: pair[1])
    return [concept for concept, _ in pairs], [concept for concept, _ in ordered]


def _weight(text: Told) -> float:
    return sum(_heaviest(text.meant)) + _UNKNOWN * text.unknown


def _heaviest(meant: Sequence[Sequence[str]]) -> Iterator[float]:
    """Of what a phrase may mean, one is meant."""
    return (max(_WEIGHTS[kind(concept)] for concept in meanings) for meanings in meant)
