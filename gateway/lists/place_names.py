"""Names of places as a map has room for them: the largest first, none over another."""

from collections.abc import Sequence
from math import asinh, degrees, radians, tan

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Place

_CANDIDATES = 400
_MOST = 60
_LONGEST = 28  # letters
_LETTER_PX, _LINE_PX, _AIR_PX = 6.5, 18, 14
_TWINS_FROM = 9  # of this zoom on, two places of one name are two villages, not a town's county
_WORLD_PX = 256  # of a tile that shows the whole earth

Box = tuple[float, float, float, float]
Name = tuple[float, float, str]


def within(session: Session, box: Box, zoom: float) -> list[Name]:
    """Latitude, longitude and name; `box` is south, west, north, east in degrees.

    On a screen of the Web Mercator at this zoom (256 px tiles) their letters do not touch.
    """
    south, west, north, east = box
    rows = session.execute(
        select(Place.lat, Place.lon, Place.name)
        .where(Place.lat.between(south, north), Place.lon.between(west, east))
        .order_by(Place.population.desc(), Place.id)
        .limit(_CANDIDATES)
    )
    scale = _WORLD_PX * 2**zoom / 360
    held: list[tuple[float, float, float]] = []
    found: list[Name] = []
    for lat, lon, name in rows:
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        if zoom < _TWINS_FROM and any(short == other for _, _, other in found):
            continue
        x, y, half = lon * scale, _mercator(lat) * scale, len(short) * _LETTER_PX / 2
        if all(
            abs(x - ax) > half + wide + _AIR_PX or abs(y - ay) > _LINE_PX for ax, ay, wide in held
        ):
            held.append((x, y, half))
            found.append((round(lat, 5), round(lon, 5), short))
            if len(found) == _MOST:
                break
    return found


def sample(session: Session, most: int) -> Sequence[tuple[float, float]]:
    """Longitude and latitude of places taken evenly from all lists."""
    count = session.scalar(select(func.count()).select_from(Place)) or 0
    step = max(1, count // most)
    rows = session.execute(
        select(Place.lon, Place.lat).where(Place.id % step == 0).order_by(Place.id).limit(most)
    )
    return [(lon, lat) for lon, lat in rows]


def _mercator(lat: float) -> float:
    """Degrees north on the Mercator projection, as wide as those of longitude."""
    return degrees(asinh(tan(radians(max(-85.0, min(85.0, lat))))))
