"""Chooses which of a list's other names are ways people here would write a place."""

import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from gateway.understanding.folding import fold

# A list with more names than this draws on an encyclopedia's translations, and those it sometimes
# takes from another thing of that name (the village Moa got the bird's: "Moas", "Dinornithidae").
# A shorter list is what a mapper on the ground wrote down, and is kept as it stands.
_LOCAL_LIST = 3
_LONGEST = 40
_ALIKE = 70  # of 100, rapidfuzz ratio of the folded names
_FEWEST_CONSONANTS = 2
_SHORT_NAME = 5  # below this a likeness says nothing: "Moat" is 86 % Moa


def useful_aliases(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The other names worth looking for, without the name itself, in their order.

    Names in scripts that nobody here texts in (Cyrillic, Thai, …) are dropped.
    """
    listed = [other.strip() for other in others if other.strip()]
    readable = [other for other in listed if _readable(other)]
    own = fold(name)
    kept = {fold(alias): alias for alias in reversed(readable) if fold(alias) not in ("", own)}
    aliases = list(reversed(kept.values()))
    if len(listed) > _LOCAL_LIST:
        aliases = [alias for alias in aliases if _same_name(own, fold(alias))]
    return tuple(alias for alias in aliases if len(fold(alias)) > 2)


def _readable(alias: str) -> bool:
    return 0 < len(alias) <= _LONGEST and all(
        _script(letter) in ("LATIN", "ARABIC", "ETHIOPIC") for letter in alias if letter.isalpha()
    )


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _same_name(own: str, other: str) -> bool:
    if not other.isascii() or len(own) < _SHORT_NAME:
        return False
    return fuzz.ratio(own, other) >= _ALIKE or _same_consonants(own, other)


def _same_consonants(own: str, other: str) -> bool:
    """Arabic script writes few vowels, so its spelling is told by its consonants."""
    ours, theirs = _consonants(own), _consonants(other)
    return len(ours) >= _FEWEST_CONSONANTS and ours == theirs


def _consonants(folded: str) -> Sequence[str]:
    return [letter for letter in folded if letter not in "aeiouyw "]
