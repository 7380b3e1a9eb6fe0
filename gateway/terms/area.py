"""The area of an alert: circles, places, a drawn shape, the way ahead of a group, and what is left
out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import cos, hypot, radians
from typing import Any

from gateway.terms.geo import Position, cells_within, centre_of, distance_m
from gateway.terms.polygon import Polygon

_DEGREE_M = 111_195.0  # of latitude, on the mean sphere
# How wide a ring of people is who are told one after the other: two cells of the index, so that
# nobody of a ring is nearer than the one before it began.
RING_M = 8_000.0
_STEP_M = 3_200.0
_CELL_M = 6_000.0  # no cell of the index reaches so far from its middle


@dataclass(frozen=True, slots=True)
class Circle:
    """Everybody within `radius_m` of a point; `by` says why a circle is left out."""

    lat: float
    lon: float
    radius_m: int
    name: str = ""
    by: str = ""  # of one left out: chosen, or controlled (by an armed group)

    @property
    def position(self) -> Position:
        """Its centre."""
        return Position(self.lat, self.lon)

    def holds(self, position: Position) -> bool:
        """To the metre, as the search in the database counts."""
        return round(distance_m(self.position, position)) <= self.radius_m


@dataclass(frozen=True, slots=True)
class Spot:
    """Everybody at home in one place of the list, or who joined it."""

    place_id: int
    name: str
    lat: float
    lon: float
    by: str = "chosen"  # chosen, child (of a chosen county or region) or linked


@dataclass(frozen=True, slots=True)
class Corridor:
    """The way ahead of a group: from where it is to where it will be, so wide to either side."""

    lat: float
    lon: float
    to_lat: float
    to_lon: float
    width_m: int  # to either side
    speed_kmh: float
    from_name: str = ""
    to_name: str = ""  # what lies near the end; empty where only a direction is known
    back_m: int = 1_000  # people right behind it may still be in its reach
    seen_at: str = ""  # when it was where it is drawn from, ISO 8601; empty: when it was drawn

    @property
    def position(self) -> Position:
        """Where the group is."""
        return Position(self.lat, self.lon)

    @property
    def end(self) -> Position:
        """Where the way ends."""
        return Position(self.to_lat, self.to_lon)

    @property
    def way(self) -> tuple[float, float]:
        """Metres east and north from the group to the end, on the plane."""
        return self._flat(self.end)

    @property
    def length_m(self) -> float:
        """From the group to the end."""
        return hypot(*self.way)

    def along_and_aside(self, position: Position) -> tuple[float, float]:
        """Metres ahead of the group along the way (behind it negative), and metres beside it.

        On a plane through the group: ways are tens of kilometres long.
        """
        x, y = self._flat(position)
        (dx, dy), length = self.way, self.length_m
        if length == 0:
            return 0.0, hypot(x, y)
        return (x * dx + y * dy) / length, abs(x * dy - y * dx) / length

    def holds(self, position: Position) -> bool:
        """Whether it is ahead of the group, or right beside it."""
        along, aside = self.along_and_aside(position)
        return -self.back_m <= along <= self.length_m and aside <= self.width_m

    def minutes_to(self, position: Position) -> float:
        """Until the group can be there, from `seen_at` on; 0 for whoever is beside it."""
        return max(0.0, self.along_and_aside(position)[0]) / (self.speed_kmh * 1000) * 60

    def line_at(self, minutes: float) -> tuple[Position, Position] | None:
        """The line across it that they reach so long after `seen_at`; None beyond its end."""
        along, length = self.speed_kmh * 1000 / 60 * minutes, self.length_m
        if not 0 <= along <= length or length == 0:
            return None
        dx, dy = self.way
        ux, uy = dx / length, dy / length
        left, right = (
            self._round(ux * along - uy * side, uy * along + ux * side)
            for side in (self.width_m, -self.width_m)
        )
        return left, right

    def corners(self) -> list[Position]:
        """Of the strip, around it; the first is not repeated."""
        (dx, dy), length = self.way, self.length_m or 1.0
        ux, uy = dx / length, dy / length
        ends = (-float(self.back_m), self.length_m)
        flat = [
            (ux * along - uy * side, uy * along + ux * side)
            for along, side in (
                (ends[0], self.width_m), (ends[1], self.width_m),
                (ends[1], -self.width_m), (ends[0], -self.width_m),
            )
        ]  # fmt: skip
        return [self._round(x, y) for x, y in flat]

    @property
    def plane(self) -> tuple[float, float]:
        """Metres a degree of latitude and of longitude where the group is."""
        return _DEGREE_M, _DEGREE_M * cos(radians(self.lat))

    def _flat(self, position: Position) -> tuple[float, float]:
        north, east = self.plane
        return _turn(self.lon, position.lon) * east, (position.lat - self.lat) * north

    def _round(self, x: float, y: float) -> Position:
        north, east = self.plane
        lat = max(-90.0, min(90.0, self.lat + y / north))
        return Position(lat, _in_range(self.lon + x / east))


@dataclass(frozen=True, slots=True)
class Area:
    """Who is in it is decided by this value alone; nearest first is meant from its centre."""

    lat: float
    lon: float
    circles: tuple[Circle, ...] = ()
    spots: tuple[Spot, ...] = ()
    corridor: Corridor | None = None
    without: tuple[Circle, ...] = ()
    without_places: tuple[Spot, ...] = ()
    despite: tuple[Circle, ...] = ()  # controlled ones whose people are told all the same
    polygon: Polygon | None = None

    @classmethod
    def around(cls, circle: Circle) -> "Area":
        """One circle, which is what most alerts need."""
        return cls(circle.lat, circle.lon, circles=(circle,))

    @classmethod
    def of_json(cls, tree: Mapping[str, Any]) -> "Area":
        """What `as_json` gave."""
        corridor, polygon = tree.get("corridor"), tree.get("polygon")
        return cls(
            lat=tree["lat"],
            lon=tree["lon"],
            circles=tuple(Circle(**one) for one in tree.get("circles", ())),
            spots=tuple(Spot(**one) for one in tree.get("spots", ())),
            corridor=Corridor(**corridor) if corridor else None,
            without=tuple(Circle(**one) for one in tree.get("without", ())),
            without_places=tuple(Spot(**one) for one in tree.get("without_places", ())),
            despite=tuple(Circle(**one) for one in tree.get("despite", ())),
            polygon=_polygon(polygon) if polygon else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values, as the database and the hash keep them."""
        return {name: value for name, value in _plain(asdict(self)).items() if value is not None}

    @property
    def centre(self) -> Position:
        """Where the danger is."""
        return Position(self.lat, self.lon)

    @property
    def is_empty(self) -> bool:
        """Whether nobody can be in it."""
        return not (self.circles or self.spots or self.corridor or self.polygon)

    @property
    def reach_m(self) -> float:
        """How far from the centre its farthest part is."""
        ends = [distance_m(self.centre, one.position) + one.radius_m for one in self.circles]
        ends += [distance_m(self.centre, Position(one.lat, one.lon)) for one in self.spots]
        if self.corridor is not None:
            ends += [distance_m(self.centre, corner) for corner in self.corridor.corners()]
        if self.polygon is not None:
            ends += [distance_m(self.centre, corner) for corner in self.polygon.positions]
        return max(ends, default=0.0)

    def holds(self, position: Position, place_id: int | None = None) -> bool:
        """Whether somebody at home (or joined) there is to be told."""
        if self.leaves_out(position, place_id):
            return False
        if place_id is not None and any(spot.place_id == place_id for spot in self.spots):
            return True
        return self.covers(position)

    def covers(self, position: Position) -> bool:
        """Whether the point lies in a circle, in the drawn shape or in the corridor."""
        ahead = self.corridor is not None and self.corridor.holds(position)
        drawn = self.polygon is not None and self.polygon.holds(position)
        return ahead or drawn or any(circle.holds(position) for circle in self.circles)

    def leaves_out(self, position: Position, place_id: int | None = None) -> bool:
        """Whether it is kept from people there, whatever else holds."""
        named = any(spot.place_id == place_id for spot in self.without_places)
        return named or any(circle.holds(position) for circle in self.without)

    def distance_m(self, position: Position) -> int:
        """From the centre; nearest are told first."""
        return round(distance_m(self.centre, position))

    def box(self) -> tuple[float, float, float, float]:
        """South, west, north, east around circles, shape and corridor, in degrees.

        Over the date line, west lies beyond -180 or east beyond 180.
        """
        boxes = [self._box_of(circle.position, circle.radius_m) for circle in self.circles]
        if self.corridor is not None:
            boxes += [self._box_of(corner, 0) for corner in self.corridor.corners()]
        if self.polygon is not None:
            boxes += [self._box_of(corner, 0) for corner in self.polygon.positions]
        if not boxes:
            return self.lat, self.lon, self.lat, self.lon
        return (
            min(box[0] for box in boxes), min(box[1] for box in boxes),
            max(box[2] for box in boxes), max(box[3] for box in boxes),
        )  # fmt: skip

    def ring_of(self, position: Position) -> int:
        """Which ring around the centre it is in, from 0."""
        return int(distance_m(self.centre, position) / RING_M)

    def rings(self) -> dict[int, list[int]]:
        """The cells that cover circles, shape and corridor, by their ring; the nearest first."""
        away = {cell: distance_m(self.centre, centre_of(cell)) for cell in self._cells()}
        by_ring: dict[int, list[int]] = {}
        for cell in sorted(away, key=lambda cell: (away[cell], cell)):
            by_ring.setdefault(int(away[cell] / RING_M), []).append(cell)
        return by_ring

    def _box_of(self, position: Position, radius_m: float) -> tuple[float, float, float, float]:
        up = radius_m / _DEGREE_M * 1.01
        side = up / max(0.01, cos(radians(min(89.0, abs(position.lat) + up))))
        lon = self.lon + _turn(self.lon, position.lon)
        return position.lat - up, lon - side, position.lat + up, lon + side

    def _cells(self) -> Iterable[int]:
        cells: set[int] = set()
        for circle in self.circles:
            cells.update(
                cell
                for cell in cells_within(circle.position, circle.radius_m)
                if distance_m(circle.position, centre_of(cell)) <= circle.radius_m + _CELL_M
            )
        if self.corridor is not None:
            cells.update(_cells_of(self.corridor))
        if self.polygon is not None:
            cells.update(self.polygon.cells())
        return cells


def _cells_of(corridor: Corridor) -> Iterable[int]:
    """By discs along its middle line, near enough to leave no gap."""
    steps = int(corridor.length_m / _STEP_M) + 1
    turn = _turn(corridor.lon, corridor.to_lon)
    reach = corridor.width_m + _STEP_M + corridor.back_m
    for step in range(steps + 1):
        part = step / steps
        lat = corridor.lat + part * (corridor.to_lat - corridor.lat)
        point = Position(lat, _in_range(corridor.lon + part * turn))
        for cell in cells_within(point, reach):
            if distance_m(point, centre_of(cell)) <= reach + _CELL_M:
                yield cell


def _polygon(tree: Mapping[str, Any]) -> Polygon:
    return Polygon(tuple((lat, lon) for lat, lon in tree["corners"]), tree.get("name", ""))


def _turn(from_lon: float, to_lon: float) -> float:
    """Degrees eastward, the shorter way round."""
    return (to_lon - from_lon + 540) % 360 - 180


def _in_range(lon: float) -> float:
    return (lon + 540) % 360 - 180


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
