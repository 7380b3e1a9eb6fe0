"""Whether a group seen in one place can be the one seen in another: ways, courses and speeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, atan2, cos, degrees, inf, radians, sin
from typing import Protocol

import h3.api.basic_int as h3

from gateway.terms.geo import EARTH_RADIUS_M, Position, distance_m

# Metres an hour at the most, with a margin; where nobody says how they travel, on motorbikes.
_FASTEST = {"foot": 8_000.0, "horse": 18_000.0, "boat": 35_000.0, "vehicle": 80_000.0}
_UNKNOWN = 50_000.0
_ROOM_M = 3_000.0  # a group is not a point, and clocks in villages differ
_ROUGH_M = 20_000  # what is known still more roughly says nothing
ALONG_M = 25_000.0  # how far a compass word alone leads
_SAME_TARGET_M, _OTHER_TARGET_M = 6_000.0, 10_000.0
_SAME_DEG, _OTHER_DEG = 40.0, 90.0
_MOST_CELLS = 40
INDEX_RESOLUTION = 5  # edge 9.9 km: what is within reach is in a few dozen cells


class Seen(Protocol):
    """What a way is worked out from."""

    @property
    def position(self) -> Position | None: ...
    @property
    def precision_m(self) -> int: ...
    @property
    def begin(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def origin(self) -> Position | None: ...
    @property
    def target(self) -> Position | None: ...
    @property
    def bearing_deg(self) -> int | None: ...
    @property
    def travel(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Way:
    """From the earlier sighting to the later one: whether it lies on the way, and how far aside."""

    on_it: bool = False
    aside_m: float = inf
    too_fast: bool = False
    same_course: bool | None = None  # None where one of them does not say where they go


def way_between(one: Seen, other: Seen) -> Way:
    """The way of a group that was where the earlier one saw it and then where the later one did."""
    earlier, later = sorted((one, other), key=lambda seen: (seen.begin, seen.end))
    here, there = earlier.position, later.position
    if here is None or there is None:
        return Way()
    hours = max(0.0, (later.end - earlier.begin).total_seconds() / 3600)
    room = _ROOM_M + (min(earlier.precision_m, _ROUGH_M) + min(later.precision_m, _ROUGH_M)) / 2
    fastest = _FASTEST.get(earlier.travel or later.travel or "", _UNKNOWN)
    too_fast = distance_m(here, there) - room > fastest * hours
    aside = min(_aside(earlier, here, there), _from_origin(earlier, later))
    return Way(
        on_it=not too_fast and aside <= room,
        aside_m=aside,
        too_fast=too_fast,
        same_course=_same_course(earlier, later),
    )


def cells_of(
    position: Position | None, target: Position | None = None, bearing_deg: int | None = None
) -> list[int]:
    """The index cells that a sighting touches: its own, and those on the way that it tells of."""
    if position is None:
        return []
    end = target or (ahead(position, bearing_deg, ALONG_M) if bearing_deg is not None else None)
    own = _cell(position)
    if end is None:
        return [own]
    on_the_way: Sequence[int] = (
        h3.grid_path_cells(own, _cell(end)) if _is_near(own, end) else (own,)
    )
    return list(dict.fromkeys([own, *on_the_way, _cell(end)]))


def cells_around(position: Position, radius_m: float) -> list[int]:
    """The index cells that cover every point within the radius."""
    rings = int(radius_m / _RING_M) + 1
    return list(h3.grid_disk(_cell(position), rings))


def ahead(start: Position, bearing_deg: float, metres: float) -> Position:
    """The point so far along a great circle (Williams, Aviation Formulary)."""
    arc, course = metres / EARTH_RADIUS_M, radians(bearing_deg)
    lat = radians(start.lat)
    end_lat = asin(sin(lat) * cos(arc) + cos(lat) * sin(arc) * cos(course))
    turn = atan2(sin(course) * sin(arc) * cos(lat), cos(arc) - sin(lat) * sin(end_lat))
    return Position(degrees(end_lat), (start.lon + degrees(turn) + 540) % 360 - 180)


_RING_M = 7_500.0  # what one more ring of cells is sure to add


def _aside(earlier: Seen, here: Position, there: Position) -> float:
    """Metres from the way that the earlier sighting tells of; infinite where it tells of none."""
    if earlier.target is not None:
        return _from_segment(here, earlier.target, there)
    if earlier.bearing_deg is not None:
        return _from_segment(here, ahead(here, earlier.bearing_deg, ALONG_M), there)
    return inf


def _from_origin(earlier: Seen, later: Seen) -> float:
    """Metres between where they are said to come from and where they were seen before."""
    if later.origin is None or earlier.position is None:
        return inf
    return distance_m(later.origin, earlier.position)


def _from_segment(start: Position, end: Position, point: Position) -> float:
    """Metres from a point to a line between two, on a plane: ways are tens of kilometres long."""
    scale = cos(radians(start.lat))
    ax, ay = (end.lon - start.lon) * scale, end.lat - start.lat
    bx, by = (point.lon - start.lon) * scale, point.lat - start.lat
    length = ax * ax + ay * ay
    part = 0.0 if length == 0 else max(0.0, min(1.0, (ax * bx + ay * by) / length))
    foot = Position(start.lat + part * ay, start.lon + part * (end.lon - start.lon))
    return distance_m(foot, point)


def _same_course(earlier: Seen, later: Seen) -> bool | None:
    """None too where they have reached what they went for, and may go on anywhere."""
    if _has_arrived(earlier, later):
        return None
    if earlier.target is not None and later.target is not None:
        apart = distance_m(earlier.target, later.target)
        return True if apart <= _SAME_TARGET_M else False if apart > _OTHER_TARGET_M else None
    if earlier.bearing_deg is None or later.bearing_deg is None:
        return None
    turn = abs((earlier.bearing_deg - later.bearing_deg + 180) % 360 - 180)
    return True if turn <= _SAME_DEG else False if turn >= _OTHER_DEG else None


def _has_arrived(earlier: Seen, later: Seen) -> bool:
    if earlier.target is None or later.position is None:
        return False
    return distance_m(earlier.target, later.position) <= _SAME_TARGET_M


def _cell(position: Position) -> int:
    cell: int = h3.latlng_to_cell(position.lat, position.lon, INDEX_RESOLUTION)
    return cell


def _is_near(own: int, end: Position) -> bool:
    """Whether the way is short enough to be written down; no group walks across a country."""
    try:
        return bool(h3.grid_distance(own, _cell(end)) <= _MOST_CELLS)
    except Exception:  # h3 knows no path over a pentagon
        return False
