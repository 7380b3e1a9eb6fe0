"""The words that leave by SMS: one short template a text, in each language."""

from functools import cache
from string import Formatter

from gateway.plumbing.resources import TEMPLATES, template_file

FALLBACK = "en"


class WordingError(Exception):
    """A template was asked for, or given a field, that does not exist."""


def render(language: str, name: str, /, **values: str) -> str:
    """The text in that language, or in English where the language has no such template.

    Values go in as they are, only their white space is collapsed; raises WordingError when a
    field is missing or one too many.
    """
    pieces = _pieces(language, name)
    wanted = _fields(pieces)
    for problem, found in (
        ("lacks the field", wanted - values.keys()),
        ("has no field", values.keys() - wanted),
    ):
        if found:
            raise WordingError(f"the SMS template '{name}' {problem} '{min(found)}'")
    return "".join(
        literal + (" ".join(values[field].split()) if field else "") for literal, field in pieces
    )


def names() -> frozenset[str]:
    """Every template."""
    return _names(FALLBACK)


def fields(language: str, name: str) -> frozenset[str]:
    """What a template must be given."""
    return _fields(_pieces(language, name))


_Pieces = tuple[tuple[str, str | None], ...]


def _fields(pieces: _Pieces) -> frozenset[str]:
    return frozenset(field for _, field in pieces if field)


@cache
def _pieces(language: str, name: str) -> _Pieces:
    folder = language if name in _names(language) else FALLBACK
    if name not in _names(folder):
        raise WordingError(f"there is no SMS template '{name}'")
    text = template_file("sms", folder, f"{name}.txt").read_text(encoding="utf-8")
    return tuple(
        (literal, field) for literal, field, _, _ in Formatter().parse(text.removesuffix("\n"))
    )


@cache
def _names(language: str) -> frozenset[str]:
    return frozenset(path.stem for path in (TEMPLATES / "sms" / language).glob("*.txt"))
