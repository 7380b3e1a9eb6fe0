"""Sentences that keep their words and values apart, so that a door can say them in its language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """`Said("%(count)s people", {"count": 3})`; a value may itself be said. `str` is English."""

    words: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.words % self.values if self.values else self.words


def N_(words: str) -> str:
    """Marks words for the catalogues of the pages."""
    return words
