"""Recognises copied texts, so that a text passed on is not counted as a second witness."""

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Literal

from gateway.understanding import sketch
from gateway.understanding.editing import Edits
from gateway.understanding.glossary import Glossary, Told
from gateway.understanding.lexicon import Lexicon, load
from gateway.understanding.skeleton import Skeleton, Skeletons, translated
from gateway.understanding.spelling import sound
from gateway.understanding.translation import pieces, translation
from gateway.understanding.wording import Wording, Wordings

_LONGEST = 1_600
_FEWEST_WORDS = sketch.FEWEST_WORDS
_FACTS_SHARED = 2

Kind = Literal["exact", "forwarded", "edited", "translated"]


@dataclass(frozen=True, slots=True)
class Copy:
    """How one text copies another, how alike they are (0 to 1), and why, without their words."""

    kind: Kind
    score: float
    why: str


@dataclass(frozen=True)
class Prepared:
    """A text folded once, to be compared with many."""

    whole: tuple[str, ...]  # every word
    wording: Wording  # what is left when its wrapping is gone
    _skeletons: Skeletons = field(repr=False, compare=False)
    _glossary: Glossary = field(repr=False, compare=False)

    @cached_property
    def skeleton(self) -> Skeleton:
        """Its contents whatever the language."""
        return self._skeletons.read(self.wording.words, self._names)

    @cached_property
    def told(self) -> Told:
        """Its everyday concepts whatever the language."""
        return self._glossary.read(self.wording.words, self._names)

    @property
    def _names(self) -> list[str]:
        return [word for word in self.wording.words if word in self.wording.names]


@cache
def copies(languages: tuple[str, ...]) -> "Copies":
    """The comparer of these languages, built once."""
    return Copies(load(languages))


class Copies:
    """Compares texts by the words of a deployment's languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._wordings = Wordings(lexicon)
        self._skeletons = Skeletons(lexicon)
        self._glossary = Glossary(lexicon)
        self._edits = Edits(lexicon)

    def prepare(self, text: str) -> Prepared:
        """Folds a text, of which the first 1,600 characters are looked at."""
        whole, wording = self._wordings.read(text[:_LONGEST])
        return Prepared(whole, wording, self._skeletons, self._glossary)

    def core(self, text: str | Prepared) -> str | None:
        """What stays the same when a text is passed on; None for one too short to be a copy."""
        words = self._prepared(text).wording.words
        return " ".join(words) if len(words) >= _FEWEST_WORDS else None

    def sketch(self, text: str | Prepared) -> tuple[str, ...]:
        """Up to fourteen strings of which a copy, also a translated one, mostly shares one."""
        told = self._prepared(text)
        wording = told.wording
        if len(wording.words) < _FEWEST_WORDS:
            return ()
        heard = [sound(word) or word for word in wording.words]
        numbers = [word for word in wording.words if word.isdigit()]
        names = [sound(name) or name for name in wording.names]
        facts = sketch.of_facts(numbers, names)
        return (*sketch.of_words(heard), *facts, *pieces(told.told))

    def compare(self, a: str | Prepared, b: str | Prepared) -> Copy | None:
        """How one is a copy of the other; None for texts of two witnesses."""
        one, other = sorted((self._prepared(a), self._prepared(b)), key=_in_order)
        if min(len(one.wording.words), len(other.wording.words)) < _FEWEST_WORDS:
            return None
        if one.whole == other.whole or one.wording.words == other.wording.words:
            if one.whole == other.whole:
                return Copy("exact", 1.0, "same words")
            return Copy("forwarded", 1.0, "same words after a forward mark")
        alike = self._edits.alike(one.wording, other.wording)
        if alike is not None:
            same = min(9, round(10 * alike))
            return Copy("edited", alike, f"{same} of 10 words the same")
        return self.translation(one, other)

    def translation(self, a: Prepared, b: Prepared) -> Copy | None:
        """Whether one is the other in another language, which need share no string of a sketch."""
        score = 0.0
        if _may_be_translated(a.wording, b.wording):
            score = translated(a.skeleton, b.skeleton)
        passed_on = a.wording.passed_on or b.wording.passed_on
        score = score or translation(a.told, b.told, passed_on=passed_on)
        return Copy("translated", score, "same content in another language") if score else None

    def _prepared(self, text: str | Prepared) -> Prepared:
        return text if isinstance(text, Prepared) else self.prepare(text)


def _in_order(text: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of two is looked at first must not depend on who asks."""
    return text.whole, text.wording.words


def _may_be_translated(one: Wording, other: Wording) -> bool:
    """Two numbers or names in common, before more is read."""
    shared = set(one.words).intersection(other.words)
    names = one.names | other.names
    return sum(word.isdigit() or word in names for word in shared) >= _FACTS_SHARED
