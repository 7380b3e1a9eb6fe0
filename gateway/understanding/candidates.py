"""Decides which of several places of one name a text means, or how far they lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.terms.geo import Position, distance_m
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import AREAS, Entry, Match

SENDER_REACH_M = 150_000.0  # beyond it, living nearer to one place than another says little
WIDEST_M = 100_000.0  # an answer less exact than this would warn a whole region
_ONE_PLACE_M = 5_000.0  # lists place the same village a few kilometres apart
_BIG_TOWN = 5_000  # people; known far beyond its surroundings
_FAR_BIGGER = 10  # times the people
_CLEARLY = 1.5  # how many times nearer the nearest must be


@dataclass(frozen=True, slots=True)
class Choice:
    """The place chosen (or the middle of several), and the reason in words."""

    name: str
    entry: Entry | None  # None where several places are covered
    lat: float
    lon: float
    precision_m: int
    certainty: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What else is known: areas the text names, places it names surely, where the sender lives."""

    areas: frozenset[str]
    area_entries: tuple[Entry, ...]
    anchors: tuple[Position, ...]
    home: Entry | None


def choose(matches: Sequence[Match], kind_said: str, hints: Hints) -> Choice | str:
    """One place, one honest circle over several, or in words why there is none."""
    entries = _of_kind([match.entry for match in _by_name(matches)], kind_said)
    inside = _inside(entries, hints)
    if inside:
        return _settle(inside, "in the area named", 0.95, hints)
    return _settle(entries, "", 0.9, hints)


def _by_name(matches: Sequence[Match]) -> Sequence[Match]:
    """A village of this very name before what only begins with it: Lamu, not Lamu Airport."""
    named = [match for match in matches if match.found_by == "name"]
    return named if any(match.entry.kind not in AREAS for match in named) else matches


def _of_kind(entries: list[Entry], kind_said: str) -> list[Entry]:
    """Drops the county a town gave its name to, or the town where the text says county."""
    if kind_said == "area":
        return [entry for entry in entries if entry.kind in AREAS] or entries
    small = [entry for entry in entries if entry.kind not in AREAS]
    if kind_said == "settlement":
        return small or entries
    return [e for e in entries if e.kind not in AREAS or not _holds_any(e, small)] or entries


def _holds_any(area: Entry, small: Sequence[Entry]) -> bool:
    """By their list, or by distance, since middles of counties lie far from their seats."""
    reach, own = 1.5 * area.precision_m, fold(area.name)
    return any(
        own in _parents(entry) or distance_m(area.position, entry.position) <= reach
        for entry in small
    )


def _inside(entries: Sequence[Entry], hints: Hints) -> list[Entry]:
    """Those in an area the text names: by their list, else by distance from its middle."""
    named = [entry for entry in entries if _is_within(entry, hints.areas)]
    if named:
        return named
    areas = [area for area in hints.area_entries if area not in entries]
    return [
        entry
        for entry in entries
        if any(distance_m(entry.position, a.position) <= 2 * a.precision_m for a in areas)
    ]


def _is_within(entry: Entry, areas: frozenset[str]) -> bool:
    own = fold(entry.name)
    return any(area and area != own and area in areas for area in _parents(entry))


def _parents(entry: Entry) -> tuple[str, str]:
    return fold(entry.county), fold(entry.region)


def _settle(entries: Sequence[Entry], reason: str, certainty: float, hints: Hints) -> Choice | str:
    finest = min(entries, key=lambda entry: entry.precision_m)
    if _spread(entries) <= max(_ONE_PLACE_M, finest.precision_m):
        return _one(finest, certainty, reason or "only one")
    if hints.home:
        near = _nearest(entries, [hints.home.position], SENDER_REACH_M)
        if near:
            return _by_distance(near, entries, hints.home.position, "sender")
    for anchor in hints.anchors:
        near = _nearest(entries, [anchor], WIDEST_M)
        if near:
            return _by_distance(near, entries, anchor, "another place in the text")
    return _cover(entries)


def _by_distance(near: Entry, entries: Sequence[Entry], origin: Position, what: str) -> Choice:
    """The nearest; where another is about as near, the circle takes that in and says so."""
    away = distance_m(near.position, origin)
    rivals = [
        entry
        for entry in entries
        if entry != near and distance_m(entry.position, origin) < _CLEARLY * away
    ]
    reach = max((distance_m(near.position, rival.position) for rival in rivals), default=0.0)
    reason = f"nearest to {what} {away / 1_000:.0f} km"
    if reach <= _ONE_PLACE_M:
        return _one(near, 0.85, reason)
    precision = int(min(WIDEST_M, max(reach, near.precision_m)))
    reason += f", though {len(rivals)} more of that name are about as near"
    return Choice(near.name, near, near.lat, near.lon, precision, 0.5, reason)


def _nearest(entries: Sequence[Entry], origins: Sequence[Position], reach_m: float) -> Entry | None:
    away = {e: min(distance_m(e.position, o) for o in origins) for e in entries}
    near = [entry for entry in entries if away[entry] <= reach_m]
    return min(near, key=lambda entry: (away[entry], entry.precision_m), default=None)


def _cover(entries: Sequence[Entry]) -> Choice | str:
    """Nothing decides: a known town, else one circle over all, else no place at all."""
    most = max(entry.population for entry in entries)
    towns = [e for e in entries if e.population >= max(_BIG_TOWN, most / _FAR_BIGGER)]
    towns = towns or [entry for entry in entries if _gives_name(entry)]
    if len(towns) == 1:
        return _one(towns[0], 0.6, f"by far the best known of {len(entries)} of that name")
    lat = sum(entry.lat for entry in entries) / len(entries)
    lon = sum(entry.lon for entry in entries) / len(entries)
    middle = Position(lat, lon)
    radius = max(distance_m(middle, e.position) + e.precision_m for e in entries)
    name, count = entries[0].name, len(entries)
    if radius > WIDEST_M:
        return f"{count} places of that name up to {_spread(entries) / 1_000:.0f} km apart"
    return Choice(name, None, lat, lon, int(radius), 0.4, f"covers {count} places of that name")


def _gives_name(entry: Entry) -> bool:
    """A county's seat, or the county itself, is better known than villages of the same name."""
    own = fold(entry.name)
    return entry.kind in AREAS or own in _parents(entry)


def _spread(entries: Sequence[Entry]) -> float:
    first = entries[0].position
    if len(entries) > 30:  # enough to know that they are scattered
        return max(distance_m(first, entry.position) for entry in entries)
    return max(distance_m(a.position, b.position) for a in entries for b in entries)


def _one(entry: Entry, certainty: float, reason: str) -> Choice:
    return Choice(entry.name, entry, entry.lat, entry.lon, entry.precision_m, certainty, reason)
