"""How ordinary a word is: villages are called "Major" or "Joseph", but few messages mean them.

Frequencies are wordfreq's (Speer, 2022; it measures them over many kinds of text), for those of the
deployment's languages that it knows; the others have `words.common` in config/lexicon.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from wordfreq import available_languages, get_frequency_dict, zipf_frequency

from gateway.understanding.folding import fold

_LEAST = 3.0  # Zipf's scale: 3 is once in a million words, 6 is once in a thousand


@cache
def ordinary_words(languages: tuple[str, ...]) -> Mapping[str, float]:
    """Folded words that are at least this frequent in one of the languages, on Zipf's scale."""
    found: dict[str, float] = {}
    for language in _known(languages):
        for word in get_frequency_dict(language, "small"):
            plain = word if word.isascii() else fold(word)
            frequency = zipf_frequency(word, language, "small")
            if frequency >= _LEAST and frequency > found.get(plain, 0.0):
                found[plain] = frequency
    return found


def _known(languages: Sequence[str]) -> list[str]:
    known = available_languages("small")
    return [language for language in languages if language in known]
