"""The words of a deployment's languages, read from config/lexicon/<language>.toml."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.plumbing.resources import config_file
from gateway.understanding.folding import fold
from gateway.understanding.hazards import Hazard, hazards
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.spelling import Speller

__all__ = ["ROLES", "Hazard", "HazardWord", "Lexicon", "hazards", "load"]

ROLES = ("at", "from", "near", "passing", "toward")
_WEIGHTS = {"strong": 2.0, "plain": 1.0, "weak": 0.4}
_SPEECH = ("negators", "denials", "asking", "chat")
_PLACE_WORDS = ("settlement", "area", "here", "skipped", "joining", "kilometres", "route")
_PEOPLE = ("armed", "any", "harmed", "units")
_COMPASS = {
    "north": 0, "northeast": 45, "east": 90, "southeast": 135,
    "south": 180, "southwest": 225, "west": 270, "northwest": 315,
}  # fmt: skip
_LEAST_CORRECTED = 5  # shorter words are a slip away from too many others
_LEAST_KNOWN = 6
_STRETCHED = re.compile(r"(.)\1{2,}")


@dataclass(frozen=True, slots=True)
class HazardWord:
    """What a phrase says of a message: a hazard, how strongly, and in which language."""

    hazard: str
    weight: float
    language: str


@dataclass(frozen=True)
class Lexicon:
    """All languages' words together, since people mix languages in one message."""

    languages: tuple[str, ...]
    hazards: PhraseBook[HazardWord]
    speech: Mapping[str, PhraseBook[str]]  # negators, denials, asking, chat
    negated_prefixes: tuple[str, ...]
    roles: PhraseBook[str]
    places: Mapping[str, PhraseBook[str]]  # settlement, area, here, kilometres, …
    compass: PhraseBook[int]  # degrees
    when: PhraseBook[str]
    numbers: Mapping[str, int]
    people: Mapping[str, PhraseBook[str]]  # armed, any, harmed, units
    telling: Mapping[str, frozenset[str]]  # per language, the words that settle it
    common: frozenset[str]
    _speller: Speller

    def correct(self, word: str) -> str:
        """The listed word that a long unknown one is a slip away from ("atacked"), else itself."""
        plain = _STRETCHED.sub(r"\1", word)  # heeeelp
        if plain in self.common or len(plain) < _LEAST_CORRECTED:
            return plain if plain in self.common else word
        near = [known for known, slips in self._speller.near(plain) if slips == 1]
        known = next((known for known in near if known[0] == plain[0]), "")
        return known if len(known) >= _LEAST_KNOWN else word


@cache
def _read(language: str) -> dict[str, Any]:
    with config_file("lexicon", f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


def load(languages: Sequence[str]) -> Lexicon:
    """The lexicon of these languages; FileNotFoundError names one that has no file."""
    return _load(tuple(languages))


@cache
def _load(languages: tuple[str, ...]) -> Lexicon:
    files = [_read(language) for language in languages]
    hazard_words = PhraseBook(_hazard_phrases(languages))
    speech = {key: PhraseBook(_listed(files, "speech", key)) for key in _SPEECH}
    common = _common(files) | hazard_words.words | speech["chat"].words
    return Lexicon(
        languages=languages,
        hazards=hazard_words,
        speech=speech,
        negated_prefixes=tuple(p for file in files for p in file["speech"]["negated_prefixes"]),
        roles=PhraseBook(pair for role in ROLES for pair in _listed(files, "places", role)),
        places={key: PhraseBook(_listed(files, "places", key)) for key in _PLACE_WORDS},
        compass=PhraseBook(
            (phrase, degrees)
            for name, degrees in _COMPASS.items()
            for phrase, _ in _listed(files, "compass", name)
        ),
        when=PhraseBook(
            (phrase, when)
            for file in files
            for when, phrases in file["when"].items()
            for phrase in phrases
        ),
        numbers={fold(word): n for file in files for word, n in file["numbers"].items()},
        people={k: PhraseBook(_listed(files, "people", k)) for k in _PEOPLE},
        telling=_telling(languages),
        common=common,
        _speller=Speller(hazard_words.words),
    )


def _hazard_phrases(languages: Iterable[str]) -> Iterator[tuple[str, HazardWord]]:
    for language in languages:
        for hazard, lists in _read(language)["hazards"].items():
            if hazard not in hazards():
                raise ValueError(f"config/lexicon/{language}.toml: no hazard is named {hazard!r}")
            for strength, weight in _WEIGHTS.items():
                for phrase in lists.get(strength, ()):
                    yield phrase, HazardWord(hazard, weight, language)


def _listed(files: Iterable[Mapping[str, Any]], table: str, key: str) -> Iterator[tuple[str, str]]:
    return ((phrase, key) for file in files for phrase in file[table].get(key, ()))


def _telling(languages: Sequence[str]) -> dict[str, frozenset[str]]:
    own = {language: set(_split(_read(language)["words"]["telling"])) for language in languages}
    shared = {
        word for word in set().union(*own.values()) if sum(word in w for w in own.values()) > 1
    }
    return {language: frozenset(words - shared) for language, words in own.items()}


def _common(files: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Every single word of the lists: whatever stands there is not a place by itself."""
    found: set[str] = set()
    for file in files:
        found.update(_split(file["words"]["common"]), _split(file["words"]["telling"]))
        found.update(word for word in map(fold, file["numbers"]))
        for table in ("speech", "places", "compass", "when", "people"):
            for phrases in file[table].values():
                found.update(PhraseBook((phrase, "") for phrase in phrases).words)
    return frozenset(found)


def _split(words: str) -> list[str]:
    return fold(words).split()
