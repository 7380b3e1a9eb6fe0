"""Tells in which of the deployment's languages a text is written."""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from gateway.understanding.folding import fold
from gateway.understanding.lexicon import Lexicon, load

_FEWEST_WORDS = 3
_LEAST_CONFIDENCE = 0.6
_TELLING_WORDS = 2
_LONGEST = 1_000
_loading = Lock()


def detect(
    text: str,
    languages: Sequence[str],
    sender_language: str | None = None,
    lexicon: Lexicon | None = None,
) -> tuple[str, float]:
    """The language's code and how sure that is, 0 to 1.

    Below three words, or where the model is less than 0.6 sure, it is the sender's own language,
    else the deployment's first; "und" when the deployment has none.
    """
    if not languages:
        return "und", 0.0
    usual = sender_language if sender_language and sender_language in languages else languages[0]
    words = fold(text[:_LONGEST]).split()
    if len(words) < _FEWEST_WORDS:
        return usual, 0.5
    told = _by_function_words(words, lexicon or load(languages))
    if told:
        return told, 0.95
    language, confidence = _by_model(text[:_LONGEST], languages)
    return (language, confidence) if confidence >= _LEAST_CONFIDENCE else (usual, 0.5)


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
    shares = {name: share for name, share in _identifier().rank(text) if name in languages}
    total = sum(shares.values())
    if not total:  # the model knows none of them
        return languages[0], 0.0
    best = max(shares, key=lambda name: shares[name])
    return best, round(shares[best] / total, 3)


def _identifier() -> Any:
    with _loading:  # two threads at once must not both hold the model's 97 MB
        return _load_identifier()


@lru_cache(maxsize=1)
def _load_identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
