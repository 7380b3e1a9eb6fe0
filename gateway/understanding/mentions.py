"""Finds the words of a text that name places, and what the words around them say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.terms.geo import distance_m
from gateway.understanding.folding import Token, fold
from gateway.understanding.gazetteer import Entry, Gazetteer, Match
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.spelling import sound
from gateway.understanding.surroundings import Surroundings

_LONGEST_NAME = 4  # words
_NEARBY_M = 60_000.0  # what a sender's own neighbourhood may be called without further signs
_LONG_WORD = 6
_VERY_LONG_WORD = 7  # at a sentence's start a capital says nothing, so more letters must agree
_TELLING_LENGTH = 8  # a name this long is known with a consonant wrong too
_SHORT_NAME = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` up to `end` that may name any of the matched places."""

    start: int
    end: int
    matches: tuple[Match, ...]
    role: str
    explicit: bool  # a word said the role; otherwise "at" is assumed
    supported: bool  # capitals or the words around say that this is a name
    kind_said: str = ""  # settlement, area, route


@dataclass(frozen=True)
class Scan:
    """Everything found by name in one text, and names that were not believed."""

    mentions: tuple[Mention, ...]
    doubts: tuple[str, ...]
    unknown: tuple[str, ...]


def scan(
    tokens: Sequence[Token], gazetteer: Gazetteer, lexicon: Lexicon, home: Entry | None
) -> Scan:
    """Names from left to right, the longest first, exact ones before misspelt ones."""
    around = Surroundings(tokens, lexicon)
    doubts: list[str] = []
    taken: set[int] = set()
    found: list[Mention] = []
    for exact in (True, False):
        for start, end in _windows(tokens):
            if taken.isdisjoint(range(start, end)):
                mention = _mention(around, gazetteer, home, start, end, exact, doubts)
                if mention:
                    found.append(mention)
                    taken.update(range(start, end))
    found.sort(key=lambda mention: mention.start)
    _carry_roles(found, around)
    return Scan(tuple(found), tuple(doubts), _unknown(around, taken))


def _carry_roles(found: list[Mention], around: Surroundings) -> None:
    """ "Between Garsen and Minjila": the second name stands under the first one's word."""
    for at in range(1, len(found)):
        before, mention = found[at - 1], found[at]
        told = before.explicit and not mention.explicit
        if told and around.joined(before.end, mention.start):
            found[at] = replace(mention, role=before.role, explicit=True)


def _windows(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Longest windows first, so that "Tana River" is found before "Tana"."""
    for length in range(_LONGEST_NAME, 0, -1):
        for start in range(len(tokens) - length + 1):
            if not any(token.breaks for token in tokens[start + 1 : start + length]):
                yield start, start + length


def _mention(
    around: Surroundings,
    gazetteer: Gazetteer,
    home: Entry | None,
    start: int,
    end: int,
    exact: bool,
    doubts: list[str],
) -> Mention | None:
    words = around.words[start:end]
    matches: list[Match] = []
    if exact or around.may_be_misspelt_name(start, end):
        matches = gazetteer.exact(words) if exact else gazetteer.spelled(words)
    if not matches:
        return None
    said = around.before(start)
    kind = said.kind or around.kind_after(end)
    introduced, name = said.explicit or bool(kind), " ".join(words)
    if around.lexicon.common.issuperset(words) and not (
        said.linked or (introduced and around.capital(start))
    ):
        doubts.append(f"'{name}' not taken for the place: a common word")
        return None
    supported = introduced or around.capital(start)
    maybe = around.may_be_capital(start)
    kept = (_believed if exact else _believed_misspelling)(matches, name, supported, maybe, home)
    if not kept or around.hangs_on_unknown(start, end, gazetteer):
        doubts.append(f"'{name}' not taken for {matches[0].entry.name}: too little speaks for it")
        return None
    supported = supported or (exact and maybe)
    return Mention(start, end, tuple(kept), said.role, said.explicit, supported, kind)


def _believed(
    matches: list[Match], name: str, supported: bool, capital: bool, home: Entry | None
) -> list[Match]:
    """A short bare word in lower case may be any word: it needs a sender who lives near."""
    if supported or capital or len(name) > _SHORT_NAME or home is None:
        return matches
    return _near(matches, home)


def _believed_misspelling(
    matches: list[Match], name: str, supported: bool, capital: bool, home: Entry | None
) -> list[Match]:
    """A misspelt name must look like a name and sound like the place, or be of the neighbourhood.

    Only near the sender a consonant may differ: elsewhere that is mostly a place no list knows.
    """
    near = _near(matches, home) if home else []
    if near:
        return near if supported or len(name) >= _LONG_WORD else []
    if not (supported or (capital and len(name) >= _VERY_LONG_WORD)):
        return []
    return [match for match in matches if _sounds_like(name, match.entry)]


def _sounds_like(name: str, entry: Entry) -> bool:
    heard = sound(name)
    return any(
        own[0] == name[0] and (sound(own) == heard or len(name) >= _TELLING_LENGTH)
        for own in map(fold, (entry.name, *entry.aliases))
        if own
    )


def _near(matches: list[Match], home: Entry) -> list[Match]:
    return [m for m in matches if distance_m(m.entry.position, home.position) <= _NEARBY_M]


def _unknown(around: Surroundings, taken: set[int]) -> tuple[str, ...]:
    """Capitalised words after a place word that no list knows ("in Xanadu")."""
    return tuple(
        token.word
        for at, token in enumerate(around.tokens)
        if at not in taken
        and around.capital(at)
        and len(token.word) > 2
        and token.word not in around.lexicon.common
        and around.before(at).explicit
    )
