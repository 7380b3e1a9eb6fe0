"""Reads from a message who moves from where to where, how, and when they may be there."""

from collections.abc import Sequence

from gateway.terms.geo import Position, distance_m
from gateway.understanding.lexicon import COMPASS, Lexicon
from gateway.understanding.offsets import METRES_AN_HOUR, bearing
from gateway.understanding.values import Geotag, Movement

_LONGEST_WAY_H = 72  # who is farther away is not on the way yet


def movement(
    words: Sequence[str], lexicon: Lexicon, places: Sequence[Geotag], place: Geotag | None
) -> Movement | None:
    """None where nobody is said to move.

    The bearing is worked out from the two places or told by a compass word; the minutes until they
    arrive are known where the text says how they travel.
    """
    origin = next((tag for tag in places if tag.role == "from"), None)
    target = next((tag for tag in places if tag.role == "toward"), None)
    through = tuple(tag.name for tag in places if tag.role == "passing")
    towards = _course(words, lexicon)
    if origin is None and target is None and towards is None and not through:
        return None
    start = origin or (place if place and place.role != "toward" else None)
    here = next((tag for tag in places if tag.role in ("at", "near", "passing")), start)
    by = next((hit.value for hit in lexicon.whole["travel"].find(words)), None)
    if start and target and (start.lat, start.lon) != (target.lat, target.lon):
        towards = bearing(Position(start.lat, start.lon), Position(target.lat, target.lon))
    return Movement(
        from_=origin.name if origin else None,
        to=target.name if target else None,
        bearing_deg=towards,
        through=through,
        who=_who(words, lexicon),
        by=by,
        arrival_minutes=_minutes(here, target, by),
    )


def _minutes(here: Geotag | None, target: Geotag | None, by: str | None) -> int | None:
    """As the crow flies at the usual speed, so a little early rather than late."""
    if here is None or target is None or by is None:
        return None
    hours = distance_m(Position(here.lat, here.lon), Position(target.lat, target.lon))
    hours /= METRES_AN_HOUR[by]
    return round(hours * 60) if 0 < hours <= _LONGEST_WAY_H else None


def _who(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """The first people or armed people the text names."""
    hits = [hit for kind in ("armed", "any") for hit in lexicon.people[kind].find(words)]
    first = min(hits, key=lambda hit: (hit.start, -hit.end), default=None)
    return " ".join(words[first.start : first.end]) if first else None


def _course(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Degrees of a compass word that a word of going stands before ("heading north")."""
    for hit in lexicon.whole["compass"].find(words):
        for start in (hit.start, hit.start - 1):  # "to the north"
            role = lexicon.roles.ending_at(words, start) if start > 0 else None
            if role and role.value == "toward":
                return COMPASS[hit.value]
    return None
