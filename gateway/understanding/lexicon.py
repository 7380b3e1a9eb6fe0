"""The words of a deployment's languages, read from config/lexicon/<language>/*.toml."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any

from gateway.plumbing.resources import CONFIG, config_file
from gateway.understanding.folding import fold, is_of_other_script
from gateway.understanding.hazards import UNTOLD, Hazard, hazards
from gateway.understanding.ordinary import ordinary_words
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.spelling import Speller

__all__ = [
    "COMPASS",
    "CONCEPTS",
    "MANNERS",
    "ROLES",
    "TABLES",
    "Hazard",
    "HazardWord",
    "Lexicon",
    "concepts",
    "enlarged",
    "hazard_phrases",
    "hazards",
    "known_languages",
    "load",
    "phrases",
]

ROLES = ("at", "from", "near", "passing", "toward")
SITUATIONS = ("blocking", "arriving")  # looked for in one pass
MANNERS = ("approaching", "heading")  # of those who go toward a place
FILES = ("hazards", "hate", "speech", "people", "places", "time", "spelling", "words", "concepts")
CONCEPTS = ("concepts", "witnessed", "joining")  # the tables of concepts.toml
# What config/lexicon/README.md explains: tables of phrases, and their keys.
TABLES: Mapping[str, tuple[str, ...]] = {
    "hate": (
        "dehumanising", "inciting", "targets", "whole", "expelling", "urging", "slurs", "media",
        "threats", "innocent",
    ),
    "speech": (
        "negators", "negators_after", "denials", "asking", "requests", "chat", "games",
        "adverts", "prayers", "forwarded", "pass_on",
    ),
    "blocking": ("ways", "closed", "obstacles"),
    "arriving": ("families", "came", "received"),
    "hearsay": ("says", "that", "sounds", "directions"),
    "people": ("armed", "any", "harmed", "units", "families", "arrived"),
    "amounts": ("between", "to", "least", "most", "about"),
    "casualties": ("killed", "injured", "abducted", "missing", "displaced"),
    "severity": ("weapons", "vehicles", "animals", "many", "ongoing"),
    "places": (
        *ROLES, "between", "settlement", "area", "camp", "part", "here", "skipped", "joining",
        "route", "street", "person", *MANNERS,
    ),
    "landmarks": (
        "market", "school", "church", "mosque", "bridge", "clinic", "police", "water", "river",
        "road", "border",
    ),
    "distance": ("kilometres", "miles", "metres"),
    "compass": (
        "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest",
    ),
    "travel": ("foot", "horse", "vehicle", "boat"),
    "when": (
        "now", "today", "this morning", "this afternoon", "this evening", "tonight", "last night",
        "yesterday", "day before yesterday", "tomorrow",
    ),
    "weekdays": (
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "last",
        "next", "until",
    ),
    "clock": ("at", "half", "quarter", "to", "past", "morning", "afternoon", "evening", "night"),
    "ago": ("ago", "minutes", "hours", "days", "weeks"),
}  # fmt: skip
COMPASS = {
    "north": 0, "northeast": 45, "east": 90, "southeast": 135,
    "south": 180, "southwest": 225, "west": 270, "northwest": 315,
}  # fmt: skip
_WEIGHTS = {"strong": 2.0, "plain": 1.0, "weak": 0.4}
_LEAST_CORRECTED = 5  # shorter words are a slip away from too many others
_LEAST_KNOWN = 6
_STRETCHED = re.compile(r"(.)\1{2,}")
# Places are called so too: "Somali", "Carrefour".
_NOT_COMMON = ("hate", "landmarks", "blocking", "arriving", "hearsay")

Book = PhraseBook[str]


@dataclass(frozen=True, slots=True)
class HazardWord:
    """What a phrase says of a message: a hazard, how strongly, and in which language."""

    hazard: str
    weight: float
    language: str


@dataclass(frozen=True, repr=False)
class Lexicon:
    """All languages' words together, since people mix languages in one message.

    `tables` holds a phrase book for each key of `TABLES`, `whole` one for each table, whose values
    are the keys ("monday"): what a table's words mean is asked of it in one look.
    """

    languages: tuple[str, ...]
    hazards: PhraseBook[HazardWord]
    tables: Mapping[str, Mapping[str, Book]]
    whole: Mapping[str, Book]
    roles: Book
    negated_prefixes: tuple[str, ...]
    numbers: Mapping[str, int]
    clock: PhraseBook[int]  # what stands beside a time of day, and the hour it is counted from
    telling: Mapping[str, frozenset[str]]  # per language, the words that settle it
    common: frozenset[str]  # words that alone are never a place
    listed: frozenset[str]  # every word of the lists, of phrases too: these are no slips
    alike: tuple[tuple[str, str], ...]  # groups of letters that writers swap by ear
    ordinary: Mapping[str, float]  # folded word to how frequent it is, on Zipf's scale
    _speller: Speller

    @property
    def speech(self) -> Mapping[str, Book]:
        """negators, denials, asking, requests, chat, …"""
        return self.tables["speech"]

    @property
    def places(self) -> Mapping[str, Book]:
        """settlement, area, here, skipped, joining, route, …"""
        return self.tables["places"]

    @property
    def people(self) -> Mapping[str, Book]:
        """armed, any, harmed, units, families, arrived"""
        return self.tables["people"]

    @cached_property
    def correct(self) -> Callable[[str], str]:
        """The listed word that a long unknown one is a slip away from ("atacked"), else itself."""
        return lru_cache(maxsize=8192)(self._correct)  # the same words come again and again

    def _correct(self, word: str) -> str:
        plain = _STRETCHED.sub(r"\1", word)  # heeeelp
        if plain in self.listed or len(plain) < _LEAST_CORRECTED:
            return plain if plain in self.listed else word
        near = [known for known, slips in self._speller.near(plain) if slips == 1]
        known = next((known for known in near if known[0] == plain[0]), "")
        return known if len(known) >= _LEAST_KNOWN else word


def load(languages: Sequence[str]) -> Lexicon:
    """The lexicon of these languages; FileNotFoundError names one that has no folder."""
    return _load(tuple(languages))


def enlarged(lexicon: Lexicon, own: Iterable[tuple[str, str, str]]) -> Lexicon:
    """The lexicon with phrases of a deployment: language, hazard and phrase of each.

    They weigh as plain ones do. Raises ValueError for a phrase that has no letters.
    """
    more = [(phrase, HazardWord(hazard, _WEIGHTS["plain"], code)) for code, hazard, phrase in own]
    if not more:
        return lexicon
    book = PhraseBook([*lexicon.hazards.phrases(), *more])
    latin = PhraseBook(_of_latin(book.phrases())).words
    return replace(
        lexicon,
        hazards=book,
        common=lexicon.common | book.single,
        listed=lexicon.listed | book.words,
        _speller=Speller(latin),
    )


def hazard_phrases(language: str) -> list[tuple[str, str, float]]:
    """One language's shipped phrases: the hazard each means, the phrase, and its weight."""
    return [(word.hazard, phrase, word.weight) for phrase, word in _hazard_phrases((language,))]


