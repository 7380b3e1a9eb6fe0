"""Positions on the earth, distances between them and the cells that index them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

import h3.api.basic_int as h3

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980
CELL_RESOLUTION = 6  # edge 3.7 km: a village and its fields
AREA_RESOLUTION = 5  # some villages that share a market and a mast
_STEP_M = 3_200.0  # what one ring of cells is sure to add, the smallest cells counted


@dataclass(frozen=True, slots=True)
class Position:
    """A point in WGS 84 degrees."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"not a position on the earth: {self.lat}, {self.lon}")


def distance_m(a: Position, b: Position) -> float:
    """Great-circle distance in metres (haversine formula, spherical earth, error under 0.6 %)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half_lat = sin((lat_b - lat_a) / 2) ** 2
    half_lon = sin(radians(b.lon - a.lon) / 2) ** 2
    chord = min(1.0, half_lat + cos(lat_a) * cos(lat_b) * half_lon)
    return 2 * EARTH_RADIUS_M * asin(sqrt(chord))


def cell_of(position: Position) -> int:
    """The H3 cell (resolution 6) that holds the position (a positive 63-bit number)."""
    cell: int = h3.latlng_to_cell(position.lat, position.lon, CELL_RESOLUTION)
    return cell


def cells_within(position: Position, radius_m: float) -> list[int]:
    """Cells that cover every point within `radius_m` of the position, and some beyond."""
    centre = cell_of(position)
    rings = int(radius_m / _STEP_M) + 1
    return list(h3.grid_disk(centre, rings))


def cells_inside(corners: Iterable[Position]) -> list[int]:
    """Cells whose middle lies in the shape with these corners."""
    shape = h3.LatLngPoly([(corner.lat, corner.lon) for corner in corners])
    return list(h3.polygon_to_cells(shape, CELL_RESOLUTION))


def area_of(cell: int) -> int:
    """The H3 cell of resolution 5 (edge 9.9 km) around a cell of ours."""
    area: int = h3.cell_to_parent(cell, AREA_RESOLUTION)
    return area


def centre_of(cell: int) -> Position:
    """The middle of a cell."""
    lat, lon = h3.cell_to_latlng(cell)
    return Position(lat, lon)
