"""The words that leave by SMS: one short template a text, in each language."""

from collections.abc import Collection
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


def languages() -> tuple[str, ...]:
    """Those that have templates of their own."""
    return _languages()


def fault(language: str, name: str, wanted: Collection[str]) -> str | None:
    """What is wrong with a template of a language, and which file to mend; None if nothing.

    A file that is missing counts where the language has others: no text may be half of each.
    """
    folder = language if language in languages() else FALLBACK
    file = f"templates/sms/{folder}/{name}.txt"
    if name not in _names(folder):
        return f"{file} is missing"
    try:
        pieces = _pieces(folder, name)
    except (OSError, ValueError) as error:  # a brace too many, letters that are not UTF-8
        return f"{file} cannot be read ({error})"
    found = {field for _, field in pieces if field is not None}
    for field in sorted({*wanted} - found):
        return f"{file} lacks the field {{{field}}}"
    for field in sorted(found - {*wanted}):
        return f"{file} has a field {{{field}}} that nothing fills"
    return None


def faults(language: str) -> list[str]:
    """What is wrong with the templates of a language, measured by the English ones."""
    found = (fault(language, name, _wanted(name)) for name in sorted(names()))
    return [words for words in found if words]


def fields(language: str, name: str) -> frozenset[str]:
    """What a template must be given."""
    return _fields(_pieces(language, name))


def _wanted(name: str) -> frozenset[str]:
    try:
        return fields(FALLBACK, name)
    except (OSError, ValueError):  # said when English itself is looked at
        return frozenset()


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
def _languages() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in (TEMPLATES / "sms").iterdir() if folder.is_dir()))


@cache
def _names(language: str) -> frozenset[str]:
    return frozenset(path.stem for path in (TEMPLATES / "sms" / language).glob("*.txt"))
