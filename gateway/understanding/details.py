"""Reads from a message which way they move."""

from collections.abc import Sequence

from gateway.terms.geo import Position
from gateway.understanding.lexicon import COMPASS, Lexicon
from gateway.understanding.offsets import bearing
from gateway.understanding.values import Geotag, Movement


def movement(places: Sequence[Geotag], place: Geotag | None, course: int | None) -> Movement | None:
    """From where to where, the bearing worked out from the two or told by a compass word."""
    origin = next((tag for tag in places if tag.role == "from"), None)
    target = next((tag for tag in places if tag.role == "toward"), None)
    if origin is None and target is None and course is None:
        return None
    start = origin or (place if place and place.role != "toward" else None)
    towards = course
    if start and target and (start.lat, start.lon) != (target.lat, target.lon):
        towards = bearing(Position(start.lat, start.lon), Position(target.lat, target.lon))
    return Movement(origin.name if origin else None, target.name if target else None, towards)


def course(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Degrees of a compass word that a word of going stands before ("heading north")."""
    for hit in lexicon.whole["compass"].find(words):
        for start in (hit.start, hit.start - 1):  # "to the north"
            role = lexicon.roles.ending_at(words, start) if start > 0 else None
            if role and role.value == "toward":
                return COMPASS[hit.value]
    return None
