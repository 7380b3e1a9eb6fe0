"""Folds text to plain lower-case ASCII words, so that one name written many ways is one."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

_WORD = re.compile(r"(?<![\w.,])\d+[.,]\d+(?![.,]?\d)|[a-z0-9]+", re.IGNORECASE)  # 2.5 is one
# French elision stands before a vowel (d'Obo, qu'ils) and is two words; M'Poko and Ng'ombe are one.
_ELISION = re.compile(r"\b(d|l|n|j|m|t|s|c|qu)['`](?=[aeiouyh])", re.IGNORECASE)
_LAST_LATIN = 0x024F
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u02bb\u00b4\u2032"), "'")
# anyascii spells symbols out (a flame becomes ":fire:"): a picture must not read as a hazard word.
_SYMBOLS = {"So", "Sk", "Sm", "Cs", "Cn", "Co", "Cc"}


# Arabic is typed with and without its vowel signs and hamzas; anyascii drops alif and ain, so that
# short words would all be one.
_ARABIC = str.maketrans(
    dict.fromkeys([*range(0x064B, 0x0660), 0x0670, 0x0640, 0x0621], "")
    | dict.fromkeys([0x0627, 0x0622, 0x0623, 0x0625, 0x0671], "a")
    | {0x0639: "e", 0x0649: "y", 0x0626: "y", 0x0624: "w", 0x0629: "h"}
)
# Amharic writes "in", "from", "to" and "of" as the first letter of the word.
_ETHIOPIC_PREFIX = re.compile(r"(?<![\w])([\u1260\u12a8\u1208\u12e8])(?=[\u1200-\u137f]{3})")
# Both write "and", "from" and "of" as a letter of the next word, which may be a number: "و10".
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[\u0620-\u064a\u1200-\u135a])(?=\d)")


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


def is_of_other_script(text: str) -> bool:
    """Whether a letter of it is neither Latin nor an accented Latin one."""
    return any(letter.isalpha() and ord(letter) > _LAST_LATIN for letter in text)


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
        text = _ETHIOPIC_PREFIX.sub(r"\1 ", text.translate(_ARABIC))
        text = _LETTER_BEFORE_DIGIT.sub(" ", text)
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
