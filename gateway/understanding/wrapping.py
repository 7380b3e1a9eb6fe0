"""Finds what people and phones put around a text that they pass on, so that it can be left out."""

import re
from collections.abc import Sequence

from gateway.understanding.folding import Token, tokens
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import PhraseBook

_AROUND = ("forwarded", "pass_on", "prayers", "chat")
_MARKS = ("forwarded", "pass_on")
# "Hello, I got this from a friend:" or an opening quotation mark, never the colon of a time
_LED_IN = re.compile(r":(?!\d)|[\n\"\u201c\u00ab]")
_LEAD, _LONGEST_LEAD = 180, 12  # characters, words
_ADDRESSED = 2  # "hello dear friends,"
_LONGEST_CLOSING = 10
_TRAILING = 2  # words behind a closing phrase that no list knows
_LEAST_LEFT = 6


class Wrapping:
    """Knows the forward marks, greetings, blessings and requests to share of some languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._around = PhraseBook(_phrases(lexicon, _AROUND))
        self._marks = PhraseBook(_phrases(lexicon, _MARKS))

    def within(self, text: str, told: Sequence[Token]) -> tuple[int, int]:
        """From which word up to which the text itself goes; all of it where nothing else is left.

        `told` are the tokens of `text`.
        """
        words = [token.word for token in told]
        start = self._opening(words, told, self._led_in(text))
        end = self._closing(words, told, start)
        return (start, end) if end > start else (0, len(words))

    def is_marked(self, around: Sequence[Token]) -> bool:
        """Whether what was left out says that the text was passed on, or asks for it."""
        return bool(around) and bool(self._marks.find([token.word for token in around]))

    def _led_in(self, text: str) -> int:
        """How many words stand before the colon or quotation mark behind a forward mark."""
        length = words = begin = 0
        for found in _LED_IN.finditer(text[:_LEAD]):
            lead = [token.word for token in tokens(text[begin : found.start()])]
            words, begin = words + len(lead), found.end()
            if words > _LONGEST_LEAD or any(word.isdigit() for word in lead):
                break
            if self._marks.find(lead):
                length = words
        return length

    def _opening(self, words: Sequence[str], told: Sequence[Token], start: int) -> int:
        while start < len(words):
            hits = self._around.at(words, start)
            if not hits:
                break
            start = self._addressed(words, told, hits[0].end)
        return start

    def _addressed(self, words: Sequence[str], told: Sequence[Token], start: int) -> int:
        """Behind "hello", up to two words and a comma: whom it greets."""
        for end in range(start, min(start + _ADDRESSED + 1, len(words))):
            if end > start and told[end].breaks:
                return end
            if told[end].capital or words[end].isdigit() or self._tells(words, end):
                break
        return start

    def _closing(self, words: Sequence[str], told: Sequence[Token], start: int) -> int:
        end = len(words)
        while True:
            shorter = self._without_last(words, told, start, end)
            if shorter == end:
                return end
            end = shorter

    def _without_last(
        self, words: Sequence[str], told: Sequence[Token], start: int, end: int
    ) -> int:
        """Where the last closing phrase begins; `end` where none closes the text."""
        for at in range(max(start + _LEAST_LEFT, end - _LONGEST_CLOSING), end):
            hits = self._around.at(words[:end], at)
            if not hits:
                continue
            own_sentence = told[at].breaks
            last = end - hits[0].end
            if all(hit.value == "chat" for hit in hits):
                own_sentence, last = False, last * (_TRAILING + 1)  # only at the very end
            if (own_sentence or last <= _TRAILING) and not self._tells_anything(
                words, told, hits[0].end, end
            ):
                return at
        return end

    def _tells_anything(
        self, words: Sequence[str], told: Sequence[Token], start: int, end: int
    ) -> bool:
        inside = range(start, end)
        return any(
            words[at][0].isdigit()
            or self._tells(words[:end], at)
            or (told[at].capital and not told[at].starts_sentence and self._is_name(words[at]))
            for at in inside
        )

    def _tells(self, words: Sequence[str], at: int) -> bool:
        return any(hit.value.weight >= 1 for hit in self._lexicon.hazards.at(words, at))

    def _is_name(self, word: str) -> bool:
        return word not in self._lexicon.listed and word not in self._lexicon.ordinary


def _phrases(lexicon: Lexicon, keys: Sequence[str]) -> list[tuple[str, str]]:
    return [pair for key in keys for pair in lexicon.speech[key].phrases()]
