"""Tells in which of the deployment's languages a text is written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from gateway.understanding.folding import fold
from gateway.understanding.lexicon import Lexicon, known_languages, load

_FEWEST_WORDS = 3
_LEAST_CONFIDENCE = 0.6
_LEAST_GUESS = 0.4  # of a sender whose language nobody knows
_TELLING_WORDS = 2
_LONGEST = 1_000
_SCRIPTS = {"ARABIC": "ar", "ETHIOPIC": "am"}  # of our languages only these use them
# Arabic in Latin letters writes what Latin lacks by digits: 3 for ain, 7 for hah, 9 for qaf.
_DIGIT_LETTERS = re.compile(r"\b(?:[a-z]+[379][a-z]+|[379][a-z]{2,})\b")
_COUNTED = re.compile(r"\b\d+(?:km|kms|am|pm|th|rd|nd|st|hrs|mins?|days?|men|pple|people)\b")
_LINKS = re.compile(r"https?://\S+|\S+@\S*|[@#]\w+")
_loading = Lock()


def detect(
    text: str,
    languages: Sequence[str],
    sender_language: str | None = None,
    lexicon: Lexicon | None = None,
) -> tuple[str, float]:
    """The language's code and how sure that is, 0 to 1.

    Below three words, or where the model is less than 0.6 sure, it is the sender's own language.
    Where that is unknown it is the model's guess, or the deployment's first; "und" where the
    deployment has none.
    """
    if not languages:
        return "und", 0.0
    usual = sender_language if sender_language and sender_language in languages else languages[0]
    plain = _LINKS.sub(" ", text[:_LONGEST])
    script = _by_script(plain)
    if script in languages:
        return script, 0.99
    words = fold(plain).split()
    if len(words) < _FEWEST_WORDS:
        return usual, 0.5
    told = _by_function_words(words, lexicon or load(languages))
    if told:
        return told, 0.95
    if "ar" in languages and _writes_digits_for_letters(plain):
        return "ar", 0.8
    latin = [name for name in languages if name not in _SCRIPTS.values()] or languages
    language, confidence = _by_model(plain, latin)
    least = _LEAST_CONFIDENCE if usual == sender_language else _LEAST_GUESS
    return (language, confidence) if confidence >= least else (usual, 0.5)


def _by_script(text: str) -> str:
    """The language of the script that most of the letters are of, "" for Latin."""
    if text.isascii():
        return ""
    letters = [letter for letter in text if letter.isalpha()]
    scripts = Counter(
        "LATIN" if letter.isascii() else unicodedata.name(letter, "").partition(" ")[0]
        for letter in letters
    )
    most, count = scripts.most_common(1)[0] if scripts else ("", 0)
    return _SCRIPTS.get(most, "") if 2 * count > len(letters) else ""


def _writes_digits_for_letters(text: str) -> bool:
    return bool(_DIGIT_LETTERS.search(_COUNTED.sub(" ", text.lower())))


def _by_function_words(words: Sequence[str], lexicon: Lexicon) -> str:
    """A language with two words that only it has, and twice as many as any other, or ""."""
    counts = sorted(
        ((sum(word in own for word in words), name) for name, own in lexicon.telling.items()),
        reverse=True,
    )
    if not counts or counts[0][0] < _TELLING_WORDS:
        return ""
    if len(counts) > 1 and counts[0][0] < 2 * counts[1][0]:
        return ""
    return counts[0][1]


def _by_model(text: str, languages: Sequence[str]) -> tuple[str, float]:
    shares: Mapping[str, float] = {
        name: share for name, share in _identifier().rank(text) if name in languages
    }
    total = sum(shares.values())
    if not total:  # the model knows none of them
        return languages[0], 0.0
    best = max(shares, key=lambda name: shares[name])
    return best, round(shares[best] / total, 3)


def _identifier() -> Any:
    with _loading:  # two threads at once must not both hold the model
        return _load_identifier()


@lru_cache(maxsize=1)
def _load_identifier() -> Any:
    """The model, cut down to the languages that have word lists: all 140 would take 30 MB more."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([name for name in known_languages() if name in model.labels])
    model.nb_ptc = model.nb_ptc.copy()  # a view would keep the whole table alive
    model._full_model = model.nb_ptc, model.nb_pc, model.nb_classes
    return model
