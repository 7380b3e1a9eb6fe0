"""The 14 risk factors of atrocity crimes, and what shows each: config/risk_factors.toml."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.plumbing.resources import config_file

FIRST, LAST = 1, 14
KINDS = ("common", "specific")
_FACTOR = frozenset({"number", "title", "kind", "about", "hazards", "topic"})
_TOPIC = frozenset({"name", "weight", "words"})
_FILE = frozenset({"enough", "uncounted", "factor"})


@dataclass(frozen=True, slots=True)
class Topic:
    """What words of a text are about, how much they weigh, and the phrases by language."""

    name: str
    weight: float
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor; `hazards` says how much a hazard that is sure weighs."""

    number: int
    title: str
    kind: str
    about: str
    hazards: Mapping[str, float]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Factors:
    """All of them by number; an incident shows one whose weights add up to `enough`."""

    enough: float
    uncounted: frozenset[str]  # hazards of incidents that show nothing and count nowhere
    by_number: Mapping[int, Factor]

    def phrases(self, languages: Collection[str]) -> Iterator[tuple[str, tuple[int, str]]]:
        """Each phrase of these languages with its factor's number and its topic's name."""
        for factor in self.by_number.values():
            for topic in factor.topics:
                for language in languages:
                    for phrase in topic.words.get(language, ()):
                        yield phrase, (factor.number, topic.name)


def load(hazards: Collection[str], languages: Collection[str]) -> Factors:
    """The shipped file; ValueError lists all its mistakes, a line each."""
    return _load(frozenset(hazards), frozenset(languages))


def read(file: Mapping[str, Any], hazards: Collection[str], languages: Collection[str]) -> Factors:
    """Factors from a file's tables; `hazards` and `languages` are those that exist."""
    problems = list(_problems(file, frozenset(hazards), frozenset(languages)))
    if problems:
        raise ValueError("\n".join(f"config/risk_factors.toml: {line}" for line in problems))
    factors = [_factor(table) for table in file["factor"]]
    return Factors(
        enough=float(file["enough"]),
        uncounted=frozenset(file["uncounted"]),
        by_number={factor.number: factor for factor in sorted(factors, key=lambda f: f.number)},
    )


@cache
def _load(hazards: frozenset[str], languages: frozenset[str]) -> Factors:
    with config_file("risk_factors.toml").open("rb") as file:
        return read(tomllib.load(file), hazards, languages)


def _factor(table: Mapping[str, Any]) -> Factor:
    topics = tuple(
        Topic(
            name=topic["name"],
            weight=float(topic["weight"]),
            words={language: tuple(words) for language, words in topic["words"].items()},
        )
        for topic in table["topic"]
    )
    named = {name: table[name] for name in ("number", "title", "kind", "about", "hazards")}
    return Factor(**named, topics=topics)


def _problems(
    file: Mapping[str, Any], hazards: frozenset[str], languages: frozenset[str]
) -> Iterator[str]:
    yield from _odd_keys("the file", file, _FILE)
    if not _is_weight(file.get("enough")):
        yield "enough: expected a number above 0"
    yield from _unknown("uncounted", file.get("uncounted", ()), hazards, "hazard")
    tables = file.get("factor", [])
    numbers = [table.get("number") for table in tables]
    for number in range(FIRST, LAST + 1):
        if numbers.count(number) != 1:
            yield f"factor {number}: stands there {numbers.count(number)} times, expected once"
    for table in tables:
        yield from _factor_problems(table, hazards, languages)


def _factor_problems(
    table: Mapping[str, Any], hazards: frozenset[str], languages: frozenset[str]
) -> Iterator[str]:
    name = f"factor {table.get('number')}"
    yield from _odd_keys(name, table, _FACTOR)
    number = table.get("number")
    if not isinstance(number, int) or not FIRST <= number <= LAST:
        yield f"{name}: expected a number from {FIRST} to {LAST}"
    if table.get("kind") not in KINDS:
        yield f"{name}: kind is {' or '.join(KINDS)}, not {table.get('kind')!r}"
    yield from (f"{name}: {key} is empty" for key in ("title", "about") if table.get(key) == "")
    shown = table.get("hazards", {})
    yield from _unknown(f"{name}.hazards", shown, hazards, "hazard")
    bad = [hazard for hazard, weight in shown.items() if not _is_weight(weight)]
    yield from (f"{name}.hazards.{hazard}: expected a number above 0" for hazard in bad)
    topics = table.get("topic", [])
    names = [topic.get("name") for topic in topics]
    if not topics or len(set(names)) < len(names):
        yield f"{name}: needs topics, each name once"
    for topic in topics:
        yield from _topic_problems(f"{name}, topic {topic.get('name')!r}", topic, languages)


def _topic_problems(
    name: str, topic: Mapping[str, Any], languages: frozenset[str]
) -> Iterator[str]:
    yield from _odd_keys(name, topic, _TOPIC)
    if not topic.get("name"):
        yield f"{name}: has no name"
    if not _is_weight(topic.get("weight")):
        yield f"{name}: weight is a number above 0"
    words = topic.get("words", {})
    yield from _unknown(f"{name}.words", words, languages, "language")
    for language, phrases in words.items():
        if not phrases or any(not isinstance(word, str) or not word.strip() for word in phrases):
            yield f"{name}.words.{language}: needs phrases, none of them empty"


def _odd_keys(name: str, table: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    missing, odd = sorted(known - table.keys()), sorted(table.keys() - known)
    yield from (f"{name}: {key} is missing" for key in missing)
    yield from (f"{name}: there is no key {key}" for key in odd)


def _unknown(name: str, keys: Collection[str], known: frozenset[str], what: str) -> Iterator[str]:
    return (f"{name}: there is no {what} {key!r}" for key in keys if key not in known)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