def known_languages() -> tuple[str, ...]:
    """The languages that have word lists."""
    return tuple(sorted(path.name for path in (CONFIG / "lexicon").iterdir() if path.is_dir()))


def phrases(language: str, table: str) -> Iterator[tuple[str, str]]:
    """One language's phrases of a table and their keys; of "hazards" all but the weak ones."""
    if table == "hazards":
        listed = _hazard_phrases((language,))
        return (
            (phrase, word.hazard) for phrase, word in listed if word.weight >= _WEIGHTS["plain"]
        )
    files = [_read(language)]
    return (pair for key in TABLES[table] for pair in _listed(files, table, key))


def concepts(language: str, tables: Sequence[str] = CONCEPTS) -> Iterator[tuple[str, str]]:
    """One language's concepts, each with one of its phrases: for comparing translations only."""
    file = _read(language)
    return (
        (concept, phrase)
        for table in tables
        for concept, listed in file[table].items()
        for phrase in listed
    )


@cache
def _read(language: str) -> dict[str, Any]:
    """All tables of a language's files together."""
    tables: dict[str, Any] = {}
    for name in FILES:
        with config_file("lexicon", language, f"{name}.toml").open("rb") as file:
            tables |= tomllib.load(file)
    return tables


@cache
def _load(languages: tuple[str, ...]) -> Lexicon:
    unknown = [language for language in languages if language not in known_languages()]
    if unknown:
        known = ", ".join(known_languages())
        raise FileNotFoundError(f"no word lists for {', '.join(unknown)} (there are {known})")
    files = [_read(language) for language in languages]
    hazard_words = PhraseBook(_hazard_phrases(languages))
    tables = {
        table: {key: PhraseBook(_listed(files, table, key)) for key in keys}
        for table, keys in TABLES.items()
    }
    common = _common(files) | hazard_words.single
    books = (book for keys in tables.values() for book in keys.values())
    return Lexicon(
        languages=languages,
        hazards=hazard_words,
        tables=tables,
        whole={table: _whole(files, table) for table in TABLES}
        | {
            "situations": PhraseBook(
                p for t in SITUATIONS for k in TABLES[t] for p in _listed(files, t, k)
            )
        },
        roles=PhraseBook(_roles(files)),
        negated_prefixes=tuple(
            fold(prefix) for file in files for prefix in file["speech"]["negated_prefixes"]
        ),
        numbers={fold(word): n for file in files for word, n in file["numbers"].items()},
        clock=PhraseBook(
            (phrase, file["clock"].get("counts_from", 0))
            for file in files
            for phrase in file["clock"]["at"]
        ),
        telling=_telling(languages),
        common=common,
        listed=common.union(hazard_words.words, *(book.words for book in books)),
        alike=tuple(dict.fromkeys((a, b) for file in files for a, b in file["spelling"]["alike"])),
        ordinary=ordinary_words(languages),
        _speller=Speller(PhraseBook(_of_latin(_hazard_phrases(languages))).words),
    )


