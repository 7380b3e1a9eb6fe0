"""The letters of an SMS: fewer where a language allows it, and none that no phone shows."""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gateway.plumbing.resources import config_file
from gateway.terms.gsm7 import ALIKE, encoding_of, transliterate

_FILE = "letters.toml"
_KEYS = frozenset({"accents", "letters"})
# They steer the direction of what stands around them: a text could read otherwise than it is.
_STEERING = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2060\u200b\ufeff\u00ad"
)
_TAGS = range(0xE0000, 0xE0080)
_SHOWN_BY_NONE = {"Cs": "half a letter", "Co": "a private letter", "Cn": "an unknown letter"}
_BROKEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Letters:
    """What people of a language type instead of letters that the SMS alphabet lacks."""

    accents: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)


def plain(text: str, language: str) -> str:
    """The text in GSM-7 where the language allows it, else unchanged but for quotes and dashes."""
    letters = of(language)
    if not letters.accents:
        return transliterate(text)
    instead = {ord(letter): put for letter, put in letters.instead.items()}
    simple = unicodedata.normalize("NFC", text).translate(instead)
    bare = "".join(letter for letter in simple if unicodedata.category(letter) != "Mn")
    simple = transliterate(bare, accents=True)
    return simple if encoding_of(simple) == "GSM-7" else transliterate(text)


def instead_of(language: str) -> dict[str, str]:
    """What `plain` puts for single letters, for whoever counts along while somebody types."""
    return {chr(code): put for code, put in ALIKE.items()} | dict(of(language).instead)


def without_controls(text: str) -> str:
    """The text without what no phone shows and a person cannot see; white space stays."""
    return "".join(letter for letter in text if letter.isspace() or not _is_control(letter))


def unshowable(text: str) -> str | None:
    """The first letter that cannot be sent or that phones do not show, in words; None if none."""
    for letter in text:
        kind = _SHOWN_BY_NONE.get(unicodedata.category(letter))
        if letter == _BROKEN:
            kind = "a letter that was lost on the way"
        if kind:
            return f"{kind} (U+{ord(letter):04X})"
    return None


def of(language: str) -> Letters:
    """What config/letters.toml says of a language; one that it does not list keeps its letters."""
    return _known().get(language, Letters())


def problems() -> list[str]:
    """Every mistake of the file, with its key."""
    try:
        return list(_problems(_tables()))
    except (OSError, ValueError) as error:
        return [f"config/{_FILE}: {error}"]


@cache
def _known() -> Mapping[str, Letters]:
    """What can be read of it: a mistake costs room in an SMS and must not cost the SMS."""
    try:
        tables = _tables()
    except (OSError, ValueError):
        return {}
    return {
        language: Letters(table.get("accents") is True, table.get("letters", {}))
        for language, table in tables.items()
        if not list(_problems({language: table}))
    }


def _tables() -> Mapping[str, Any]:
    with config_file(_FILE).open("rb") as file:
        return tomllib.load(file)


def _problems(tables: Mapping[str, object]) -> Iterator[str]:
    for language, table in tables.items():
        where = f"config/{_FILE}: [{language}]"
        if not isinstance(table, dict):
            yield f"{where} is no table"
            continue
        yield from (f"{where} has an unknown key '{key}'" for key in sorted(table.keys() - _KEYS))
        if not isinstance(table.get("accents", False), bool):
            yield f"{where} accents: expected true or false"
        letters = table.get("letters", {})
        if not isinstance(letters, dict):
            yield f"{where} letters: expected letters and what stands for them"
            continue
        for letter, instead in letters.items():
            if len(letter) != 1 or not isinstance(instead, str) or encoding_of(instead) != "GSM-7":
                yield f"{where} letters: '{letter}' must be one letter, with GSM-7 letters for it"


def _is_control(letter: str) -> bool:
    is_steering = letter in _STEERING or ord(letter) in _TAGS
    return is_steering or unicodedata.category(letter) == "Cc"
