"""Loads the words of the checks: config/lint, with what the lexicon knows already."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from gateway.alerts.lint_words import Lists
from gateway.plumbing.resources import config_file
from gateway.understanding.folding import fold
from gateway.understanding.lexicon import ROLES, Lexicon, hazards, load, phrases
from gateway.understanding.phrasebook import PhraseBook

KEYS = (
    "labels", "actions", "times", "cautions", "titles", "plain", "peoples", "callings", "folk",
    "harm", "doubtful", "zero", "hours",
)  # fmt: skip
_MAY_BE_EMPTY = frozenset({"doubtful"})


def load_lists(languages: Sequence[str]) -> Mapping[str, Lists]:
    """The lists of each language; ValueError lists all mistakes of a file, a line each."""
    return _load(tuple(languages))


def mistakes(file: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the tables of a file, in plain words."""
    if not isinstance(file.get("name"), str) or not file["name"]:
        yield "name: the language in English is missing"
    for key in KEYS:
        value = file.get(key)
        if not _are_words(value):
            yield f"{key}: must be a list of phrases"
        elif not value and key not in _MAY_BE_EMPTY:
            yield f"{key}: nothing stands there"
    told = file.get("hazards")
    if not isinstance(told, Mapping):
        yield "hazards: the table is missing"
    else:
        yield from (f"hazards.{key}: no such hazard" for key in told.keys() - hazards().keys())
        wrong = (key for key, words in told.items() if not _are_words(words) or not words)
        yield from (f"hazards.{key}: must be a list of phrases" for key in wrong)
    unknown = file.keys() - {"name", "hazards", *KEYS}
    yield from (f"{key}: nobody reads it" for key in sorted(unknown))


@cache
def _load(languages: tuple[str, ...]) -> Mapping[str, Lists]:
    slurs = PhraseBook(pair for language in languages for pair in _slurs(language))
    lexicon = load(languages)
    return {language: _lists(language, slurs, lexicon) for language in languages}


def _lists(language: str, slurs: PhraseBook[str], lexicon: Lexicon) -> Lists:
    file = _read(f"{language}.toml")
    wrong = list(mistakes(file))
    if wrong:
        raise ValueError("\n".join(f"config/lint/{language}.toml: {line}" for line in wrong))
    shared = _read("peoples.toml")["peoples"]
    books = {key: _book(file[key], key) for key in KEYS}
    books["peoples"] = _book([*shared, *file["peoples"]], "peoples")
    books["slurs"] = slurs
    books["position"] = PhraseBook(
        (phrase, key) for phrase, key in phrases(language, "places") if key in (*ROLES, "skipped")
    )
    digits = {str(digit): digit for digit in range(10)}
    return Lists(
        name=file["name"],
        books=books,
        told=_told(language, file["hazards"]),
        plain=frozenset(_words([*file["plain"], *_kinds_of_places(language)])),
        common=lexicon.common,
        numbers={**lexicon.numbers, **digits, **{fold(word): 0 for word in file["zero"]}},
    )


def _told(language: str, own: Mapping[str, Sequence[str]]) -> dict[str, PhraseBook[str]]:
    """By hazard, what warnings and reporters call it."""
    words: dict[str, list[str]] = {hazard: list(listed) for hazard, listed in own.items()}
    for phrase, hazard in phrases(language, "hazards"):
        words.setdefault(hazard, []).append(phrase)
    return {hazard: _book(listed, hazard) for hazard, listed in words.items()}


def _kinds_of_places(language: str) -> Iterator[str]:
    """ "General Hospital" is nobody."""
    yield from (phrase for phrase, _ in phrases(language, "landmarks"))
    kinds = ("settlement", "area", "camp")
    yield from (phrase for phrase, key in phrases(language, "places") if key in kinds)


def _words(listed: Iterable[str]) -> Iterator[str]:
    return (word for phrase in listed for word in fold(phrase).split())


def _slurs(language: str) -> Iterator[tuple[str, str]]:
    return ((phrase, key) for phrase, key in phrases(language, "hate") if key == "slurs")


def _book(listed: Iterable[str], key: str) -> PhraseBook[str]:
    return PhraseBook((phrase, key) for phrase in listed)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


def _read(name: str) -> dict[str, Any]:
    with config_file("lint", name).open("rb") as file:
        return tomllib.load(file)
