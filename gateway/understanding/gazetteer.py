"""The deployment's places by name: exact, by alias, and by spelling within honest limits."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from gateway.understanding.entries import AREAS, Entry, Match
from gateway.understanding.folding import fold
from gateway.understanding.spelling import Speller

__all__ = ["AREAS", "Entry", "Gazetteer", "Match"]

_STRAYS_IN = 500
_JOINED_LETTERS = 7  # "ka kuma" may be Kakuma, but "ya la" is not Yala
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
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
        self._joined: defaultdict[str, set[str]] = defaultdict(set)
        for entry in self._entries.values():
            self._add(entry)
        for key in (*self._names, *self._aliases):
            self._joined[key.replace(" ", "")].add(key)
        self._speller = Speller(self._joined)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, entry_id: int) -> Entry | None:
        """The entry with our id, or None."""
        return self._entries.get(entry_id)

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
        """Places whose name is a slip or two away; never for names under five letters."""
        joined = _key(words).replace(" ", "")
        if len(words) > 1 and len(joined) < _JOINED_LETTERS:
            return []
        found = self._speller.near(joined)
        if not found:
            return []
        best = found[0][1]
        keys = [key for near, slips in found if slips == best for key in self._joined[near]]
        matches = {match.entry.id: match.entry for key in keys for match in self.exact(key.split())}
        return [Match(entry, "spelling", 0.75 - 0.1 * best) for entry in matches.values()]

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
        for key in others - {own, ""}:
            self._aliases[key].append(entry)


def _key(words: Sequence[str]) -> str:
    if len(words) > 1 and words[-1] in _ROMAN:
        words = [*words[:-1], _ROMAN[words[-1]]]
    return " ".join(words)


def _bare(key: str) -> str:
    """The name without a list's generic last word or number ("baraga 1" becomes "baraga")."""
    words = key.split()
    while len(words) > 1 and (words[-1] in _GENERIC or words[-1].isdigit()):
        words.pop()
    bare = " ".join(words)
    return bare if len(bare) > 2 else ""


def _rank(match: Match, parent: str) -> tuple[bool, float, int, int, str]:
    entry = match.entry
    elsewhere = bool(parent) and parent not in fold(f"{entry.county} {entry.region}")
    return elsewhere, -match.score, -entry.population, entry.precision_m, entry.name
