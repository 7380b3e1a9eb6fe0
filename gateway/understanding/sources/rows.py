"""What a row of a list becomes, and how its names and numbers are read."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.understanding.entries import Entry

_LONGEST_NAME = 120

Row = Mapping[str, object]


class NotAList(ValueError):
    """The text is no list of this format; the message says what it looks like instead."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read, and what is wrong with it ("line 7: lat is 'abc', …")."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out on purpose; `why` is the same for all of its kind."""

    why: str


Found = Entry | BadRow | Skipped


def clean(value: object) -> str:
    """One line without double spaces and invisible direction marks, letters composed (NFC)."""
    text = "" if value is None else str(value)
    if text.isascii():
        return " ".join(text.split())
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def text_of(row: Row, column: str) -> str:
    """The cell without spaces around it; raises ValueError where it holds what no text holds."""
    text = clean(row.get(column))
    if not text.isprintable():
        raise ValueError(f"{column} holds an unreadable character")
    return text


def name_of(row: Row, column: str) -> str:
    """The name of a place; raises ValueError."""
    name = text_of(row, column)
    if not _has_letter(name):
        raise ValueError(f"{column} is {name!r}, expected the name of a place")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"{column} has {len(name)} characters, expected {_LONGEST_NAME} at most")
    return name


def plain_names(names: Iterable[object]) -> list[str]:
    """Those that can be names at all, each once, in their order."""
    cleaned = dict.fromkeys(clean(name) for name in names)
    return [
        name
        for name in cleaned
        if _has_letter(name) and len(name) <= _LONGEST_NAME and name.isprintable()
    ]


def degrees_of(row: Row, column: str, limit: int) -> float:
    """Degrees from -limit to limit, a decimal comma allowed; raises ValueError."""
    text = clean(row.get(column))
    wrong = f"{column} is {text[:_LONGEST_NAME]!r}, expected a number from -{limit} to {limit}"
    try:
        degrees = float(text.replace(",", ".") if "." not in text else text)
    except ValueError:
        raise ValueError(wrong) from None
    if not -limit <= degrees <= limit:  # also refuses nan
        raise ValueError(wrong)
    return degrees


def whole_number_of(row: Row, column: str, of: str) -> int:
    """A number of people or metres, 0 where the cell is empty; raises ValueError."""
    text = clean(row.get(column)).replace(",", "")
    if not text:
        return 0
    wrong = f"{column} is {text[:_LONGEST_NAME]!r}, expected a whole number of {of}"
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        raise ValueError(wrong) from None
    if not 0 <= number <= 10**10:
        raise ValueError(wrong)
    return number


def _has_letter(name: str) -> bool:
    return any(letter.isalpha() for letter in name)
