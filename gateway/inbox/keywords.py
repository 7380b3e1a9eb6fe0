"""Finds the commands (JOIN, STOP, HELP …) among incoming texts, in every language at once.

One rule: a command stands first, after nothing but courtesies and wishes ("please", "I want to").
After STOP, START, HELP and the like only courtesies may follow, and for STOP and START words for
the messages themselves; anything else makes the text a report, because a report that is read as
STOP silences someone in danger, while a STOP that is not understood is only typed again.
JOIN, PLACE, LANG and STATUS take a few words of argument, none of them a word that tells news.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.inbox.answers import Answer, Answers
from gateway.inbox.orders import Order, Orders
from gateway.inbox.safety import SafetyWords, Said
from gateway.inbox.vocabulary import Keyword, Vocabulary, fold, is_slip, language_names, tidy
from gateway.plumbing.resources import config_file

MAX_LETTERS = 120  # longer texts are reports, however they begin
_NAME_LETTERS = 5  # a shorter name of a language bears no slip

_ARGUMENT_WORDS = {"join": 5, "place": 5, "status": 5, "lang": 2}  # "Kaga Bandoro, Nana Gribizi"
_NUMBERED = frozenset({"yes", "no", "unsure"})
_ABOUT_MESSAGES = frozenset({"stop", "start"})

_WORD = re.compile(r"[^\W\d_]+|\d+")
_NEW_SENTENCE = re.compile(r"\w{3}[.!?;]+\s+\w")  # "St. Mary" is one name


@dataclass(frozen=True, slots=True)
class Command:
    """`args` keeps its case; `language` is None where the word belongs to several."""

    name: str
    args: str
    language: str | None


@dataclass(frozen=True, slots=True)
class _Word:
    folded: str
    start: int
    end: int


def load(languages: Sequence[str]) -> "Keywords":
    """The words of English and of those of the languages that `config/keywords.toml` knows."""
    return _load(tuple(languages))


class Keywords:
    """The commands of a deployment."""

    def __init__(self, tables: Mapping[str, Any], languages: Sequence[str]) -> None:
        active = [name for name in dict.fromkeys(("en", *languages)) if name in tables]
        self._vocabulary = Vocabulary(tables, active)
        self._answers = Answers(tables, active, self._vocabulary)
        self._orders = Orders(tables, active, self._vocabulary)
        self._safety = SafetyWords(tables, active, self._vocabulary)
        self._names = language_names(tables, languages)
        # "LANG en" keeps its code, though "en" is a preposition of French.
        self._around = dict.fromkeys(_ARGUMENT_WORDS, self._vocabulary.around) | {
            "lang": self._vocabulary.around - self._names.keys()
        }

    def parse(self, text: str) -> Command | None:
        """The command in the text, or None for everything that is not clearly one."""
        if len(text) > MAX_LETTERS:
            return None
        known = self._vocabulary
        text = known.courtesies.sub(" ", text if text.isascii() else tidy(text))
        words = [_Word(fold(found[0]), *found.span()) for found in _WORD.finditer(text)]
        folded = [word.folded for word in words]
        for first, word in enumerate(folded):
            keyword = known.keyword_at(folded, first)
            if keyword:
                args = self._args(keyword, text, folded[:first], words[first + keyword.length :])
                return None if args is None else Command(keyword.name, args, keyword.language)
            if word not in known.polite and word not in known.wishes:
                return None
        return None

    def is_stop(self, text: str) -> bool:
        """Whether `parse` reads a STOP: microseconds, as every webhook asks it."""
        if len(text) > MAX_LETTERS:
            return False
        if text.isascii():
            opener = _WORD.search(text)
            if opener is None or not self._vocabulary.opens(opener[0].lower()):
                return False
        command = self.parse(text)
        return command is not None and command.name == "stop"

    def parse_answer(self, text: str) -> Answer | None:
        """Yes, no or unsure, of somebody who was asked; the number may be missing."""
        return self._answers.read(text)

    def parse_safety(self, text: str) -> Said | None:
        """Safe, help or moved, of somebody who was warned."""
        return self._safety.read(text)

    def parse_order(self, text: str) -> Order | None:
        """TAKE, VERIFY or REFUTE with an incident's number, of a coordinator."""
        return self._orders.read(text)

    def language(self, args: str) -> str | None:
        """The code of a language of the deployment, from its code or its name in any language."""
        words = [fold(word) for word in _WORD.findall(args[:MAX_LETTERS])]
        # Names before codes: in "en français" the first word is no code.
        for word in sorted(words, key=len, reverse=True):
            if word in self._names:
                return self._names[word]
            long = (name for name in self._names if len(name) >= _NAME_LETTERS)
            near = {self._names[name] for name in long if is_slip(word, name)}
            if len(near) == 1:
                return near.pop()
        return None

    def _args(
        self, keyword: Keyword, text: str, before: Sequence[str], after: Sequence[_Word]
    ) -> str | None:
        """What follows the keyword, or None where it shows that the text is no command."""
        if keyword.name in _ARGUMENT_WORDS:
            return self._argument(keyword.name, text, after)
        rest = [word.folded for word in after if word.folded not in self._vocabulary.polite]
        if keyword.name in _NUMBERED:
            return rest[0] if len(rest) == 1 and rest[0].isdecimal() else None
        if keyword.name in _ABOUT_MESSAGES:
            return "" if self._is_about_messages(keyword, rest) else None
        return None if rest or not self._vocabulary.polite.issuperset(before) else ""

    def _argument(self, name: str, text: str, after: Sequence[_Word]) -> str | None:
        kept = list(after)
        while kept and kept[0].folded in self._around[name]:
            kept.pop(0)
        while kept and kept[-1].folded in self._vocabulary.behind:
            kept.pop()
        if not kept:
            return ""
        args = text[kept[0].start : kept[-1].end]
        too_long = len(kept) > _ARGUMENT_WORDS[name] or _NEW_SENTENCE.search(args)
        if too_long or self._vocabulary.tells(name, (word.folded for word in kept)):
            return None
        return " ".join(args.split())

    def _is_about_messages(self, keyword: Keyword, rest: Sequence[str]) -> bool:
        """Nothing more, the word repeated, or words of which one names the messages."""
        known = self._vocabulary
        others = [
            word
            for word in rest
            if getattr(known.keyword_at([word], 0), "name", None) != keyword.name
        ]
        if not others:
            return True
        about = known.beside.issuperset(others) and not known.messages.isdisjoint(others)
        return about and not keyword.bare


@cache  # reading them takes as long as reading two hundred texts
def _load(languages: tuple[str, ...]) -> Keywords:
    tables = tomllib.loads(config_file("keywords.toml").read_text(encoding="utf-8"))
    return Keywords(tables, languages)
