"""What stands around a name says: its role, its kind, and whether it looks like a name."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import Gazetteer
from gateway.understanding.lexicon import MANNERS, Lexicon

_MOST_SKIPPED = 4
_KINDS = ("settlement", "area", "camp")
_LONGEST_PART = 2  # digits or letters that number it
_VIOLENT = frozenset({"armed_group", "attack", "abduction", "roadblock", "displacement"})
_FEWEST_LETTERS = 5
_COMMON = 4.5  # for words listed as common, in languages without frequencies
_ORDINARY = 4.0  # on Zipf's scale; a word this frequent is rarely a slip
_SHORT = 4
_LATE = 25  # words; what a text opens with is what it is about


@dataclass(frozen=True, slots=True)
class Said:
    """What the words before a name say of it."""

    role: str = "at"
    explicit: bool = False  # a word said the role
    kind: str = ""  # settlement, area
    linked: bool = False  # the kind was tied to the name ("village of", "kijiji cha")
    manner: str = ""  # of going toward it: approaching, heading


class Surroundings:
    """A text's words with the deployment's word lists, asked about positions in it."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.words = [token.word for token in tokens]
        self._cased = _cased(tokens)
        hits = lexicon.hazards.find([lexicon.correct(word) for word in self.words])
        self._violence = any(hit.value.hazard in _VIOLENT for hit in hits)
        self._said: dict[int, Said] = {}

    def capital(self, at: int) -> bool:
        """A capital that only a name explains."""
        token = self.tokens[at]
        return self._cased[at] and token.capital and not token.starts_sentence

    def may_be_capital(self, at: int) -> bool:
        """A capital, though a sentence's start could explain it too."""
        return self._cased[at] and self.tokens[at].capital

    def named_before(self, start: int) -> bool:
        """Whether the sentence opens with a name, as in "Moa, 5 km from Kipini"."""
        for at in range(start - 1, -1, -1):
            token = self.tokens[at]
            if token.capital and token.word not in self.lexicon.common and len(token.word) > 2:
                return True
            if token.starts_sentence:
                return False
        return False

    def ordinary(self, word: str) -> float:
        """How frequent the word is, on Zipf's scale; 0 for a rare one."""
        known = self.lexicon.ordinary.get(word, 0.0)
        return max(known, _COMMON) if word in self.lexicon.common else known

    def is_ordinary_here(self, start: int, end: int) -> bool:
        """A common word of the lists, unless the text says that a place is meant."""
        if not self.lexicon.common.issuperset(self.words[start:end]):
            return False
        said = self.before(start)
        introduced = said.explicit or bool(said.kind or self.kind_after(end))
        capital = self.tokens[start].capital
        return not (said.linked or (capital and (introduced or end - start > 1)))

    def unbroken(self, start: int, end: int) -> bool:
        """Whether no punctuation stands between the words."""
        return not any(token.breaks for token in self.tokens[start + 1 : end])

    def may_be_misspelt_name(self, start: int, end: int) -> bool:
        """Whether a look for spelling variants makes sense: known words are not misspelt names."""
        words = self.words[start:end]
        if sum(map(len, words)) < _FEWEST_LETTERS or words[0].isdigit():
            return False
        if (
            self._cased[start]
            and not self.tokens[start].capital
            and not self.before(start).explicit
        ):
            return False
        if len(words) > 1 and self._is_one_name(start, end):
            return not self.lexicon.common.issuperset(words)
        common = self.lexicon.common
        if words[0] in common or words[-1] in common:
            return False
        return not any(map(self._is_listed, words))

    def _is_one_name(self, start: int, end: int) -> bool:
        """Hyphens or capitals hold it together: "Croix-des-Bouquettes", "Cap Haitian"."""
        tokens = self.tokens[start:end]
        if all(token.hyphen for token in tokens[1:]):
            return True
        return self._cased[start] and tokens[0].capital and tokens[-1].capital

    def _is_listed(self, word: str) -> bool:
        """An ordinary word, or one of the hazard lists or a slip away from it."""
        if self.lexicon.ordinary.get(word, 0.0) >= _ORDINARY:
            return True
        return self.lexicon.correct(word) != word or bool(self.lexicon.hazards.at([word], 0))

    def said(self, start: int, end: int) -> Said:
        """The role and kind that the words around a name give it."""
        said = self.before(start)
        return replace(said, kind=said.kind or self.kind_after(end))

    def cues(self, start: int, end: int, gazetteer: Gazetteer, offset: bool) -> frozenset[str]:
        """What speaks for or against these words naming a place."""
        said, words = self.before(start), self.words[start:end]
        after = self.kind_after(end)
        letters = sum(map(len, words))
        cues = {
            self._capital_cue(start, end),
            f"{min(3, len(words))} words",
            f"{letters} letters" if letters <= _SHORT else f"{min(9, letters)} letters",
        }
        marks = {
            f"role {said.role}": said.explicit,
            "kind linked" if said.linked else "kind before": bool(said.kind),
            "on the road" if after == "route" else "kind after": bool(after),
            "of violence": self._violence and (said.explicit or bool(said.kind or after)),
            "common words": len(words) > 1 and self.lexicon.common.issuperset(words),
            "in a longer name": self._in_longer_name(start, end),
            "street": self._is_in_street(start, end),
            "river": self._is_river(start, end),
            "person": bool(self.lexicon.places["person"].ending_at(self.words, start)),
            "denied": self._is_denied(start),
            "hangs on unknown": self.hangs_on_unknown(start, end, gazetteer),
            "late": start >= _LATE,
        }
        cues |= {mark for mark, holds in marks.items() if holds}
        if offset or said.role in ("near", "from") or after == "route":
            cues.add("refers" if self.named_before(start) else "refers alone")
        if end < len(self.words) and self.words[end].isdigit() and not self.tokens[end].breaks:
            cues.add("numbered" if len(self.words[end]) == 1 else "house number")
        return frozenset(cues)

    def _capital_cue(self, start: int, end: int) -> str:
        if not self._cased[start]:
            return "uncased"
        if self.capital(start):
            return "capital"
        return "first capital" if self.tokens[start].capital else "small"

    def _in_longer_name(self, start: int, end: int) -> bool:
        """Another name's words touch it: "Louis Joseph Janvier", "Camp Bangui"."""
        if not self.tokens[start].capital:
            return False
        return self._is_name_word(start - 1, start) or self._is_name_word(end, end)

    def _is_name_word(self, at: int, boundary: int) -> bool:
        if not 0 <= at < len(self.tokens) or self.tokens[boundary].breaks:
            return False
        token = self.tokens[at]
        known = token.word in self.lexicon.common or token.word.isdigit()
        return token.capital and not known

    def _is_denied(self, start: int) -> bool:
        """ "not in Moa": only the words that give the role stand between."""
        role = self.lexicon.roles.ending_at(self.words, start)
        return (
            self.lexicon.speech["negators"].ending_at(self.words, role.start if role else start)
            is not None
        )

    def _is_in_street(self, start: int, end: int) -> bool:
        streets = self.lexicon.places["street"]
        before = streets.ending_at(self.words, start)
        after = end < len(self.words) and not self.tokens[end].breaks
        return before is not None or (after and bool(streets.at(self.words, end)))

    def _is_river(self, start: int, end: int) -> bool:
        """ "Ubangi River", "le fleuve Congo": water, not the town of that name."""
        rivers = self.lexicon.tables["landmarks"]["river"]
        after = end < len(self.words) and not self.tokens[end].breaks
        return bool(rivers.ending_at(self.words, start)) or (
            after and bool(rivers.at(self.words, end))
        )

    def unknown(self, covered: Container[int]) -> tuple[str, ...]:
        """Capitalised words after a place word that no list knows ("in Xanadu")."""
        return tuple(
            token.word
            for at, token in enumerate(self.tokens)
            if at not in covered
            and self.capital(at)
            and len(token.word) > 2
            and token.word not in self.lexicon.common
            and self.before(at).explicit
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

    def are_ends(self, start: int, end: int, next_start: int, next_end: int) -> bool:
        """Whether two names are the ends of a way on which it happens."""
        gap = next_start - end
        if gap > 1:
            return False
        book = self.lexicon.places["between"]
        if gap and book.ending_at(self.words, start) and self.joined(end, next_start):
            return True
        to = self.lexicon.roles.ending_at(self.words, next_start) if gap else None
        if gap and (to is None or to.value != "toward"):
            return False
        routes = self.lexicon.places["route"]
        after = next_end < len(self.words) and bool(routes.at(self.words, next_end))
        return after or any(routes.ending_at(self.words, at) for at in (start, start - 1) if at > 0)

    def is_way(self, start: int, end: int) -> bool:
        """Whether a road is named by where it leads: "the Ippy road", "the road to Béloko"."""
        if self.kind_after(end) == "route":
            return True
        routes = self.lexicon.places["route"]
        role = self.lexicon.roles.ending_at(self.words, start)
        ends = {start, start - 1, role.start if role else start}
        return any(routes.ending_at(self.words, at) for at in ends if at > 0)

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
                going = self.lexicon.roles.ending_at(self.words, role.start) if role.start else None
                if role.value == "near" and going and going.value == "toward":
                    role, at = going, role.start  # "heading to the side of"
                manner = self._manner(at) if role.value == "toward" else ""
                return Said(role.value, True, kind, linked, manner)
            if said:
                kind, linked = kind or said, linked or at - begin > 1
            elif self.lexicon.places["skipped"].ending_at(self.words, at):
                begin = at - 1
            elif (part := self._part_ending(at)) is not None:
                begin = part
            else:
                break
            at = begin
        return Said("at", False, kind, linked)

    def _manner(self, at: int) -> str:
        places = self.lexicon.places
        return next((key for key in MANNERS if places[key].ending_at(self.words, at)), "")

    def _part_ending(self, at: int) -> int | None:
        """Where a numbered part of a place begins: "zone 3 of", "block B of"."""
        if at < 2 or len(self.words[at - 1]) > _LONGEST_PART:
            return None
        part = self.lexicon.places["part"].ending_at(self.words, at - 1)
        return part.start if part else None

    def _kind_ending(self, at: int) -> tuple[str, int]:
        """The longest kind-of-place phrase before a position, and where it begins."""
        hits = ((k, self.lexicon.places[k].ending_at(self.words, at)) for k in _KINDS)
        found = [(hit.start, kind) for kind, hit in hits if hit]
        return (min(found)[1], min(found)[0]) if found else ("", at)


def _cased(tokens: Sequence[Token]) -> list[bool]:
    """Whether capitals tell names in each token's sentence: not where all or no words have them."""
    cased: list[bool] = []
    begin = 0
    for end in range(1, len(tokens) + 1):
        if end == len(tokens) or tokens[end].starts_sentence:
            capitals = [token.capital for token in tokens[begin:end] if not token.word.isdigit()]
            telling = 0 < sum(capitals) <= max(1, 0.6 * len(capitals))
            cased += [telling] * (end - begin)
            begin = end
    return cased
