"""Reads how far from a place something is ("15 km west of Bria") and moves the point there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin

from gateway.terms.geo import EARTH_RADIUS_M, Position
from gateway.understanding.folding import Token
from gateway.understanding.lexicon import COMPASS, Lexicon
from gateway.understanding.quantities import read_amount

_REACH = 8  # words from the number to the name
_LONGEST_NUMBER = 3  # words of it before the one looked at
_FARTHEST_M = 1_000_000
_SHORTEST_M = 50  # "5 m" are minutes or millions
_STUCK = re.compile(r"(\d{1,4}(?:[.,]\d+)?)(km|kms|kilo|mi|miles)")
_UNITS_M = {"kilometres": 1_000.0, "miles": 1_609.0, "metres": 1.0}
_STUCK_M = {"mi": 1_609.0, "miles": 1_609.0}
METRES_AN_HOUR = {"foot": 4_000.0, "horse": 8_000.0, "boat": 10_000.0, "vehicle": 30_000.0}
_SLACK = 0.3  # of the distance: people round it, and "west" is any west
_SLACK_OF_TIME = 0.5


@dataclass(frozen=True, slots=True)
class Offset:
    """So many metres from a place, towards a bearing in degrees or in a direction not said."""

    metres: float
    bearing: int | None
    slack: float = _SLACK  # share of the metres by which they may be wrong

    def applied(self, lat: float, lon: float, precision_m: int) -> tuple[float, float, int]:
        """The point meant and how exact it is, from the named place's own."""
        if self.bearing is None:
            return lat, lon, int(self.metres + precision_m)
        there = destination(Position(lat, lon), self.metres, self.bearing)
        return there.lat, there.lon, int(max(precision_m, self.metres * self.slack))


def read_offset(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> Offset | None:
    """The distance said just before a name that begins at `start`."""
    words = [token.word for token in tokens]
    for at in range(start - 1, max(-1, start - _REACH), -1):
        if words[at] not in lexicon.listed and not words[at][0].isdigit():
            return None
        read = _distance(words, at, start, lexicon)
        if read:
            metres, end, slack = read
            between = words[end:start]
            bearing = next(
                (COMPASS[hit.value] for hit in lexicon.whole["compass"].find(between)), None
            )
            return Offset(metres, bearing, slack) if end < start else None
        if tokens[at].breaks:
            return None
    return None


def _distance(
    words: Sequence[str], at: int, limit: int, lexicon: Lexicon
) -> tuple[float, int, float] | None:
    """Metres, where they end, and how rough they are, of a number that ends at a word."""
    stuck = _STUCK.fullmatch(words[at])
    if stuck:
        metres = float(stuck[1].replace(",", ".")) * _STUCK_M.get(stuck[2], 1_000.0)
        return _sane(metres, at + 1, _SLACK)
    amount, begin, end = _number_ending(words, at, lexicon)
    if amount is None:
        return None
    for unit, metres in _UNITS_M.items():
        stop = _beside(words, begin, end, lexicon, "distance", unit)
        if stop:
            return _sane(amount * metres, stop, _SLACK)
    return _walked(words, amount, begin, end, limit, lexicon)


def _number_ending(
    words: Sequence[str], at: int, lexicon: Lexicon
) -> tuple[float | None, int, int]:
    """The whole number whose last word is the one at `at`: "thirty five" is not five."""
    for begin in range(max(0, at - _LONGEST_NUMBER), at + 1):
        amount, end = read_amount(words, begin, lexicon)
        if amount is not None and end == at + 1:
            return amount, begin, end
    return None, at, at


def _beside(
    words: Sequence[str], begin: int, end: int, lexicon: Lexicon, table: str, key: str
) -> int | None:
    """Where number and unit end, the unit standing behind the number or before it."""
    book = lexicon.tables[table][key]
    after = book.at(words, end) if end < len(words) else ()
    if after:
        return after[0].end
    return end if begin > 0 and book.ending_at(words, begin) else None


def _walked(
    words: Sequence[str], amount: float, begin: int, end: int, limit: int, lexicon: Lexicon
) -> tuple[float, int, float] | None:
    """ "Two hours' walk": the way that a person on foot makes in that time."""
    for unit, hours in (("hours", 1.0), ("minutes", 1 / 60)):
        stop = _beside(words, begin, end, lexicon, "ago", unit)
        if stop is None:
            continue
        for how, speed in METRES_AN_HOUR.items():
            hit = next(iter(lexicon.tables["travel"][how].find(words[stop:limit])), None)
            if hit:
                return _sane(amount * hours * speed, stop + hit.end, _SLACK_OF_TIME)
    return None


def _sane(metres: float, end: int, slack: float) -> tuple[float, int, float] | None:
    return (metres, end, slack) if _SHORTEST_M <= metres <= _FARTHEST_M else None


def destination(start: Position, metres: float, bearing: int) -> Position:
    """The point at a distance along a great circle (direct problem on a sphere)."""
    angle, course = metres / EARTH_RADIUS_M, radians(bearing)
    lat, lon = radians(start.lat), radians(start.lon)
    there = asin(sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(course))
    east = atan2(sin(course) * sin(angle) * cos(lat), cos(angle) - sin(lat) * sin(there))
    around = (degrees(lon + east) + 540) % 360 - 180
    return Position(degrees(there), around)


def bearing(a: Position, b: Position) -> int:
    """Initial great-circle bearing in whole degrees from north (forward azimuth on a sphere)."""
    lat_a, lat_b, east = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    y = sin(east) * cos(lat_b)
    x = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(east)
    return round(degrees(atan2(y, x))) % 360