def _hazard_phrases(languages: Iterable[str]) -> Iterator[tuple[str, HazardWord]]:
    for language in languages:
        for hazard, lists in _read(language)["hazards"].items():
            if hazard not in hazards() or hazard in UNTOLD:
                raise ValueError(
                    f"config/lexicon/{language}/hazards.toml: no hazard is named {hazard!r}"
                )
            for strength, weight in _WEIGHTS.items():
                for phrase in lists.get(strength, ()):
                    yield phrase, HazardWord(hazard, weight, language)


def _of_latin(phrases: Iterable[tuple[str, HazardWord]]) -> Iterator[tuple[str, HazardWord]]:
    """What Arabic and Ethiopic leave of a word in Latin letters is too near to other words."""
    return ((phrase, word) for phrase, word in phrases if not is_of_other_script(phrase))


def _listed(files: Iterable[Mapping[str, Any]], table: str, key: str) -> Iterator[tuple[str, str]]:
    return ((phrase, key) for file in files for phrase in file.get(table, {}).get(key, ()))


def _roles(files: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        yield from _listed(files, "places", role)
    for manner in MANNERS:
        yield from ((phrase, "toward") for phrase, _ in _listed(files, "places", manner))


def _whole(files: Sequence[Mapping[str, Any]], table: str) -> Book:
    return PhraseBook(pair for key in TABLES[table] for pair in _listed(files, table, key))


def _telling(languages: Sequence[str]) -> dict[str, frozenset[str]]:
    own = {language: set(_split(_read(language)["words"]["telling"])) for language in languages}
    shared = {
        word for word in set().union(*own.values()) if sum(word in w for w in own.values()) > 1
    }
    return {language: frozenset(words - shared) for language, words in own.items()}


def _common(files: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Every word that a list has by itself: whatever stands there is no place alone."""
    found: set[str] = set()
    for file in files:
        found.update(_split(file["words"]["common"]), _split(file["words"]["telling"]))
        found.update(word for word in map(fold, file["numbers"]))
        for table, keys in TABLES.items():
            if table not in _NOT_COMMON:
                for key in keys:
                    found.update(PhraseBook(_listed([file], table, key)).single)
    return frozenset(found)


def _split(words: str) -> list[str]:
    return fold(words).split()
