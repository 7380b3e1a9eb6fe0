"""Great-circle distance inside a query, the same on both engines."""

import sqlite3
from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from gateway.terms.geo import EARTH_RADIUS_M, Position, distance_m


class metres_between(FunctionElement[float]):
    """Metres between (lat, lon) and (lat, lon), in degrees; NULL where one of them is."""

    type = Float()
    inherit_cache = True


def teach(connection: sqlite3.Connection) -> None:
    """Gives a SQLite connection the function; not every build of it knows sine and cosine."""
    connection.create_function("metres_between", 4, _metres, deterministic=True)


def _metres(lat: Any, lon: Any, other_lat: Any, other_lon: Any) -> float | None:
    if None in (lat, lon, other_lat, other_lon):
        return None
    return distance_m(Position(lat, lon), Position(other_lat, other_lon))


@compiles(metres_between, "sqlite")
def _in_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"metres_between({compiler.process(element.clauses, **options)})"


@compiles(metres_between, "postgresql")
def _in_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    """The haversine formula of `terms.geo.distance_m`."""
    lat, lon, other_lat, other_lon = (
        compiler.process(clause, **options) for clause in element.clauses
    )
    return (
        f"({2 * EARTH_RADIUS_M!r} * asin(least(1, sqrt("
        f"power(sin(radians({other_lat} - {lat}) / 2), 2)"
        f" + cos(radians({lat})) * cos(radians({other_lat}))"
        f" * power(sin(radians({other_lon} - {lon}) / 2), 2)))))"
    )
