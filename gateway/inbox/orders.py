"""Reads what coordinators order by SMS: TAKE 17, VERIFY 17 123456, REFUTE 17 123456."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.inbox.replies import ascii_digits, folded, is_number, near, words_of
from gateway.inbox.vocabulary import Vocabulary, fold

MAX_ORDER = 80  # letters
_SLIP_LETTERS = 4
_ANSWERS = ("yes", "no", "unsure")


@dataclass(frozen=True, slots=True)
class Order:
    """`name` is take, verify or refute; `code` in ASCII digits, or empty."""

    name: str
    number: int
    code: str


class Orders:
    """The orders in a deployment's languages; raises ValueError when a phrase means two."""

    def __init__(
        self, tables: Mapping[str, Any], active: Sequence[str], vocabulary: Vocabulary
    ) -> None:
        self._vocabulary = vocabulary
        lists = [tables[language].get("answers", {}) for language in active]
        keys = ("before", "numbering")
        idle = {fold(word) for own in lists for key in keys for word in own.get(key, ())}
        self._idle = idle | vocabulary.polite | {"code", "kode", "w"}
        answers = (phrase for own in lists for key in _ANSWERS for phrase in own.get(key, ()))
        self._taken = {word for phrase in answers for word in folded(phrase)}
        self._known: dict[tuple[str, ...], str] = {}
        self._with_slips: dict[str, str] = {}
        for language in active:
            for name, phrases in tables[language].get("orders", {}).items():
                self._learn(name, phrases)
        self._longest = max(map(len, self._known), default=0)

    def read(self, text: str) -> Order | None:
        """The order, where the text is nothing else besides courtesies."""
        if len(text) > MAX_ORDER:
            return None
        found = [word for word, _ in words_of(text, self._vocabulary)[1]]
        words = [word for word in found if word not in self._idle]
        front = [word for word in words[:1] if word.isdecimal()]  # "17 verify 123456"
        name, length = self._name_at(words[len(front) :])
        digits = front + words[len(front) + length :]
        if not name or not digits or not is_number(digits[0]):
            return None
        if not all(map(str.isdecimal, digits)):
            return None
        return Order(name, int(digits[0]), ascii_digits("".join(digits[1:])))

    def _name_at(self, words: Sequence[str]) -> tuple[str, int]:
        for length in range(min(self._longest, len(words)), 0, -1):
            if name := self._known.get(tuple(words[:length])):
                return name, length
        # A word of another command or answer is no slip: HAPANA (no) is near to HAKANA (refute).
        if not words or words[0] in self._taken or self._vocabulary.keyword_at(words[:1], 0):
            return "", 0
        slips = near(words[0], self._with_slips, _SLIP_LETTERS)
        names = {self._with_slips[word] for word in slips}
        return (names.pop(), 1) if len(names) == 1 else ("", 0)

    def _learn(self, name: str, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            words = folded(phrase)
            if self._known.setdefault(words, name) != name:
                raise ValueError(
                    f"keywords.toml: '{phrase}' means both {self._known[words]}, {name}"
                )
            if not phrase.startswith("=") and len(words) == 1:
                self._with_slips[words[0]] = name
