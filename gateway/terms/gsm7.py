"""How many SMS segments a text costs, and the same text in letters that cost fewer.

3GPP TS 23.038 (alphabets) and TS 23.040, section 9.2.3.24.1 (concatenation with an 8-bit
reference, six octets a segment).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# In the order of their codes; the escape (0x1B) is left out, as no text may hold it.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"  # two septets each: the escape and a code

_COSTS = dict.fromkeys(BASIC, 1) | dict.fromkeys(EXTENSION, 2)
_SINGLE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
_PART: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}

# What typing programs put in, and the plain letters that it stands for.
ALIKE = {
    ord(letter): plain
    for letters, plain in (
        ("‘’‚‛′`´ʼʻ", "'"),
        ("“”„‟″«»", '"'),
        ("‐‑‒–—―−", "-"),
        ("…", "..."),
        ("•·", "-"),
        ("×", "x"),
        ("⁄", "/"),
        ("‹", "<"),
        ("›", ">"),
        ("\t\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
        ("\u200a\u202f\u205f\u3000", " "),
        ("\u0085\u2028\u2029", "\n"),
        ("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
    )
    for letter in letters
}


@dataclass(frozen=True, slots=True)
class Measure:
    """``units_left`` counts septets (GSM-7) or 16-bit units (UCS-2) free in the last segment."""

    encoding: Encoding
    segments: int
    units_left: int


def encoding_of(text: str) -> Encoding:
    """One letter outside the GSM alphabet turns the whole text to UCS-2."""
    return "GSM-7" if all(letter in _COSTS for letter in text) else "UCS-2"


def segments(text: str) -> int:
    """The number of SMS this text is charged as; an empty text is one."""
    return measure(text).segments


def measure(text: str) -> Measure:
    """Fill segments greedily, never splitting an escape or a surrogate pair over two."""
    encoding = encoding_of(text)
    costs = [_cost(letter, encoding) for letter in text]
    if sum(costs) <= _SINGLE[encoding]:
        return Measure(encoding, 1, _SINGLE[encoding] - sum(costs))
    return _fill(costs, encoding)


def parts(text: str) -> list[str]:
    """The text as it is cut into SMS, as `measure` counts them."""
    encoding = encoding_of(text)
    if sum(_cost(letter, encoding) for letter in text) <= _SINGLE[encoding]:
        return [text]
    found, used = [""], 0
    for letter in text:
        cost = _cost(letter, encoding)
        if used + cost > _PART[encoding]:
            found.append("")
            used = 0
        found[-1] += letter
        used += cost
    return found


def transliterate(text: str, *, accents: bool = False) -> str:
    """The text in GSM-7 where no word loses anything, or unchanged where that saves no room.

    With ``accents``, letters whose accent the alphabet lacks lose it too (forêt → foret): fit for
    French and Portuguese, not for languages where the mark makes another word.
    """
    plain = unicodedata.normalize("NFC", text).translate(ALIKE)
    if accents:
        plain = "".join(_without_accent(letter) for letter in plain)
    fits = encoding_of(plain) == "GSM-7" and segments(plain) <= segments(text)
    return plain if fits else text


def _fill(costs: Iterable[int], encoding: Encoding) -> Measure:
    size = _PART[encoding]
    count, used = 1, 0
    for cost in costs:
        if used + cost > size:
            count, used = count + 1, 0
        used += cost
    return Measure(encoding, count, size - used)


def _cost(letter: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return _COSTS[letter]
    return 2 if ord(letter) > 0xFFFF else 1


def _without_accent(letter: str) -> str:
    if letter in _COSTS:
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base in _COSTS else letter
