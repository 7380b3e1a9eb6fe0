"""Tells the place where something happens from where it is only told, heard or left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.understanding.entries import Match
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.surroundings import Said

_SAYER = 1  # word between a place and its people's saying: "the Moa chief says"
_BESIDE = ("at", "near")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` up to `end` that may name any of the matched places.

    `cues` are the marks that speak for or against its being a name, weighed in weighing.py.
    """

    start: int
    end: int
    name: str  # folded
    matches: tuple[Match, ...]
    said: Said
    cues: frozenset[str]
    ordinary: float  # on Zipf's scale, of the rarest word

    @property
    def role(self) -> str:
        return self.said.role

    def marked(self, cue: str, but: str = "") -> "Mention":
        """The same with one cue more, and one less."""
        return replace(self, cues=self.cues - {but} | {cue})


def told_apart(mentions: list[Mention], words: Sequence[str], lexicon: Lexicon) -> None:
    """Marks in place what a witness's own place is, and what a group has left behind."""
    _hear(mentions, words, lexicon)
    for at, mention in enumerate(mentions):
        others = [other for other in mentions[at + 1 :] if other.name != mention.name]
        told_of = any(other.role in _BESIDE for other in others)
        if told_of and mention.role in _BESIDE and _is_told(mention, words, lexicon):
            mentions[at] = mention.marked("told there")
    if len(mentions) > 1:
        _leave(mentions)


def _hear(mentions: list[Mention], words: Sequence[str], lexicon: Lexicon) -> None:
    """ "Shots heard from Witu towards Pandanguo": it happens where the sound comes from."""
    hearsay = lexicon.tables["hearsay"]
    for at, mention in enumerate(mentions):
        if not hearsay["directions"].ending_at(words, mention.start):
            continue
        if hearsay["sounds"].find(words[: mention.start]):
            said = replace(mention.said, role="at", manner="")
            mentions[at] = replace(mention, said=said).marked("role at", f"role {mention.role}")
            for before in range(at):
                if mentions[before].name != mention.name:
                    mentions[before] = mentions[before].marked("told there")


def _is_told(mention: Mention, words: Sequence[str], lexicon: Lexicon) -> bool:
    """ "People in Marigat say that …", "I heard in Lodwar that …"."""
    says, that = (lexicon.tables["hearsay"][key] for key in ("says", "that"))
    last = min(mention.end + _SAYER + 1, len(words))
    if any(says.at(words, at) for at in range(mention.end, last)):
        return True
    role = lexicon.roles.ending_at(words, mention.start)
    before = says.ending_at(words, role.start if role else mention.start)
    return before is not None and mention.end < len(words) and bool(that.at(words, mention.end))


def _leave(mentions: list[Mention]) -> None:
    """ "They came from Kapedo and approach Lomelo": they are where they have nearly come."""
    near = any(mention.said.manner == "approaching" for mention in mentions)
    if not near or not all(mention.role in ("from", "toward") for mention in mentions):
        return
    for at, mention in enumerate(mentions):
        if mention.role == "from":
            mentions[at] = mention.marked("left behind")
