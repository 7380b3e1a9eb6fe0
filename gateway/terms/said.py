"""Sentences of lists that a page says in its own language: the words and their values apart."""

from collections.abc import Mapping


class Said(str):
    """English as a text, and what a door needs to say it in another language.

    `Said("%(count)s armed people", count=20)`; a value may itself be something said.
    """

    words: str
    values: Mapping[str, object]

    def __new__(cls, words: str, **values: object) -> "Said":
        """Puts the values into the words."""
        said = super().__new__(cls, words % values if values else words)
        said.words, said.values = words, values
        return said

    def of(self, **values: object) -> "Said":
        """The same words with these values."""
        return Said(self.words, **values)
