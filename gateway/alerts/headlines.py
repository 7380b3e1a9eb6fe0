"""The first words of a warning, as a partner's screen shows them in one line."""

import re

_SENTENCE = re.compile(r"(?<=[.!?።؟])\s+")
_ENOUGH = 70  # letters; "EXERCISE ONLY." alone says nothing, and the place should be in it
_LONGEST = 160  # as CAP 1.2 recommends


def headline(text: str) -> str:
    """Whole sentences of the text, in its own words, as many as make sense alone."""
    words = ""
    for sentence in _SENTENCE.split(text.strip()):
        if len(words) >= _ENOUGH or len(words) + len(sentence) >= _LONGEST:
            break
        words = f"{words} {sentence}".strip()
    return words or _cut(text.strip())


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"
