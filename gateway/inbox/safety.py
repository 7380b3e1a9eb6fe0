"""Reads what warned people say of themselves: SAFE, HELP, "we moved to Kipini".

Only people who were sent a warning are read so, hence more is forgiven than in a command. A cry
for help is one whatever follows; SAFE and MOVED bear a place and idle words, else the text is read
as any message.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.inbox.replies import Words, folded, near, words_of
from gateway.inbox.vocabulary import Vocabulary, fold

MAX_WORDS = 5  # of a place; more tell something
_SLIP_LETTERS = 4
_COMMANDS = {"safe": "safe", "help": "help_me", "moved": "moved"}
_ASKING = "?؟፧"


@dataclass(frozen=True, slots=True)
class Said:
    """`name` is safe, help or moved; `place` words that may name one, `led` by "to" or the like.

    With `more` it is a cry for help inside a longer text, which may tell news besides.
    """

    name: str
    place: str = ""
    led: bool = False
    more: bool = False


class SafetyWords:
    """The words in a deployment's languages; raises ValueError when a phrase means two things."""

    def __init__(
        self, tables: Mapping[str, Any], active: Sequence[str], vocabulary: Vocabulary
    ) -> None:
        self._vocabulary = vocabulary
        self._lists = [tables[language].get("replies", {}) for language in active]
        self._toward, self._away = self._words("toward"), self._words("away")
        self._idle = self._words("idle") | vocabulary.polite
        self._no_cry = self._words("no_cry")
        self._known: dict[tuple[str, ...], str] = {}
        for name, command in _COMMANDS.items():
            for language, own in zip(active, self._lists, strict=True):
                self._learn(name, tables[language]["commands"].get(command, ()))
                self._learn(name, own.get(name, ()))
        self._longest = max(map(len, self._known))
        self._singles = [words[0] for words in self._known if len(words) == 1]

    def read(self, text: str) -> Said | None:
        """What the text begins with, after nothing but courtesies."""
        plain, words = words_of(text, self._vocabulary)
        for first, (word, _) in enumerate(words):
            found = self._phrase_at(words, first)
            if found:
                return self._told(text, plain, words[first + found[1] :], *found)
            if word not in self._vocabulary.polite:
                return None
        return None

    def _phrase_at(self, words: Words, first: int) -> tuple[str, int] | None:
        """What is said there, and by how many words; one slip is forgiven in a single word."""
        found = tuple(word for word, _ in words[first : first + self._longest])
        for length in range(len(found), 0, -1):
            if name := self._known.get(found[:length]):
                return name, length
        keyword = self._vocabulary.keyword_at(found, 0)
        if keyword is None or keyword.length > 1 or keyword.name not in ("help", *_COMMANDS):
            return None
        names = {self._known[one,] for one in near(found[0], self._singles, _SLIP_LETTERS)}
        return (names.pop(), 1) if len(names) == 1 else None

    def _told(self, text: str, plain: str, rest: Words, name: str, length: int) -> Said | None:
        if name == "help":
            if length == 1 and rest and rest[0][0] in self._no_cry:
                return None  # "help is coming"
        elif any(mark in text for mark in _ASKING):
            return None
        place, led = self._place(plain, rest, name)
        words = [fold(word) for word in place.split()]
        tells = len(words) > MAX_WORDS or self._vocabulary.tells("join", words)
        if name == "help":
            return Said(name, more=True) if tells else Said(name, place, led)
        if self._cries(rest):
            return Said("help", more=True)
        return None if tells else Said(name, place, led)

    def _place(self, plain: str, rest: Words, name: str) -> tuple[str, bool]:
        """The words behind "to" or the like, or else all that are not idle."""
        words = [word for word, _ in rest]
        at = next((n for n, word in enumerate(words) if not self._is_idle(word, name)), len(words))
        left = at < len(words) and words[at] in self._away
        toward = [n for n, word in enumerate(words) if word in self._toward and n >= at]
        led = left or (bool(toward) and (left or toward[0] == at))
        if led:
            at = toward[0] + 1 if toward else len(words)
        last = len(words)
        while last > at and self._is_idle(words[last - 1], name):
            last -= 1
        if last == at:
            return "", led
        end = rest[last][1] if last < len(rest) else len(plain)
        return " ".join(plain[rest[at][1] : end].split()).strip(" .,;:!"), led

    def _is_idle(self, word: str, name: str) -> bool:
        """Nothing that tells, or the same said again."""
        return word in self._idle or self._known.get((word,)) == name

    def _cries(self, words: Words) -> bool:
        """Whether a cry of several words follows: "safe but we need help"."""
        found = [self._phrase_at(words, first) for first in range(len(words))]
        return any(one is not None and one[0] == "help" and one[1] > 1 for one in found)

    def _words(self, key: str) -> set[str]:
        return {fold(word) for own in self._lists for word in own.get(key, ())}

    def _learn(self, name: str, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            if self._known.setdefault(folded(phrase), name) != name:
                raise ValueError(f"keywords.toml: '{phrase}' means two replies to a warning")
