"""One place of a gazetteer, how exact its point is, and a match with a piece of text."""

from dataclasses import dataclass

from gateway.terms.geo import Position

AREAS = frozenset({"county", "region", "country", "district", "province", "macroregion"})
# How far from its point a place of each kind may still reach, in metres.
_PRECISION_M = {
    "campus": 500,
    "health site": 500,
    "neighbourhood": 1_000,
    "village": 1_500,
    "locality": 1_500,
    "town": 4_000,
    "borough": 4_000,
    "ward": 5_000,
    "localadmin": 10_000,
    "district": 40_000,
    "county": 40_000,
    "province": 100_000,
    "region": 100_000,
    "macroregion": 200_000,
    "country": 400_000,
}
# What a text may name beside a village.
LANDMARKS = frozenset({
    "market", "school", "campus", "church", "mission", "mosque", "bridge", "health site", "police",
    "barracks", "well", "dam", "border post",
})  # fmt: skip
_UNKNOWN_KIND_M = 5_000
_VILLAGE = 500
_SEAT = 5_000
_PROMINENCE = {"town": 5_000, "county": 3_000, "region": 5_000, "province": 5_000, "ward": 2_000}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the gazetteer; `id` is ours, `source_id` the list's it came from."""

    id: int
    name: str
    lat: float
    lon: float
    kind: str
    region: str = ""
    county: str = ""
    population: int = 0
    aliases: tuple[str, ...] = ()
    source_id: str = ""
    priority: int = 0  # of the list it came from; higher wins among same-named places
    extent_m: int = 0  # how far it reaches from its point, where the list says so

    @property
    def position(self) -> Position:
        return Position(self.lat, self.lon)

    @property
    def prominence(self) -> float:
        """How well known it is beside others of its name, in people or what stands for them."""
        known = _SEAT if self.is_seat else _PROMINENCE.get(self.kind, _VILLAGE)
        return max(self.population, known) + _VILLAGE

    @property
    def is_seat(self) -> bool:
        """A town that its county or region is named after."""
        return self.kind not in AREAS and self.name in (self.county, self.region)

    @property
    def precision_m(self) -> int:
        """How far, in metres, what happens "in" this place may be from its point."""
        least = self.extent_m or _PRECISION_M.get(self.kind, _UNKNOWN_KIND_M)
        if self.population >= 100_000:
            return max(least, 8_000)
        return max(least, 4_000) if self.population >= 20_000 else least


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a piece of text may mean; `score` is 1 for its very name."""

    entry: Entry
    found_by: str  # name, alias, spelling
    score: float
    slips: int = 0
    heard_alike: bool = True
