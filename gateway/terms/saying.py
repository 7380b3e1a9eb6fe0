"""Sentences that keep their words and values apart, so that a door can say them in its language."""

from collections.abc import Mapping


class Said(str):
    """English as a text, and what a door needs to say it in another language.

    `Said("%(count)s armed people", count=20)`; a value may itself be something said.
    """

    words: str
    values: Mapping[str, object]

    def __new__(
        cls, words: str, given: Mapping[str, object] | None = None, /, **values: object
    ) -> "Said":
        """Puts the values into the words."""
        together = {**(given or {}), **values}
        said = super().__new__(cls, words % together if together else words)
        said.words, said.values = words, together
        return said

    def of(self, **values: object) -> "Said":
        """The same words with these values."""
        return Said(self.words, **values)


def N_(words: str) -> str:
    """Marks words for the catalogues of the pages."""
    return words
