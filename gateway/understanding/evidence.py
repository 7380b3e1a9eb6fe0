"""Which words of a text made it be read so: where they stand, and what each of them means."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.understanding.folding import Token, fold, tokens
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.scoring import weigh

_MOST_CHARACTERS, _MOST_WORDS = 1_600, 300  # as far as a text is read
_CHUNK = re.compile(r"\S+")
_APOSTROPHES = "'`\u2018\u2019\u02bc\u02bb\u00b4\u2032"
_TABLES = ("casualties", "when", "compass", "travel")
# What wins where two of them stand on the same words.
_ORDER = ("denied", "casualties", "hazard", "place", "untrue", "when", "compass", "travel")


@dataclass(frozen=True, slots=True)
class Sign:
    """Characters `start` up to `end` of a text.

    `kind` says what `means` is: a hazard, a hazard that is `denied`, a place's name, or a key of
    a table of the word lists (casualties, when, compass, travel); of `untrue` it is empty.
    `language` is that of the word where it is known.
    """

    start: int
    end: int
    kind: str
    means: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Word:
    word: str
    start: int
    end: int


def signs(text: str, lexicon: Lexicon, places: Iterable[str] = ()) -> list[Sign]:
    """From left to right, none over another; `places` are names as the text writes them.

    Takes any string, and looks as far as a text is read. A sign holds whole words, so that no
    mark comes between letters that are written together.
    """
    words = _placed(text[:_MOST_CHARACTERS])
    told = _told(text[:_MOST_CHARACTERS], words)
    plain = [word.word for word in words]
    named = list(_named(plain, places))
    found = [*_hazards(told, lexicon, named), *named, *_others(plain, lexicon)]
    return _apart(_spread(words, found))


_Found = tuple[int, int, Sign]  # words, and a sign that does not know its characters yet


def _hazards(told: Sequence[Token], lexicon: Lexicon, named: Sequence[_Found]) -> Iterator[_Found]:
    """As they were weighed, the weightiest of several at one place first."""
    inside = frozenset(at for start, end, _ in named for at in range(start, end))
    weighed = weigh(told, lexicon, inside)
    for hit in sorted(weighed.hits, key=lambda hit: -hit.value.weight):
        yield hit.start, hit.end, Sign(0, 0, "hazard", hit.value.hazard, hit.value.language)
    words = [lexicon.correct(token.word) for token in told]
    denied = dict.fromkeys(weighed.denied, "")
    for hit in lexicon.hazards.find(words):
        if (hit.start, hit.end) in denied and not denied[hit.start, hit.end]:
            denied[hit.start, hit.end] = hit.value.hazard
    for (start, end), hazard in denied.items():
        yield start, end, Sign(0, 0, "denied", hazard)


def _named(words: Sequence[str], places: Iterable[str]) -> Iterator[_Found]:
    for name in dict.fromkeys(places):
        wanted = fold(name).split()
        for start in range(len(words) - len(wanted) + 1 if wanted else 0):
            end = start + len(wanted)
            if list(words[start:end]) == wanted:
                yield start, end, Sign(0, 0, "place", name)


def _others(words: Sequence[str], lexicon: Lexicon) -> Iterator[_Found]:
    for hit in lexicon.speech["denials"].find(words):
        yield hit.start, hit.end, Sign(0, 0, "untrue")
    for table in _TABLES:
        for hit in lexicon.whole[table].find(words):
            yield hit.start, hit.end, Sign(0, 0, table, hit.value)


def _spread(words: Sequence[_Word], found: Iterable[_Found]) -> Iterator[Sign]:
    for first, last, sign in found:
        start, end = words[first].start, words[last - 1].end
        if start < end:
            yield Sign(start, end, sign.kind, sign.means, sign.language)


def _apart(found: Iterable[Sign]) -> list[Sign]:
    kept: list[Sign] = []
    for sign in sorted(found, key=lambda sign: (_ORDER.index(sign.kind), sign.start - sign.end)):
        if all(sign.end <= other.start or other.end <= sign.start for other in kept):
            kept.append(sign)
    return sorted(kept, key=lambda sign: sign.start)


def _told(text: str, words: Sequence[_Word]) -> Sequence[Token]:
    """The words with what stands around them, where reading the text whole finds the same ones."""
    told = tokens(text, _MOST_WORDS)
    if [token.word for token in told] == [word.word for word in words]:
        return told
    return [Token(word.word, False, False, False, False) for word in words]


def _placed(text: str) -> list[_Word]:
    """The folded words of a text, each with the characters that it was made of."""
    words: list[_Word] = []
    for match in _CHUNK.finditer(text):
        words += _of_chunk(match[0], match.start())
        if len(words) >= _MOST_WORDS:
            break
    return words[:_MOST_WORDS]


def _of_chunk(chunk: str, offset: int) -> list[_Word]:
    """Split at punctuation only where that makes the same words: "2.5" is one, "d'Obo" two."""
    whole = [token.word for token in tokens(chunk, _MOST_WORDS)]
    if len(whole) > 1:
        pieces = [
            _Word(token.word, offset + start, offset + end)
            for start, end in _pieces(chunk)
            for token in tokens(chunk[start:end], _MOST_WORDS)
        ]
        if [piece.word for piece in pieces] == whole:
            return pieces
    start, end = _trimmed(chunk)
    return [_Word(word, offset + start, offset + end) for word in whole]


def _pieces(chunk: str) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(len(chunk) + 1):
        if at == len(chunk) or not _is_letter(chunk[at]):
            if start < at:
                yield start, at
            start = at + 1


def _trimmed(chunk: str) -> tuple[int, int]:
    start, end = 0, len(chunk)
    while start < end and not chunk[start].isalnum():
        start += 1
    while end > start and not (chunk[end - 1].isalnum() or _is_sign(chunk[end - 1])):
        end -= 1
    return start, end


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter in _APOSTROPHES or _is_sign(letter)


def _is_sign(letter: str) -> bool:
    """Vowel signs and accents, and joiners and direction marks inside words."""
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")
