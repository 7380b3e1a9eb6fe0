"""A shape drawn corner by corner: who is inside, whether it can be used, where its middle is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from gateway.terms.geo import Position, cells_inside, cells_within, distance_m

MOST_CORNERS = 30
MOST_ACROSS_M = 300_000
LEAST_M2 = 100_000.0  # a map tells positions to about 100 m: less room could be one house
_STEP_M = 3_200.0
_DEGREE_M = 111_195.0  # of latitude, on the mean sphere

Point = tuple[float, float]  # degrees east, degrees north


@dataclass(frozen=True, slots=True)
class Edge:
    """One side, from its southern end up; `slope` is degrees east for each degree north."""

    south: float
    north: float
    start: float
    slope: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """Straight sides on the plane of latitude and longitude, as the map shows them.

    `corners` are (latitude, longitude) in their order; the first is not repeated.
    """

    corners: tuple[tuple[float, float], ...]
    name: str = ""  # of the place of the event, where that lies inside

    @property
    def positions(self) -> list[Position]:
        """The corners."""
        return [Position(lat, lon) for lat, lon in self.corners]

    @property
    def points(self) -> list[Point]:
        """The corners on a plane; over the date line east goes on beyond 180, west below -180."""
        first = self.corners[0][1]
        return [(first + _turn(first, lon), lat) for lat, lon in self.corners]

    @property
    def wraps(self) -> int:
        """Over which side of the date line it reaches: 1 beyond 180, -1 below -180, 0 not."""
        lons = [x for x, _ in self.points]
        return 1 if max(lons) > 180 else -1 if min(lons) < -180 else 0

    @property
    def edges(self) -> list[Edge]:
        """Its sides but those from east to west, which no count of crossings needs."""
        found = []
        for one, other in _sides(self.points):
            (x, south), (to_x, north) = sorted((one, other), key=lambda point: point[1])
            if south < north:
                found.append(Edge(south, north, x, (to_x - x) / (north - south)))
        return found

    def holds(self, position: Position) -> bool:
        """By the number of sides to its east, counted as the search in the database counts."""
        lat, lon, wraps = position.lat, position.lon, self.wraps
        x = lon + 360 if wraps > 0 and lon < 0 else lon - 360 if wraps < 0 and lon > 0 else lon
        crossed = sum(
            edge.south <= lat < edge.north and x < edge.start + (lat - edge.south) * edge.slope
            for edge in self.edges
        )
        return crossed % 2 == 1

    @property
    def centre(self) -> Position:
        """Its centre of gravity; of a shape without room inside, the middle of its corners."""
        points = self.points
        x0, y0 = points[0]
        doubled = east = north = 0.0
        for (x, y), (to_x, to_y) in _sides([(x - x0, y - y0) for x, y in points]):
            cross = x * to_y - to_x * y
            doubled += cross
            east += (x + to_x) * cross
            north += (y + to_y) * cross
        if abs(doubled) < 1e-12:
            east, north = (sum(part) / len(points) for part in zip(*points, strict=True))
            return Position(north, _in_range(east))
        return Position(y0 + north / (3 * doubled), _in_range(x0 + east / (3 * doubled)))

    @property
    def square_m(self) -> float:
        """The room inside."""
        east = _DEGREE_M * cos(radians(self.corners[0][0]))
        flat = [(x * east, y * _DEGREE_M) for x, y in self.points]
        x0, y0 = flat[0]
        near = [(x - x0, y - y0) for x, y in flat]
        return abs(sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in _sides(near))) / 2

    @property
    def across_m(self) -> float:
        """From corner to corner where they are farthest apart."""
        spots = self.positions
        return max((distance_m(one, other) for one in spots for other in spots), default=0.0)

    @property
    def crosses_itself(self) -> bool:
        """Whether two of its sides meet elsewhere than in the corner that they share."""
        sides = list(_sides(self.points))
        count = len(sides)
        for n, side in enumerate(sides):
            for m in range(n + 1, count):
                neighbours = m == n + 1 or (n == 0 and m == count - 1)
                if neighbours and not _turns_back(*_from_shared(side, sides[m])):
                    continue
                if neighbours or _meet(side, sides[m]):
                    return True
        return False

    def cells(self) -> Iterator[int]:
        """The index cells that cover it: those inside, and those along its sides."""
        yield from cells_inside(self.positions)
        for spot in self._along():
            yield from cells_within(spot, _STEP_M / 2)

    def _along(self) -> Iterator[Position]:
        """Points on its sides, near enough for no cell to slip between."""
        east = _DEGREE_M * cos(radians(min(abs(lat) for lat, _ in self.corners)))
        for (x, y), (to_x, to_y) in _sides(self.points):
            dx, dy = to_x - x, to_y - y
            steps = int(hypot(dx * east, dy * _DEGREE_M) / _STEP_M) + 1
            for step in range(steps):
                yield Position(y + dy * step / steps, _in_range(x + dx * step / steps))


def polygon_of(corners: Iterable[Sequence[float]], name: str = "") -> Polygon:
    """Without corners that stand twice in a row, and without the first again at the end."""
    kept: list[tuple[float, float]] = []
    for lat, lon in corners:
        if not kept or kept[-1] != (lat, lon):
            kept.append((lat, lon))
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return Polygon(tuple(kept), name)


def _sides(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return zip(points, (*points[1:], points[0]), strict=True)


def _from_shared(
    one: tuple[Point, Point], other: tuple[Point, Point]
) -> tuple[Point, Point, Point]:
    """The corner that two neighbours share, and their other ends."""
    if one[1] == other[0]:
        return one[1], one[0], other[1]
    return one[0], one[1], other[0]


def _turns_back(corner: Point, one: Point, other: Point) -> bool:
    (x, y), (ax, ay), (bx, by) = corner, one, other
    flat = _side_of(corner, one, other) == 0
    return flat and (ax - x) * (bx - x) + (ay - y) * (by - y) > 0


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, other
    turns = _side_of(a, b, c), _side_of(a, b, d), _side_of(c, d, a), _side_of(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    return any(
        turn == 0 and _between(start, end, point)
        for turn, start, end, point in zip(
            turns, (a, a, c, c), (b, b, d, d), (c, d, a, b), strict=True
        )
    )


def _side_of(a: Point, b: Point, c: Point) -> int:
    """On which side of the line from a to b the point c lies; 0: on it."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(cross) < 1e-14 else 1 if cross > 0 else -1


def _between(a: Point, b: Point, point: Point) -> bool:
    return all(min(a[n], b[n]) <= point[n] <= max(a[n], b[n]) for n in (0, 1))


def _turn(from_lon: float, to_lon: float) -> float:
    """Degrees eastward, the shorter way round."""
    turn = to_lon - from_lon
    return turn - 360 if turn > 180 else turn + 360 if turn < -180 else turn


def _in_range(lon: float) -> float:
    return lon - 360 if lon > 180 else lon + 360 if lon < -180 else lon
