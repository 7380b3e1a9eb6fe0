"""One point for a shape of GeoJSON, and how far the shape reaches from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from gateway.terms.geo import Position, distance_m

_DEPTHS = {  # how many lists stand around a pair of degrees
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}
_LEAST_CORNERS = 3

Pair = tuple[float, float]  # longitude, latitude: GeoJSON's order


@dataclass(frozen=True, slots=True)
class Spot:
    """A point inside the shape, and the metres from it to the farthest corner (0 for a point)."""

    lat: float
    lon: float
    extent_m: int


def spot_of(geometry: Any) -> Spot:
    """Raises ValueError that says what is wrong with the geometry."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _DEPTHS:
        raise ValueError(f"geometry is {kind}, expected {', '.join(_DEPTHS)}")
    corners = geometry.get("coordinates")
    if kind == "Point":
        lon, lat = _pair(corners)
        return Spot(lat, lon, 0)
    lines = list(_lines(corners, _DEPTHS[kind] - 1))
    if not lines:
        raise ValueError(f"the {kind} has no coordinates")
    longest = max(lines, key=_size if "Polygon" in kind else len)
    if "Polygon" in kind:
        lon, lat = _inside(longest)
    else:
        lon, lat = longest[len(longest) // 2]
    middle = Position(lat, lon)
    away = max(distance_m(middle, Position(y, x)) for line in lines for x, y in line)
    return Spot(round(lat, 6), round(lon, 6), ceil(away))


def outer_rings(geometry: Any) -> list[list[Pair]]:
    """The closed outer rings of a Polygon or MultiPolygon, no holes; raises ValueError."""
    corners = geometry.get("coordinates")
    polygons = [corners] if geometry["type"] == "Polygon" else corners
    if not isinstance(polygons, list) or not all(isinstance(one, list) for one in polygons):
        raise ValueError("coordinates are not lists")
    rings = [next(_lines(polygon[0], 0), []) for polygon in polygons if polygon]
    for ring in rings:
        if len(set(ring)) < _LEAST_CORNERS:
            raise ValueError(
                f"its outline has {len(set(ring))} corners, expected {_LEAST_CORNERS} at least: "
                "draw it again or leave it out"
            )
    return [ring if ring[0] == ring[-1] else [*ring, ring[0]] for ring in rings]


def _lines(corners: Any, depth: int) -> Iterator[list[Pair]]:
    """All rows of corners; the holes of polygons do no harm, for they lie inside."""
    if not isinstance(corners, list):
        raise ValueError("coordinates are not lists")
    if depth == 0:
        if corners:
            yield [_pair(corner) for corner in corners]
        return
    for part in corners:
        yield from _lines(part, depth - 1)


def _pair(corner: Any) -> Pair:
    if not isinstance(corner, list) or len(corner) < 2:
        raise ValueError(f"coordinates are {str(corner)[:60]}, expected [longitude, latitude]")
    lon, lat = corner[:2]
    numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (lon, lat))
    if not numbers or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"coordinates are {lon}, {lat}: expected degrees, longitude first")
    return float(lon), float(lat)


def _size(ring: Sequence[Pair]) -> float:
    return abs(sum(_cross(a, b) for a, b in _edges(ring)))


def _inside(ring: Sequence[Pair]) -> Pair:
    """The centre of gravity; where that lies outside, the middle of the widest part beside it."""
    x, y = _centre(ring)
    crossings = sorted(
        a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for a, b in _edges(ring)
        if (a[1] > y) != (b[1] > y)
    )
    spans = list(zip(crossings[::2], crossings[1::2], strict=False))
    if not spans or any(west <= x <= east for west, east in spans):
        return x, y
    west, east = max(spans, key=lambda span: span[1] - span[0])
    return (west + east) / 2, y


def _centre(ring: Sequence[Pair]) -> Pair:
    """Centroid of a polygon by its edges; the middle corner of one without area."""
    origin = ring[0]  # degrees near each other keep their digits
    moved = [(x - origin[0], y - origin[1]) for x, y in ring]
    twice = sum(_cross(a, b) for a, b in _edges(moved))
    if abs(twice) < 1e-14:
        return ring[len(ring) // 2]
    x = sum((a[0] + b[0]) * _cross(a, b) for a, b in _edges(moved)) / (3 * twice)
    y = sum((a[1] + b[1]) * _cross(a, b) for a, b in _edges(moved)) / (3 * twice)
    return origin[0] + x, origin[1] + y


def _edges(ring: Sequence[Pair]) -> Iterator[tuple[Pair, Pair]]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


def _cross(a: Pair, b: Pair) -> float:
    return a[0] * b[1] - b[0] * a[1]
