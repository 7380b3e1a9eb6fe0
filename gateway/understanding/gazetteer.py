"""The deployment's places by name: exact, by alias, and by spelling within honest limits."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from math import floor

from rapidfuzz.distance import OSA

from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import AREAS, LANDMARKS, Entry, Match
from gateway.understanding.folding import fold
from gateway.understanding.spelling import ONE_SLIP_LETTERS, Speller, sound

__all__ = ["AREAS", "Entry", "Gazetteer", "Match"]

_STRAYS_IN = 500
_CELL_DEGREES = 0.15
_MEMBERS = 5  # fewer places do not show how far an area reaches
_JOINED_LETTERS = 7  # "ka kuma" may be Kakuma, but "ya la" is not Yala
_INITIALS_FROM = 50_000  # people; only big towns are known by initials
_LEAST_SOUND = 3  # letters left of a name by its sound, fewer are shared by strangers
_SLIPS_BY_EAR = 3
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
_SHORTENED = {"st": "saint", "ste": "sainte", "mt": "mount"}
_ARTICLES = frozenset({"la", "le", "les", "el", "al", "the"})
# Words that lists add to a name and people leave away ("Ngau Mission", "Busia District").
_GENERIC = frozenset({
    "airport", "city", "county", "district", "division", "mission", "municipality", "prefecture",
    "province", "region", "sub", "subcounty", "town", "village", "ville", "ward", "wilaya",
})  # fmt: skip


class Gazetteer:
    """An index over entries; building is linear, a look-up takes microseconds."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._names: defaultdict[str, list[Entry]] = defaultdict(list)
        self._aliases: defaultdict[str, list[Entry]] = defaultdict(list)
        self._members: defaultdict[str, list[Entry]] = defaultdict(list)
        self._longest: dict[str, int] = {}
        self.parent = cache(fold)  # county and region names come again and again
        for entry in self._entries.values():
            self._add(entry)
        self._joined: defaultdict[str, list[str]] = defaultdict(list)
        self._heard: defaultdict[str, list[str]] = defaultdict(list)
        for key in dict.fromkeys((*self._names, *self._aliases)):
            first, *rest = key.split(" ")
            self._longest[first] = max(self._longest.get(first, 0), 1 + len(rest))
            joined = "".join((first, *rest))
            if rest:
                self._joined[joined].append(key)
            if len(heard := sound(joined)) >= _LEAST_SOUND:
                self._heard[heard].append(key)
        self._speller = Speller(key.replace(" ", "") for key in (*self._names, *self._aliases))

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, entry_id: int) -> Entry | None:
        """The entry with our id, or None."""
        return self._entries.get(entry_id)

    def entries(self) -> Iterator[Entry]:
        """All places, in the order they were given."""
        return iter(self._entries.values())

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """South, west, north and east of the entries in degrees; None when there are none.

        Lists hold a few places at wildly wrong positions, so the outermost ones do not count.
        """
        if not self._entries:
            return None
        lats = sorted(entry.lat for entry in self._entries.values())
        lons = sorted(entry.lon for entry in self._entries.values())
        strays = len(lats) // _STRAYS_IN
        return lats[strays], lons[strays], lats[-1 - strays], lons[-1 - strays]

    def reach_m(self, entry: Entry) -> int:
        """How far, in metres, what happens "in" the place may be from its point.

        An area reaches as far as nineteen of twenty places that say they lie in it.
        """
        if entry.kind not in AREAS:
            return entry.precision_m
        known = self._reaches.get(entry.id)
        if known is None:
            own = self.parent(entry.name)
            away = sorted(
                distance_m(entry.position, member.position)
                for member in self._members[own]
                if entry.kind != "county" or _same_region(entry, member)
            )
            known = int(away[len(away) * 19 // 20]) if len(away) >= _MEMBERS else entry.precision_m
            self._reaches[entry.id] = known
        return known

    def people_around(self, position: Position) -> int:
        """How many people the towns within some 25 km have, as far as the lists say."""
        row, column = _cell(position)
        return sum(
            self._crowds.get((above, beside), 0)
            for above in (row - 1, row, row + 1)
            for beside in (column - 1, column, column + 1)
        )

    def of_kind_around(self, kind: str, position: Position) -> list[Entry]:
        """Places of a kind within some 10 km and more."""
        row, column = _cell(position)
        return [
            entry
            for above in (row - 1, row, row + 1)
            for beside in (column - 1, column, column + 1)
            for entry in self._landmarks.get((kind, above, beside), ())
        ]

    @cached_property
    def _landmarks(self) -> dict[tuple[str, int, int], list[Entry]]:
        found: defaultdict[tuple[str, int, int], list[Entry]] = defaultdict(list)
        for entry in self._entries.values():
            if entry.kind in LANDMARKS:
                found[entry.kind, *_cell(entry.position)].append(entry)
        return dict(found)

    @cached_property
    def _crowds(self) -> dict[tuple[int, int], int]:
        crowds: defaultdict[tuple[int, int], int] = defaultdict(int)
        for entry in self._entries.values():
            if entry.population and entry.kind not in AREAS:
                crowds[_cell(entry.position)] += entry.population
        return dict(crowds)

    @cached_property
    def _reaches(self) -> dict[int, int]:
        return {}

    def longest(self, word: str) -> int:
        """How many words the longest name has that begins with this folded word; 0 for none."""
        return self._longest.get(_SHORTENED.get(word, word), 0)

    @cached_property
    def area_names(self) -> frozenset[str]:
        """Folded names of all counties and regions that places say they lie in."""
        entries = self._entries.values()
        return frozenset(fold(name) for entry in entries for name in (entry.county, entry.region))

    def exact(self, words: Sequence[str]) -> list[Match]:
        """Places whose folded name or alias is these folded words."""
        key = _key(words)
        named = [Match(entry, "name", 1.0) for entry in self._names.get(key, ())]
        known = {match.entry.id for match in named}
        aliased = [entry for entry in self._aliases.get(key, ()) if entry.id not in known]
        return named + [Match(entry, "alias", 0.9) for entry in aliased]

    def spelled(self, words: Sequence[str]) -> list[Match]:
        """Places whose name is a slip or two away, or sounds the same; never for short names."""
        joined = _key(words).replace(" ", "")
        if len(words) > 1 and len(joined) < _JOINED_LETTERS:
            return []
        found = self._speller.near(joined)
        if not found:
            return self._heard_alike(joined)
        best = found[0][1]
        matches: dict[int, Match] = {}
        for near, slips in found:
            if slips == best:
                for key in self._keys(near):
                    self._collect(key, joined, slips, matches)
        return list(matches.values())

    def respelled(self, words: Sequence[str], alike: Sequence[tuple[str, str]]) -> list[Match]:
        """Places whose name is the words with one group of letters swapped for one heard alike."""
        found = {
            match.entry.id: Match(match.entry, "spelling", 0.65, slips=1)
            for other in _respellings(_key(words), alike)
            for match in self.exact(other.split())
        }
        return list(found.values())

    def seats_spelled_otherwise(self, words: Sequence[str]) -> list[Match]:
        """Towns a slip away from the name of an area they lie in: Djema in the county Djemah."""
        joined = _key(words).replace(" ", "")
        areas = [match.entry for match in self.exact(words)]
        matches: dict[int, Match] = {}
        for near, slips in self._speller.near(joined):
            if slips:
                for key in self._keys(near):
                    self._collect(key, joined, slips, matches)
        return [
            Match(match.entry, "alias", 0.9)
            for match in matches.values()
            if match.heard_alike
            and match.entry.kind not in AREAS
            and any(self._is_within(match.entry, area) for area in areas)
        ]

    def _is_within(self, entry: Entry, area: Entry) -> bool:
        return distance_m(entry.position, area.position) <= self.reach_m(area)

    def _heard_alike(self, joined: str) -> list[Match]:
        heard = sound(joined)
        matches: dict[int, Match] = {}
        if len(joined) >= ONE_SLIP_LETTERS:
            for key in self._heard.get(heard, ()):
                known = key.replace(" ", "")
                slips = OSA.distance(joined, known, score_cutoff=_SLIPS_BY_EAR)
                if known[0] == joined[0] and slips <= _SLIPS_BY_EAR:
                    self._collect(key, joined, int(slips), matches)
        return list(matches.values())

    def _collect(self, key: str, joined: str, slips: int, matches: dict[int, Match]) -> None:
        alike = sound(key) == sound(joined)
        for match in self.exact(key.split()):
            matches[match.entry.id] = Match(
                match.entry, "spelling", 0.75 - 0.1 * slips, slips, alike
            )

    def _keys(self, joined: str) -> list[str]:
        """The names that are these letters, spaces left out."""
        known = joined in self._names or joined in self._aliases
        return [joined] * known + self._joined.get(joined, [])

    def candidates(self, words: Sequence[str]) -> list[Match]:
        """Places these folded words may name: the exact ones, else those spelled alike."""
        return self.exact(words) or self.spelled(words)

    def search(self, query: str, limit: int = 10) -> list[Match]:
        """Places for a person who types a name, best first: "kip", "Kippini", "Moa, Tana River"."""
        name, _, parent = query[:100].partition(",")
        words = fold(name).split()
        if not words:
            return []
        found = {match.entry.id: match for match in reversed(self._prefixed(" ".join(words)))}
        found |= {match.entry.id: match for match in self.spelled(words)}
        found |= {match.entry.id: match for match in self.exact(words)}
        wanted = fold(parent)
        ranked = sorted(found.values(), key=lambda match: _rank(match, wanted))
        return ranked[:limit]

    @cached_property
    def _starts(self) -> list[tuple[str, str]]:
        """Every word start of every key, sorted, for finding by prefix."""
        keys = {*self._names, *self._aliases}
        starts = ((key.split(), key) for key in keys)
        return sorted(
            (" ".join(words[at:]), key) for words, key in starts for at in range(len(words))
        )

    def _prefixed(self, start: str) -> list[Match]:
        found: list[Match] = []
        at = bisect_left(self._starts, (start, ""))
        for suffix, key in self._starts[at : at + 500]:
            if not suffix.startswith(start):
                break
            score = 0.8 if key.startswith(start) else 0.6
            found += [Match(match.entry, match.found_by, score) for match in self.exact([key])]
        return found

    def _add(self, entry: Entry) -> None:
        own = _key(fold(entry.name).split())
        if not own:
            return
        self._names[own].append(entry)
        others = {_key(fold(alias).split()) for alias in entry.aliases}
        others |= {_bare(key) for key in (own, *others)}
        if entry.population >= _INITIALS_FROM and own.count(" ") >= 2:
            others.add("".join(word[0] for word in own.split()))
        for key in others - {own, ""}:
            self._aliases[key].append(entry)
        if entry.kind not in AREAS:
            for parent in {self.parent(entry.county), self.parent(entry.region)} - {""}:
                self._members[parent].append(entry)


def _cell(position: Position) -> tuple[int, int]:
    return floor(position.lat / _CELL_DEGREES), floor(position.lon / _CELL_DEGREES)


def _same_region(area: Entry, member: Entry) -> bool:
    return not area.region or not member.region or area.region == member.region


def _key(words: Sequence[str]) -> str:
    if len(words) > 1 and words[-1] in _ROMAN:
        words = [*words[:-1], _ROMAN[words[-1]]]
    if words and words[0] in _SHORTENED:
        words = [_SHORTENED[words[0]], *words[1:]]
    return " ".join(words)


def _respellings(key: str, alike: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Every spelling that is one swap away, at each place where the letters stand."""
    for pair in alike:
        for one, other in (pair, pair[::-1]):
            at = key.find(one) if one else -1
            while at >= 0:
                yield key[:at] + other + key[at + len(one) :]
                at = key.find(one, at + 1)


def _bare(key: str) -> str:
    """The name without a list's generic last word, number or article ("baraga 1": "baraga")."""
    words = key.split()
    while len(words) > 1 and (words[-1] in _GENERIC or words[-1].isdigit()):
        words.pop()
    if len(words) > 1 and words[0] in _ARTICLES and len("".join(words[1:])) >= ONE_SLIP_LETTERS:
        words.pop(0)
    bare = " ".join(words)
    return bare if len(bare) > 2 else ""


def _rank(match: Match, parent: str) -> tuple[bool, float, int, int, str]:
    entry = match.entry
    elsewhere = bool(parent) and parent not in fold(f"{entry.county} {entry.region}")
    return elsewhere, -match.score, -entry.population, entry.precision_m, entry.name
