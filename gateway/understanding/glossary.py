"""Reads the everyday concepts of a text in any language: a mother, Friday, our land, to sell.

They are there for comparing translations only and never decide a hazard.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gateway.understanding.lexicon import CONCEPTS, Lexicon, concepts
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.spelling import sound

_LEAST_UNKNOWN = 4  # letters; shorter words are mostly articles
_LEAST_LANGUAGE = 2  # words


@dataclass(frozen=True, slots=True)
class Told:
    """A text's language ("" unknown), what each phrase may mean, in order, and its facts."""

    language: str
    meant: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    words: frozenset[str]
    heard: Mapping[str, str]  # the sound of each name, where there are none of each word
    unknown: int  # words that are neither concept, fact nor a small word of the language
    length: int


class Glossary:
    """Reads with each language's words apart: "and" is one in Amharic."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._books = {
            language: PhraseBook((phrase, concept) for concept, phrase in concepts(language))
            for language in lexicon.languages
        }
        self._small = lexicon.telling
        self._own = {
            language: lexicon.telling[language] | book.single
            for language, book in self._books.items()
        }

    def read(self, words: Sequence[str], names: Sequence[str]) -> Told:
        """`words` with numbers in digits, `names` those that are capitalised like names."""
        language = self._language(words)
        meant: dict[int, list[str]] = {}
        explained: set[int] = set()
        for hit in self._books[language].find(words) if language else ():
            meant.setdefault(hit.start, []).append(hit.value)
            explained.update(range(hit.start, hit.end))
        left = [word for at, word in enumerate(words) if at not in explained]
        true_names = tuple(name for name in dict.fromkeys(names) if name in left)
        small = self._small.get(language, frozenset()).union(true_names)
        return Told(
            language=language,
            meant=tuple(tuple(dict.fromkeys(meant[at])) for at in sorted(meant)),
            numbers=tuple(word for word in words if word.isdigit()),
            names=true_names,
            words=frozenset(words),
            heard={word: sound(word) for word in true_names or sorted(set(words))},
            unknown=sum(_counts(word) and word not in small for word in left),
            length=len(words),
        )

    def _language(self, words: Sequence[str]) -> str:
        """The language that has most of the words; "" where two have as many."""
        points = Counter(
            {name: sum(map(own.__contains__, words)) for name, own in self._own.items()}
        )
        (language, most), *others = [*points.most_common(2), ("", 0)]
        return language if most >= _LEAST_LANGUAGE and most > others[0][1] else ""


def kind(concept: str) -> str:
    """Its table in concepts.toml: concepts, witnessed or joining."""
    return _kinds()[concept]


@cache
def _kinds() -> Mapping[str, str]:
    return {concept: table for table in CONCEPTS for concept, _ in concepts("en", tables=(table,))}


def _counts(word: str) -> bool:
    return len(word) >= _LEAST_UNKNOWN and not word[0].isdigit()
