"""What stands around a name says: its role, its kind, and whether it looks like a name."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import Gazetteer
from gateway.understanding.lexicon import Lexicon

_MOST_SKIPPED = 4
_KINDS = ("settlement", "area")


@dataclass(frozen=True, slots=True)
class Said:
    """What the words before a name say of it."""

    role: str = "at"
    explicit: bool = False  # a word said the role
    kind: str = ""  # settlement, area
    linked: bool = False  # the kind was tied to the name ("village of", "kijiji cha")


class Surroundings:
    """A text's words with the deployment's word lists, asked about positions in it."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.words = [token.word for token in tokens]
        capitals = [token.capital for token in tokens if not token.word.isdigit()]
        # all capitals or a Title On Each Word say nothing about names
        self._cased = bool(capitals) and sum(capitals) <= max(1, 0.6 * len(capitals))
        self._said: dict[int, Said] = {}

    def capital(self, at: int) -> bool:
        """A capital that only a name explains."""
        token = self.tokens[at]
        return self._cased and token.capital and not token.starts_sentence

    def may_be_capital(self, at: int) -> bool:
        """A capital, though a sentence's start could explain it too."""
        return self._cased and self.tokens[at].capital

    def may_be_misspelt_name(self, start: int, end: int) -> bool:
        """Whether a look for spelling variants makes sense: known words are not misspelt names."""
        words = self.words[start:end]
        common = self.lexicon.common
        if words[0] in common or words[-1] in common:
            return False
        if any(word.isdigit() for word in words[:1]):
            return False
        return all(self.lexicon.correct(word) == word for word in words) and not any(
            self.lexicon.hazards.at(words, at) or self.lexicon.roles.at(words, at)
            for at in range(len(words))
        )

    def before(self, start: int) -> Said:
        """The role and kind that the words before a name give it."""
        if start not in self._said:
            self._said[start] = self._read_back(start)
        return self._said[start]

    def kind_after(self, end: int) -> str:
        """The kind, or "route", that a word just after the name says ("Bria town")."""
        if end >= len(self.tokens) or self.tokens[end].breaks:
            return ""
        places = self.lexicon.places
        return next((k for k in (*_KINDS, "route") if places[k].at(self.words, end)), "")

    def joined(self, end_before: int, start: int) -> bool:
        """Whether only "and" stands between the name before and the one that starts here."""
        hit = self.lexicon.places["joining"].ending_at(self.words, start)
        return hit is not None and hit.start == end_before

    def hangs_on_unknown(self, start: int, end: int, gazetteer: Gazetteer) -> bool:
        """Whether a hyphen ties it to a word that is no name: Bangui-Ketté is not Bangui."""
        tied = [start - 1] * self.tokens[start].hyphen
        tied += [end] * (end < len(self.tokens) and self.tokens[end].hyphen)
        words = (self.words[at] for at in tied)
        return any(w not in self.lexicon.common and not gazetteer.exact([w]) for w in words)

    def _read_back(self, start: int) -> Said:
        """Steps over articles and kinds of place, back to the word that gives the role."""
        kind, linked, at = "", False, start
        for _ in range(_MOST_SKIPPED):
            if at == 0 or self.tokens[at].breaks:
                break
            role = self.lexicon.roles.ending_at(self.words, at)
            said, begin = self._kind_ending(at)
            if role and role.start <= begin:
                return Said(role.value, True, kind, linked)
            if said:
                kind, linked = kind or said, linked or at - begin > 1
            elif self.lexicon.places["skipped"].ending_at(self.words, at):
                begin = at - 1
            else:
                break
            at = begin
        return Said("at", False, kind, linked)

    def _kind_ending(self, at: int) -> tuple[str, int]:
        """The longest kind-of-place phrase before a position, and where it begins."""
        hits = ((k, self.lexicon.places[k].ending_at(self.words, at)) for k in _KINDS)
        found = [(hit.start, kind) for kind, hit in hits if hit]
        return (min(found)[1], min(found)[0]) if found else ("", at)
