"""Outlines of land with fewer corners: what a map draws need not be what a surveyor measured."""

from collections.abc import Sequence
from math import cos, radians

Pair = tuple[float, float]  # longitude, latitude: GeoJSON's order
_DEGREE_M = 111_195.0  # of latitude, on the mean sphere
_LEAST_CORNERS = 4  # of a closed ring that is still seen: three, and the first again


def simplified(ring: Sequence[Pair], tolerance_m: float) -> list[Pair]:
    """The closed ring with no corner dropped that lies farther than `tolerance_m` from the rest.

    Douglas and Peucker, The Canadian Cartographer 10(2), 1973; on the plane at the ring's middle.
    A ring smaller than the tolerance comes back with fewer than four corners.
    """
    if len(ring) <= _LEAST_CORNERS:
        return list(ring)
    east = cos(radians(sum(lat for _, lat in ring) / len(ring))) * _DEGREE_M
    flat = [(lon * east, lat * _DEGREE_M) for lon, lat in ring]
    # A closed ring has no ends: it is cut at its first corner and at the one farthest from that.
    far = max(range(len(flat)), key=lambda at: _square(flat[0], flat[at]))
    kept = {0, far, len(flat) - 1}
    parts = [(0, far), (far, len(flat) - 1)]
    while parts:
        start, end = parts.pop()
        worst, away = _farthest(flat, start, end)
        if away > tolerance_m * tolerance_m:
            kept.add(worst)
            parts += [(start, worst), (worst, end)]
    return [ring[at] for at in sorted(kept)]


def thinned(rings: Sequence[Sequence[Pair]], tolerance_m: float, most: int) -> list[list[Pair]]:
    """The rings in at most so many corners, however far the tolerance must grow for it.

    Rings too small to be seen go; where all are, the longest stays as it is.
    """
    while True:
        found = [simplified(ring, tolerance_m) for ring in rings]
        seen = [ring for ring in found if len(ring) >= _LEAST_CORNERS]
        if not seen:
            return [list(sorted(rings, key=len)[-1])]
        if sum(map(len, seen)) <= most:
            return seen
        tolerance_m *= 1.5


def _farthest(flat: Sequence[Pair], start: int, end: int) -> tuple[int, float]:
    """The corner between two others that is farthest from their line, and its square distance."""
    (ax, ay), (bx, by) = flat[start], flat[end]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    worst, away = start, -1.0
    for at in range(start + 1, end):
        x, y = flat[at][0] - ax, flat[at][1] - ay
        along = max(0.0, min(1.0, (x * dx + y * dy) / length)) if length else 0.0
        square = (x - along * dx) ** 2 + (y - along * dy) ** 2
        if square > away:
            worst, away = at, square
    return worst, away


def _square(a: Pair, b: Pair) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
