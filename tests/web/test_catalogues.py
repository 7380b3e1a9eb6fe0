"""The catalogues of the pages are whole: every word in every language, with its values."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale, gettext

from gateway.flow.accounts import ROLES
from gateway.terms.refusals import Refused
from gateway.terms.saying import Said
from gateway.terms.states import MACHINES
from gateway.understanding.lexicon import hazards
from gateway.web import speech, vocabulary

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = sorted(speech.LANGUAGES.keys() - {"en"})
_METHODS = [
    ("gateway/cli/**.py", "ignore"),
    ("gateway/**.py", "python"),
    ("templates/**.html", "jinja2"),
]
_KEYWORDS = {
    "_": None, "gettext": None, "ngettext": (1, 2), "N_": None,
    "Said": None, "Refused": None, "NotFound": None, "NotAllowed": None,
}  # fmt: skip
_VALUE = re.compile(r"%\(\w+\)[sd]")
Key = str | tuple[str, ...]


@cache
def said() -> frozenset[Key]:
    """Every word that pages, refusals and scripts say."""
    found = extract_from_dir(ROOT, _METHODS, keywords=_KEYWORDS, directory_filter=_is_ours)
    return frozenset(message for _, _, message, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    path = ROOT / "gateway/web/translations" / language / "LC_MESSAGES/messages.po"
    with path.open("rb") as words:
        return read_po(words, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_said_in_every_language(language: str) -> None:
    known = catalogue(language)
    assert len(said()) > 400
    missing = []
    for key in said():
        found = known.get(key if isinstance(key, str) else key[0])
        strings = () if found is None else found.string
        if not strings or not all(strings if isinstance(strings, tuple) else (strings,)):
            missing.append(key)
    assert missing == [], "run `make words`, then translate what is empty"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_values(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple)
        wanted = set(_VALUE.findall(message.id[-1] if plural else message.id))
        for string in message.string if plural else (message.string,):
            found = set(_VALUE.findall(string))
            # "one person" may do without its number
            if found - wanted or (not plural and found != wanted):
                wrong.append(message.id)
    assert wrong == []


def test_words_of_data_are_in_the_catalogues() -> None:
    states = {state for machine in MACHINES.values() for state in machine}
    assert states <= set(vocabulary.STATES)
    assert {hazard.label for hazard in hazards().values()} <= set(vocabulary.HAZARDS)
    assert set(ROLES) <= set(vocabulary.ROLES)
    assert set(MACHINES) - {"inquiry"} <= set(vocabulary.MACHINES)


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {".venv", "node_modules", "tests", "var", ".git", "bench"}


def test_what_a_refusal_quotes_is_said_in_the_language_too(app: Flask) -> None:
    refused = Refused("This question is %(state)s already.", state=Said("answered"))
    assert str(refused) == "This question is answered already."
    with app.test_request_context(), force_locale("fr"):
        told = speech.told(refused)
        assert gettext("answered") in told
    assert "answered" not in told
