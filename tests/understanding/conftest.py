"""The sample country and the three languages, read once for all tests of the room."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.plumbing.resources import config_file
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import Lexicon, load
from gateway.understanding.reading import Reading, understand
from gateway.understanding.sources import entries_from_rows

LANGUAGES = ("en", "sw", "fr")
Understand = Callable[..., Reading]


@pytest.fixture(scope="session")
def kenya() -> Gazetteer:
    entries: list[Entry] = []
    for name, form in (("KE", "wof"), ("KE_wards", "wards")):
        with gzip.open(config_file("gazetteer", f"{name}.csv.gz"), "rt", encoding="utf-8") as file:
            read = entries_from_rows(csv.DictReader(file), form)
            entries += [entry for entry in read if isinstance(entry, Entry)]
    return Gazetteer(replace(entry, id=number) for number, entry in enumerate(entries, 1))


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load(LANGUAGES)


@pytest.fixture(scope="session")
def moa(kenya: Gazetteer) -> Entry:
    return kenya.exact(["moa"])[0].entry


@pytest.fixture(scope="session")
def read(kenya: Gazetteer, lexicon: Lexicon) -> Understand:
    """Understands a text in Kenya; keyword arguments as for `understand`."""

    def understood(text: str, **known: object) -> Reading:
        known = {"gazetteer": kenya, "lexicon": lexicon, "languages": LANGUAGES} | known
        return understand(text, **known)  # type: ignore[arg-type]

    return understood
