"""Reads how far from a place something is ("15 km west of Bria") and moves the point there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin

from gateway.terms.geo import EARTH_RADIUS_M, Position
from gateway.understanding.folding import Token
from gateway.understanding.lexicon import COMPASS, Lexicon

_REACH = 7  # words from the number to the name
_FARTHEST_KM = 1_000
_STUCK = re.compile(r"(\d{1,4})(km|kms|kilo)")
_SLACK = 0.3  # of the distance: people round it, and "west" is any west


@dataclass(frozen=True, slots=True)
class Offset:
    """So many metres from a place, towards a bearing in degrees or in a direction not said."""

    metres: float
    bearing: int | None

    def applied(self, lat: float, lon: float, precision_m: int) -> tuple[float, float, int]:
        """The point meant and how exact it is, from the named place's own."""
        if self.bearing is None:
            return lat, lon, int(self.metres + precision_m)
        there = _destination(Position(lat, lon), self.metres, self.bearing)
        return there.lat, there.lon, int(max(precision_m, self.metres * _SLACK))


def read_offset(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> Offset | None:
    """The distance said just before a name that begins at `start`."""
    words = [token.word for token in tokens]
    for at in range(start - 1, max(-1, start - _REACH), -1):
        if words[at] not in lexicon.common and not words[at][0].isdigit():
            return None
        read = _kilometres(words, at, lexicon)
        if read:
            kilometres, end = read
            between = words[end:start]
            bearing = next(
                (COMPASS[hit.value] for hit in lexicon.whole["compass"].find(between)), None
            )
            return Offset(kilometres * 1_000.0, bearing) if end < start else None
        if tokens[at].breaks:
            return None
    return None


def _kilometres(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int, int] | None:
    """A number and its unit from a position on, in either order, and where they end."""
    stuck = _STUCK.fullmatch(words[at])
    if stuck:
        return _sane(int(stuck[1]), at + 1)
    units = lexicon.tables["distance"]["kilometres"].words
    if words[at].isdigit() and len(words[at]) <= 4:
        if at + 1 < len(words) and words[at + 1] in units:
            return _sane(int(words[at]), at + 2)
        if at > 0 and words[at - 1] in units:
            return _sane(int(words[at]), at + 1)
    return None


def _sane(kilometres: int, end: int) -> tuple[int, int] | None:
    return (kilometres, end) if 0 < kilometres <= _FARTHEST_KM else None


def _destination(start: Position, metres: float, bearing: int) -> Position:
    """The point at a distance along a great circle (direct problem on a sphere)."""
    angle, course = metres / EARTH_RADIUS_M, radians(bearing)
    lat, lon = radians(start.lat), radians(start.lon)
    there = asin(sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(course))
    east = atan2(sin(course) * sin(angle) * cos(lat), cos(angle) - sin(lat) * sin(there))
    around = (degrees(lon + east) + 540) % 360 - 180
    return Position(degrees(there), around)
