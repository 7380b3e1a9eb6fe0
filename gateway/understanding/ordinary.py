"""How ordinary a word is: villages are called "Major" or "Joseph", but few messages mean them.

Frequencies are wordfreq's (Speer, 2022; it measures them over many kinds of text), for those of the
deployment's languages that it knows; the others have `words.common` in config/lexicon.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from math import log10

from wordfreq import available_languages, get_frequency_dict

from gateway.understanding.folding import fold

_LEAST = 3.0  # Zipf's scale: 3 is once in a million words, 6 is once in a thousand
_BILLION = 9  # the powers of ten from a share of all words to that scale


@cache
def ordinary_words(languages: tuple[str, ...]) -> Mapping[str, float]:
    """Folded words that are at least this frequent in one of the languages, on Zipf's scale."""
    found: dict[str, float] = {}
    for language in _known(languages):
        for word, frequency in _words_of(language).items():
            if frequency > found.get(word, 0.0):
                found[word] = frequency
    return found


@cache
def _words_of(language: str) -> Mapping[str, float]:
    """As wordfreq's zipf_frequency tells of each, which takes every word apart first."""
    found: dict[str, float] = {}
    for word, share in get_frequency_dict(language, "small").items():
        plain = word if word.isascii() else fold(word)
        frequency = round(log10(share) + _BILLION, 2)
        if frequency >= _LEAST and frequency > found.get(plain, 0.0):
            found[plain] = frequency
    return found


def _known(languages: Sequence[str]) -> list[str]:
    known = available_languages("small")
    return [language for language in languages if language in known]
