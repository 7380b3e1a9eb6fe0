"""Reads what neighbours answer who were asked something: YES 4, "no, I have not seen any".

Only people with an open question are read so, hence more is forgiven than in a command. A YES
that the words behind it turn round ("yes, all calm") is no answer: it would confirm what was not
seen. Whatever is no clear answer is a report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.inbox.replies import Words, folded, is_number, near, words_of
from gateway.inbox.vocabulary import Vocabulary, fold

MAX_ANSWER = 160  # letters: a longer text tells more than an answer

_NAMES = ("yes", "no", "unsure")
_SLIP_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """`number` is None where none was told; `rest` is what was told besides, as it was typed.

    "no 4 people came" gives the number 4 too: with a rest, the number of no open question shows
    that the text is no answer.
    """

    name: str
    number: int | None
    rest: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    name: str
    length: int
    bears: bool  # whether more words may follow


class Answers:
    """The answers in a deployment's languages; raises ValueError when a phrase means two."""

    def __init__(
        self, tables: Mapping[str, Any], active: Sequence[str], vocabulary: Vocabulary
    ) -> None:
        self._vocabulary = vocabulary
        self._lists = [tables[language].get("answers", {}) for language in active]
        self._numbering = self._words("numbering")
        self._before = self._words("before") | self._numbering | vocabulary.polite
        self._behind = self._words("behind") | vocabulary.polite
        self._doubt = self._words("doubt")
        self._known: dict[tuple[str, ...], _Phrase] = {}
        for lists, bear in (
            ([tables[one]["commands"] for one in active], True),
            (self._lists, False),
        ):
            for own in lists:
                for name in _NAMES:
                    self._learn(name, own.get(name, ()), bear=bear)
        self._longest = max(map(len, self._known), default=0)
        self._singles = [words[0] for words in self._known if len(words) == 1]
        self._no_slips = vocabulary.beside | vocabulary.around | vocabulary.wishes

    def read(self, text: str) -> Answer | None:
        """The answer that the text begins with, or None."""
        if len(text) > MAX_ANSWER:
            return None
        plain, words = words_of(text, self._vocabulary)
        number = None
        for first, (word, _) in enumerate(words):
            phrase = self._phrase_at(words, first)
            if phrase:
                return self._told(plain, words, first + phrase.length, phrase, number)
            if number is None and is_number(word):
                number = int(word)
            elif word not in self._before:
                return None
        return None

    def _phrase_at(self, words: Words, first: int) -> _Phrase | None:
        found = tuple(word for word, _ in words[first : first + self._longest])
        for length in range(len(found), 0, -1):
            if phrase := self._known.get(found[:length]):
                return phrase
        slips = near(found[0], self._singles, _SLIP_LETTERS)
        names = {self._known[word,].name for word in slips}
        if len(names) != 1 or found[0] in self._no_slips:
            return None
        return _Phrase(names.pop(), 1, bears=False)  # it may have been another word

    def _told(
        self, text: str, words: Words, at: int, phrase: _Phrase, number: int | None
    ) -> Answer | None:
        at = self._skip(words, at, phrase)
        if number is None:
            number, at = self._number(words, at, phrase)
        if at == len(words):
            return Answer(phrase.name, number, "")
        counts = phrase.name == "yes" or number is not None
        if not phrase.bears or not counts or self._turned(phrase, words[at:]):
            return None
        return Answer(phrase.name, number, " ".join(text[words[at][1] :].split()))

    def _number(self, words: Words, at: int, phrase: _Phrase) -> tuple[int | None, int]:
        """The number of the question, if it stands there, and where the rest begins."""
        digits = at
        if digits + 1 < len(words) and words[digits][0] in self._numbering:
            digits += is_number(words[digits + 1][0])  # "yes no 4"
        if digits == len(words) or not is_number(words[digits][0]):
            return None, at
        after = self._skip(words, digits + 1, phrase)
        # "yes I saw 4 men" counts men; "yes I saw 4" and "yes 4 I saw men" name the question.
        if phrase.name == "yes" and phrase.length > 1 and after < len(words):
            return None, at
        return int(words[digits][0]), after

    def _skip(self, words: Words, at: int, phrase: _Phrase) -> int:
        """Past courtesies, "here" and the like, and the same answer told again."""
        while at < len(words):
            again = self._known.get((words[at][0],))
            repeated = again is not None and again.bears and again.name == phrase.name
            if words[at][0] not in self._behind and not repeated:
                break
            at += 1
        return at

    def _turned(self, phrase: _Phrase, rest: Words) -> bool:
        """Whether another answer follows, or after a YES words such as "not" and "calm"."""
        others = (self._known.get((word,)) for word, _ in rest)
        if any(other and other.bears and other.name != phrase.name for other in others):
            return True
        return phrase.name == "yes" and any(word in self._doubt for word, _ in rest)

    def _words(self, key: str) -> set[str]:
        return {fold(word) for own in self._lists for word in own.get(key, ())}

    def _learn(self, name: str, phrases: Iterable[str], *, bear: bool) -> None:
        for phrase in phrases:
            words = folded(phrase)
            known = self._known.get(words)
            if known and known.name != name:
                raise ValueError(f"keywords.toml: '{phrase}' means both {known.name} and {name}")
            opener = self._known.get(words[:1])
            opened = opener is not None and opener.bears and opener.name == name
            # "la" is a Swahili no and opens a French sentence, as "I" does an English one.
            shared = len(words) == 1 and words[0] in self._vocabulary.wishes
            bears = opened or (bear and not shared)
            self._known.setdefault(words, _Phrase(name, len(words), bears))
