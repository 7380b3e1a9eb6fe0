"""Folds text to plain lower-case ASCII words, so that one name written many ways is one."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

_WORD = re.compile(r"(?<![\w.,])\d+[.,]\d+(?![.,]?\d)|[a-z0-9]+", re.IGNORECASE)  # 2.5 is one
# French elision stands before a vowel (d'Obo, qu'ils) and is two words; M'Poko and Ng'ombe are one.
_ELISION = re.compile(r"\b(d|l|n|j|m|t|s|c|qu)['`](?=[aeiouyh])", re.IGNORECASE)
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u02bb\u00b4\u2032"), "'")
# anyascii spells symbols out (a flame becomes ":fire:"): a picture must not read as a hazard word.
_SYMBOLS = {"So", "Sk", "Sm", "Cs", "Cn", "Co", "Cc"}


@dataclass(frozen=True, slots=True)
class Token:
    """One folded word of a text and what its surroundings said before folding was done."""

    word: str
    capital: bool
    starts_sentence: bool
    breaks: bool  # punctuation stands before it that no name crosses
    hyphen: bool  # it hangs on the word before ("Bangui-Ketté")


def fold(text: str) -> str:
    """NFKC, casefold, ASCII, punctuation to spaces: "Kaga-Bandoro" becomes "kaga bandoro"."""
    return " ".join(_WORD.findall(_to_ascii(text.casefold())))


def tokens(text: str, limit: int = 400) -> list[Token]:
    """The first `limit` words of the text, folded, with their capitals and breaks."""
    plain = _to_ascii(text)
    found: list[Token] = []
    end = 0
    for match in _WORD.finditer(plain):
        if len(found) == limit:
            break
        gap = plain[end : match.start()]
        end = match.end()
        starts = not found or any(mark in gap for mark in ".!?\n")
        breaks = starts or any(mark in gap for mark in ",;:()")
        found.append(Token(match[0].lower(), match[0][0].isupper(), starts, breaks, gap == "-"))
    return found


def _to_ascii(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
        text = anyascii("".join(_plain(letter) for letter in text))
    return _ELISION.sub(r"\1 ", text).replace("'", "").replace("`", "")


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    category = unicodedata.category(letter)
    if category == "Cf":  # direction marks and joiners stand inside words
        return ""
    return " " if category in _SYMBOLS else letter
