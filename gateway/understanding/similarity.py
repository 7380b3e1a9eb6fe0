"""Tells whether two texts are the same words passed on, so that a copy is not a second witness."""

import re
from functools import lru_cache

from rapidfuzz import fuzz

from gateway.understanding.folding import fold

# Phones and people put these before what they pass on, in the project's first languages.
_FORWARDED = re.compile(
    r"^(?:(?:fwd?|forwarded(?: message| many times)?|fw|imetumwa(?: tena)?|nimetumiwa|ujumbe"
    r"|transfere|message transfere|tr|copy|please share|share|sambaza(?: ujumbe)?|as received"
    r"|kama ilivyopokelewa|a partager|faites passer)\s+)+"
)
_CAPITALISED = re.compile(r"\b[A-Z]\w+")
_ONE_NAME = 60.0  # of 100: "Kippini" is Kipini; "Lodwar" is not Hola
_FEWEST_WORDS = 6  # "armed men in Moa" is what two honest witnesses would both write
_ALIKE = 0.9
_LONGEST = 1_600


def likeness(a: str, b: str) -> float:
    """How alike two texts are, 0 to 1: letters in order, tempered by the words they share.

    A text that is only a part of the other does not count as the same.
    """
    return _likeness(_plain(a), _plain(b))


def is_copy(a: str, b: str) -> bool:
    """Whether one text is the other, forwarded or lightly edited.

    Short texts are never copies: independent people describe one thing in the same few words.
    Texts that differ in a number or a whole name are not, however alike they are.
    """
    one, other = _plain(a), _plain(b)
    if min(len(one.split()), len(other.split())) < _FEWEST_WORDS:
        return False
    if one == other:
        return True
    alike = _likeness(one, other) >= _ALIKE and _numbers(one) == _numbers(other)
    return alike and not _names_differ(a, b)


def core(text: str) -> str | None:
    """What stays the same when a text is passed on; None for one too short to be a copy."""
    plain = _plain(text)
    return plain if len(plain.split()) >= _FEWEST_WORDS else None


@lru_cache(maxsize=512)  # the texts of an incident are compared again with each new one
def _plain(text: str) -> str:
    return _FORWARDED.sub("", fold(text[:_LONGEST]))


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    in_order = fuzz.ratio(one, other)
    # sorting words forgives moved clauses; unlike a token set it still counts what is missing
    moved = fuzz.token_sort_ratio(one, other) * 0.98
    return round(max(in_order, moved) / 100, 4)


def _names_differ(a: str, b: str) -> bool:
    """Whether each names something that the other does not, slips of spelling aside."""
    one, other = _names(a), _names(b)
    strangers = [
        (name, rival)
        for name in one - other
        for rival in other - one
        if fuzz.ratio(name, rival) < _ONE_NAME
    ]
    return bool(strangers)


def _names(text: str) -> set[str]:
    """Capitalised words; in a text all in capitals every word is one."""
    return {fold(word) for word in _CAPITALISED.findall(text[:_LONGEST])}


def _numbers(plain: str) -> list[str]:
    return sorted(word for word in plain.split() if word.isdigit())
