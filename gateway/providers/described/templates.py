"""Texts of the settings with {{places}} that a message fills, each escaped as it must be there."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, quote_plus

Style = Literal["query", "form", "json", "xml", "plain"]

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML = {
    ord(letter): f"&#x{ord(letter):X};" if letter in "\t\n\r\"'" else name
    for letter, name in zip("&<>\t\n\r\"'", ("&amp;", "&lt;", "&gt;", *"     "), strict=True)
}


@dataclass(frozen=True, slots=True)
class Template:
    """A text whose places have known names."""

    pieces: tuple[str, ...]  # literal, name, literal, name, … literal
    quoted: tuple[bool, ...]  # whether a place stands within the quotes of a JSON string
    style: Style
    charset: str

    @property
    def names(self) -> frozenset[str]:
        """The places it has."""
        return frozenset(self.pieces[1::2])

    def fill(self, values: Mapping[str, str]) -> str:
        """Raises ValueError for a text that this form cannot carry."""
        filled = list(self.pieces)
        for number, name in enumerate(self.pieces[1::2]):
            escaped = _escaped(values[name], self.style, self.charset)
            within = self.style == "json" and self.quoted[number]
            filled[2 * number + 1] = escaped[1:-1] if within else escaped
        return "".join(filled)


def template(text: str, style: Style, known: Collection[str], charset: str = "utf-8") -> Template:
    """Raises ValueError that names a place nobody fills; ``charset`` is that of %-escapes."""
    pieces = _PLACE.split(text)
    pieces[1::2] = [name.strip() for name in pieces[1::2]]
    if strange := sorted(set(pieces[1::2]) - set(known)):
        shown = ", ".join(f"{{{{{name}}}}}" for name in strange)
        raise ValueError(f"nobody fills {shown}; known are {', '.join(sorted(known))}")
    if any("{{" in piece or "}}" in piece for piece in pieces[::2] if style != "json"):
        raise ValueError("a place is not closed; write it as {{text}}")
    quotes = [len(re.findall(r'(?<!\\)"', piece)) for piece in pieces[::2]]
    quoted = tuple(sum(quotes[: number + 1]) % 2 == 1 for number in range(len(quotes) - 1))
    return Template(tuple(pieces), quoted, style, charset)


def _escaped(value: str, style: Style, charset: str) -> str:
    if style == "query":
        return quote(value.encode(charset), safe="")
    if style == "form":
        return quote_plus(value.encode(charset))
    if style == "json":
        value.encode("utf-8")  # half a surrogate pair is no text
        return json.dumps(value, ensure_ascii=False)
    if style == "xml":
        if _NOT_XML.search(value):
            raise ValueError("XML has no such letters")
        return value.translate(_XML)
    value.encode(charset)
    return value
