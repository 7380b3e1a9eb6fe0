"""The words that leave by SMS: one short template a text, in each language.

The shipped files, under what a deployment wrote over them: `lay_over` hands that in.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
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


def lay_over(mark: object, texts: Mapping[tuple[str, str], str]) -> None:
    """From now on these are the texts, by language and name; the others are the shipped ones.

    `mark` tells this state of them from any other. A text whose fields are no longer those of the
    shipped one is left out: a warning must never fail. Safe while other threads render.
    """
    global _own
    fitting = {key: words for key, words in texts.items() if _fits(key[1], words)}
    _own = _Own(mark, {key: _parsed(words) for key, words in fitting.items()})


def mark() -> object:
    """Which state of the deployment's own texts holds; None while there are none."""
    return _own.mark


def shipped_words(language: str, name: str) -> str:
    """The template as it ships, with its fields in braces; the English one where it has none."""
    folder = language if name in _names(language) else FALLBACK
    if name not in _names(folder):
        raise WordingError(f"there is no SMS template '{name}'")
    return (
        template_file("sms", folder, f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
    )


def filled(words: str, values: Mapping[str, str]) -> str:
    """Words of a template that nobody has kept yet, with these values; raises ValueError."""
    return "".join(
        literal + ("" if field is None else values.get(field, f"{{{field}}}"))
        for literal, field in _parsed(words)
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


def shipped_fields(name: str) -> frozenset[str]:
    """What each language's template of that name must hold: what the shipped English one does."""
    return _fields(_shipped(FALLBACK, name))


def fields_of(words: str) -> frozenset[str]:
    """The fields that words name; raises ValueError where a brace is missing or one too many."""
    return frozenset(field for _, field in _parsed(words) if field is not None)


def _wanted(name: str) -> frozenset[str]:
    try:
        return fields(FALLBACK, name)
    except (OSError, ValueError):  # said when English itself is looked at
        return frozenset()


_Pieces = tuple[tuple[str, str | None], ...]


def _fields(pieces: _Pieces) -> frozenset[str]:
    return frozenset(field for _, field in pieces if field)


@dataclass(frozen=True, slots=True)
class _Own:
    """What a deployment wrote over the shipped texts."""

    mark: object
    pieces: Mapping[tuple[str, str], _Pieces]


_own = _Own(None, {})


def _pieces(language: str, name: str) -> _Pieces:
    found = _own.pieces.get((language, name))
    if found is None and name not in _names(language):
        found = _own.pieces.get((FALLBACK, name))  # as the shipped English one would serve
    return _shipped(language, name) if found is None else found


@cache
def _shipped(language: str, name: str) -> _Pieces:
    return _parsed(shipped_words(language, name))


def _fits(name: str, words: str) -> bool:
    try:
        return name in names() and fields_of(words) == shipped_fields(name)
    except ValueError:
        return False


def _parsed(words: str) -> _Pieces:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(words))


@cache
def _languages() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in (TEMPLATES / "sms").iterdir() if folder.is_dir()))


@cache
def _names(language: str) -> frozenset[str]:
    return frozenset(path.stem for path in (TEMPLATES / "sms" / language).glob("*.txt"))
