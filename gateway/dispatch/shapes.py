"""The shapes of an area as conditions for the database; `terms.area` says the same of one point."""

from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_
from sqlalchemy.types import Integer

from gateway.store.distance import metres_between
from gateway.store.tables import Place
from gateway.terms.area import Area, Circle, Corridor
from gateway.terms.polygon import Polygon


def metres_from(area: Area, lat: Any, lon: Any) -> ColumnElement[int]:
    """Whole metres from where the danger is."""
    centre = literal(area.lat), literal(area.lon)
    return func.round(metres_between(lat, lon, *centre)).cast(Integer).label("distance_m")


def covered(area: Area, lat: Any, lon: Any) -> ColumnElement[bool]:
    """The same as `Area.covers`."""
    parts = [within(circle, lat, lon) for circle in area.circles]
    if area.corridor is not None:
        parts.append(_ahead(area.corridor, lat, lon))
    if area.polygon is not None:
        parts.append(_inside(area.polygon, lat, lon))
    return or_(false(), *parts)


def within(circle: Circle, lat: Any, lon: Any) -> ColumnElement[bool]:
    """The same as `Circle.holds`."""
    metres = metres_between(lat, lon, literal(circle.lat), literal(circle.lon))
    near: ColumnElement[bool] = func.round(metres) <= circle.radius_m
    return near


def between_lons(west: float, east: float) -> ColumnElement[bool]:
    """Places between two longitudes; over the date line those and some more."""
    if west < -180 or east > 180:  # over the date line: `Area.covers` decides
        return or_(Place.lon >= (west + 180) % 360 - 180, Place.lon <= (east + 180) % 360 - 180)
    return Place.lon.between(west, east)


def _ahead(corridor: Corridor, lat: Any, lon: Any) -> ColumnElement[bool]:
    """The same as `Corridor.holds`."""
    north, east = corridor.plane
    (dx, dy), length = corridor.way, corridor.length_m
    turn = lon - corridor.lon
    x = case((turn > 180, turn - 360), (turn < -180, turn + 360), else_=turn) * east
    y = (lat - corridor.lat) * north
    if length == 0:
        near: ColumnElement[bool] = x * x + y * y <= corridor.width_m**2
        return near
    ux, uy = dx / length, dy / length
    along, aside = x * ux + y * uy, func.abs(x * uy - y * ux)
    return and_(along >= -corridor.back_m, along <= length, aside <= corridor.width_m)


def _inside(polygon: Polygon, lat: Any, lon: Any) -> ColumnElement[bool]:
    """The same as `Polygon.holds`: an odd number of sides lies to the east."""
    x = lon
    if polygon.wraps:
        beyond, turn = (lon < 0, 360) if polygon.wraps > 0 else (lon > 0, -360)
        x = case((beyond, lon + turn), else_=lon)
    crossed: list[ColumnElement[int]] = [
        case(
            (
                and_(
                    lat >= edge.south,
                    lat < edge.north,
                    x < edge.start + (lat - edge.south) * edge.slope,
                ),
                1,
            ),
            else_=0,
        )
        for edge in polygon.edges
    ]
    if not crossed:
        return false()
    odd: ColumnElement[bool] = reduce(add, crossed) % 2 == 1
    return odd
