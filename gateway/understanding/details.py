"""Reads from a message which way they move."""

from collections.abc import Sequence
from math import atan2, cos, degrees, radians, sin

from gateway.understanding.lexicon import COMPASS, Lexicon
from gateway.understanding.values import Geotag, Movement


def movement(places: Sequence[Geotag], place: Geotag | None, course: int | None) -> Movement | None:
    """From where to where, the bearing worked out from the two or told by a compass word."""
    origin = next((tag for tag in places if tag.role == "from"), None)
    target = next((tag for tag in places if tag.role == "toward"), None)
    if origin is None and target is None and course is None:
        return None
    start = origin or (place if place and place.role != "toward" else None)
    bearing = course
    if start and target and (start.lat, start.lon) != (target.lat, target.lon):
        bearing = _bearing(start, target)
    return Movement(origin.name if origin else None, target.name if target else None, bearing)


def course(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Degrees of a compass word that a word of going stands before ("heading north")."""
    for hit in lexicon.whole["compass"].find(words):
        for start in (hit.start, hit.start - 1):  # "to the north"
            role = lexicon.roles.ending_at(words, start) if start > 0 else None
            if role and role.value == "toward":
                return COMPASS[hit.value]
    return None


def _bearing(a: Geotag, b: Geotag) -> int:
    """Initial great-circle bearing in whole degrees from north (forward azimuth on a sphere)."""
    lat_a, lat_b, east = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    y = sin(east) * cos(lat_b)
    x = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(east)
    return round(degrees(atan2(y, x))) % 360
