"""The word lists of the commands, read from `config/keywords.toml` and made quick to ask."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

_SLIP_LETTERS = 4  # a letter more or less in a shorter word makes another word
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a phrase calls for; `bare` words are everyday ones and bear only courtesies."""

    name: str
    language: str | None
    length: int
    bare: bool


class Vocabulary:
    """The lists of the active languages; raises ValueError when a phrase means two commands."""

    def __init__(self, tables: Mapping[str, Any], active: Sequence[str]) -> None:
        self._tables, self._active = tables, active
        courtesies = self._words("polite")
        self.courtesies = _any_phrase(courtesies)
        self.polite = {word for word in courtesies if " " not in word}
        self.wishes = self._words("wishes")
        self.messages = self._words("messages")
        self.beside = self.messages | self._words("links")
        self.around = self._words("around") | self.polite
        self.behind = self.polite | self.messages
        telling = self._words("telling")
        self._telling = _any_pattern(telling)
        self._describing = _any_pattern(telling | self._words("moods"))
        self._phrases: dict[tuple[str, ...], Keyword] = {}
        self._shortened: defaultdict[str, set[str]] = defaultdict(set)
        for language in active:
            for name, phrases in tables[language]["commands"].items():
                for phrase in phrases:
                    self._add(phrase, name, language)
        self._longest = max(map(len, self._phrases))
        self._own_words = self.around | self.wishes | self.beside | self._words("not_slips")
        self._openers = {phrase.split()[0] for phrase in (*courtesies, *self.wishes)}
        self._openers |= {phrase[0] for phrase in self._phrases}

    def keyword_at(self, words: Sequence[str], first: int) -> Keyword | None:
        """The longest phrase that begins there, or else one slip away from the single word."""
        for length in range(min(self._longest, len(words) - first), 0, -1):
            found = self._phrases.get(tuple(words[first : first + length]))
            if found:
                return found
        return self._slip(words[first])

    def opens(self, word: str) -> bool:
        """Whether a text that begins with the word can be a command at all."""
        return word in self._openers or self._slip(word) is not None

    def tells(self, name: str, words: Iterable[str]) -> bool:
        """Whether one of the words shows a report rather than an argument of the command."""
        pattern = self._telling if name == "join" else self._describing
        return any(pattern.fullmatch(word) for word in words)

    def _words(self, key: str) -> set[str]:
        return {word for language in self._active for word in self._tables[language][key]}

    def _add(self, phrase: str, name: str, language: str) -> None:
        words = tuple(phrase.removeprefix("=").split())
        bare, name = name == "stop_bare", name.removesuffix("_bare")
        known = self._phrases.get(words)
        if known and known.name != name:
            raise ValueError(f"keywords.toml: '{phrase}' means both {known.name} and {name}")
        shared = known is not None and known.language != language
        self._phrases[words] = Keyword(name, None if shared else language, len(words), bare)
        if not phrase.startswith("=") and len(words) == 1 and len(words[0]) >= _SLIP_LETTERS:
            for shorter in _shortenings(words[0]):
                self._shortened[shorter].add(words[0])

    def _slip(self, word: str) -> Keyword | None:
        """None too when the word is one slip away from two different commands."""
        if word in self._own_words or len(word) < _SLIP_LETTERS - 1:
            return None
        found = {
            self._phrases[known,]
            for shorter in _shortenings(word)
            for known in self._shortened.get(shorter, ())
            if is_slip(word, known)
        }
        if len({keyword.name for keyword in found}) != 1:
            return None
        languages = {keyword.language for keyword in found}
        some = next(iter(found))
        language = some.language if len(languages) == 1 else None
        return Keyword(some.name, language, 1, any(keyword.bare for keyword in found))


def tidy(text: str) -> str:
    """Composed letters, without the marks that no screen shows."""
    return unicodedata.normalize("NFC", text).translate(_UNSEEN)


def fold(word: str) -> str:
    """Small letters without accents."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def is_slip(word: str, known: str) -> bool:
    """One letter wrong, missing, extra or swapped; people get the first letter right."""
    if word[:1] != known[:1] and word[:2] != known[1::-1]:
        return False
    return OSA.distance(word, known, score_cutoff=1) <= 1


def language_names(tables: Mapping[str, Any], languages: Iterable[str]) -> dict[str, str]:
    """Codes and names, folded, of those languages, each with its code."""
    names: dict[str, str] = {}
    for code in languages:
        names |= dict.fromkeys((code, *tables["languages"].get(code, ())), code)
    return names


def _shortenings(word: str) -> set[str]:
    return {word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))}


def _any_phrase(words: Iterable[str]) -> re.Pattern[str]:
    phrases = (word.replace(" ", r"[\W_]+") for word in words if " " in word)
    return re.compile(rf"\b(?:{'|'.join(sorted(phrases))})\b", re.IGNORECASE)


def _any_pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word).replace(r"\*", "[a-z]*") for word in sorted(words)))
