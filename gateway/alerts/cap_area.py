"""An alert's area as CAP describes it: discs, polygons and places, whatever the language.

What is left out of an area is never said: a hole in a public map would show where an armed group
holds the ground, or who is afraid of whom.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from gateway.alerts.cap import CapArea, Code, Disc
from gateway.terms.area import Area, Circle, Corridor, Spot
from gateway.terms.geo import Position
from gateway.terms.polygon import Polygon

PLACE = "gateway-place"  # our own number of a place, as the pages and exports give it
_SPOT_M = 1_000  # how far a village reaches where its list does not say
_ROUNDED_M = 80  # the most that a position moves by being given in thousandths of a degree
_NAMED = 20  # places; a description is read by people


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What the list of places says of one: how far it reaches, its code in its source."""

    extent_m: int = 0
    code: Code | None = None


def cap_area(
    area: Area, name: str, place_id: int | None, places: Mapping[int, PlaceFacts]
) -> CapArea:
    """All of it in one; `name` and `place_id` are the alert's own place."""
    words = [_circle_words(circle, name) for circle in area.circles]
    words += [_way_words(area.corridor, name)] if area.corridor else []
    words += [_drawn_words(area.polygon)] if area.polygon else []
    words += [_spot_words(area.spots)] if area.spots else []
    discs = [_disc(circle) for circle in area.circles]
    ids = dict.fromkeys(spot.place_id for spot in area.spots)
    inside = area.polygon is not None and area.polygon.name
    if place_id is not None and (area.circles or area.corridor or inside):
        ids = dict.fromkeys((place_id, *ids))
    return CapArea(
        "; ".join(words),
        polygons=tuple(_closed(corners) for corners in _outlines(area)),
        discs=(*discs, *(_spot_disc(spot, places) for spot in area.spots)),
        geocodes=tuple(code for one in ids for code in _codes(one, places)),
    )


def _circle_words(circle: Circle, name: str) -> str:
    return f"{circle.name or name} ({circle.radius_m / 1000:g} km)".strip()


def _way_words(way: Corridor, name: str) -> str:
    ends = " – ".join(end for end in (way.from_name or name, way.to_name) if end)
    return f"{ends} ({way.width_m / 1000:g} km)".strip()


def _drawn_words(drawn: Polygon) -> str:
    return f"{drawn.name} (⌀ {drawn.across_m / 1000:.0f} km)".strip()


def _spot_words(spots: tuple[Spot, ...]) -> str:
    names = ", ".join(spot.name for spot in spots[:_NAMED])
    more = len(spots) - _NAMED
    return f"{names} (+{more})" if more > 0 else names


def _disc(circle: Circle) -> Disc:
    """A little wider than approved: its centre is rounded, so that no map points at one house."""
    return Disc(_rounded(circle.position), ceil((circle.radius_m + _ROUNDED_M) / 100) / 10)


def _spot_disc(spot: Spot, places: Mapping[int, PlaceFacts]) -> Disc:
    reach_m = places.get(spot.place_id, PlaceFacts()).extent_m or _SPOT_M
    return _disc(Circle(spot.lat, spot.lon, reach_m))


def _outlines(area: Area) -> Iterator[Sequence[Position]]:
    if area.corridor is not None:
        yield area.corridor.corners()
    if area.polygon is not None:
        yield area.polygon.positions


def _closed(corners: Sequence[Position]) -> tuple[Position, ...]:
    rounded = [_rounded(corner) for corner in corners]
    return (*rounded, rounded[0])


def _codes(place_id: int, places: Mapping[int, PlaceFacts]) -> tuple[Code, ...]:
    own, known = Code(PLACE, str(place_id)), places.get(place_id, PlaceFacts()).code
    return (own,) if known is None else (own, known)


def _rounded(position: Position) -> Position:
    return Position(round(position.lat, 3), round(position.lon, 3))
