"""Reads a position typed into a text: in degrees, as a link of a map, or as a plus code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from openlocationcode import openlocationcode

from gateway.terms.geo import Position

_BETWEEN = r"(?:\s*(?:[,;/]|%2C|and|et|na)\s*|\s+)(?:lon(?:g|gitude)?\.?[:=\s]*)?"
_NUMBER = (
    r"(?P<{0}_before>\b[{1}]\s?)?(?P<{0}>[-+]?\d{{1,3}}[.{2}]\d{{2,10}})"
    r"\s*°?\s*(?P<{0}_side>[{1}]\b)?"
)
_SEXAGESIMAL = (
    r"(?P<{0}_before>\b[{1}]\s?)?(?P<{0}>\d{{1,3}})\s?[°ºd\s]\s?"
    r"(?P<{0}_minutes>[0-5]?\d(?:[.,]\d+)?)(?:\s?['\u2019\u2032m\s]\s?"
    r"(?:(?P<{0}_seconds>[0-5]?\d(?:[.,]\d+)?)\s?(?:[\"\u201d\u2033]|'')?)?)?"
    r"\s?(?P<{0}_side>[{1}]\b)?"
)
_START, _END = r"(?<![\d.])", r"(?![\d.]*\d)"
# Decimal degrees with a point, then with a comma: "-2.35, 40.31", "-2,3516 40,3171".
_PAIRS = tuple(
    re.compile(
        _START + _NUMBER.format("lat", "NS", mark) + _BETWEEN
        + _NUMBER.format("lon", "EWO", mark) + _END,
        re.IGNORECASE,
    )
    for mark in (".", ",")
)  # fmt: skip
# Degrees, minutes and perhaps seconds: 2°21'06"S 40°19'02"E, S 2 21.1 E 40 19.03.
_ANGLES = re.compile(
    _START + _SEXAGESIMAL.format("lat", "NS") + r"[,;/\s]*" + _SEXAGESIMAL.format("lon", "EWO"),
    re.IGNORECASE,
)
_IN_LINKS = re.compile(r"!3d(?P<lat>-?\d{1,3}\.\d{2,10})!4d(?P<lon>-?\d{1,3}\.\d{2,10})")
_CODE = re.compile(
    r"(?<![\w+])[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}(?![\w+])", re.IGNORECASE
)
_MARGIN_DEGREES = 1.0  # how far outside the known places a typed position may lie
_METRES_PER_DEGREE = 111_000
_OF_ANGLES_M = {2: 2_000, 3: 100}  # by how many parts are told: degrees and minutes, and seconds
_LEAST_PRECISION_M = 100
_FULL_TURN = 60

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed position and, from its number of decimals, how exact it is in metres."""

    lat: float
    lon: float
    precision_m: int
    swapped: bool


def read_coordinates(
    text: str, bounds: Bounds | None, near: Position | None = None
) -> Typed | None:
    """The first position in the text that lies near the known places, or None.

    `bounds` are south, west, north, east. Longitude first is a common slip: it is swapped where
    only that lies within the bounds. A short plus code is the nearest to `near` or the middle of
    the bounds.
    """
    for typed in (*_linked(text), *_decimal(text), *_angles(text), *_codes(text, bounds, near)):
        if _within(typed.lat, typed.lon, bounds):
            return typed
        if typed.swapped and bounds and _within(typed.lon, typed.lat, bounds):
            return Typed(typed.lon, typed.lat, typed.precision_m, swapped=True)
    return None


def _linked(text: str) -> Iterator[Typed]:
    for match in _IN_LINKS.finditer(text):
        exact = _precision(match["lat"], match["lon"])
        yield Typed(float(match["lat"]), float(match["lon"]), exact, swapped=False)


def _decimal(text: str) -> Iterator[Typed]:
    for match in (match for pair in _PAIRS for match in pair.finditer(text)):
        lat, lon = match["lat"].replace(",", "."), match["lon"].replace(",", ".")
        said = match["lat_side"] or match["lat_before"]
        yield from _either_way(
            _signed(float(lat), said),
            _signed(float(lon), match["lon_side"] or match["lon_before"]),
            _precision(lat, lon),
            sure=bool(said),
        )


def _either_way(lat: float, lon: float, precision_m: int, *, sure: bool) -> Iterator[Typed]:
    """As typed, and marked for swapping unless letters tell which is which."""
    yield Typed(lat, lon, precision_m, swapped=False)
    if not sure:
        yield Typed(lat, lon, precision_m, swapped=True)


def _angles(text: str) -> Iterator[Typed]:
    for match in _ANGLES.finditer(text):
        sides = [match[f"{name}_side"] or match[f"{name}_before"] for name in ("lat", "lon")]
        if not all(sides):
            continue  # a row of numbers is no position
        lat, lon = (_of_parts(match, name) for name in ("lat", "lon"))
        parts = 3 if match["lat_seconds"] or "." in match["lat_minutes"] else 2
        yield Typed(
            round(_signed(lat, sides[0]), 6),
            round(_signed(lon, sides[1]), 6),
            _OF_ANGLES_M[parts],
            swapped=False,
        )


def _of_parts(match: re.Match[str], name: str) -> float:
    parts = (match[name], match[f"{name}_minutes"], match[f"{name}_seconds"] or "0")
    degrees, minutes, seconds = (float(part.replace(",", ".")) for part in parts)
    return degrees + minutes / _FULL_TURN + seconds / _FULL_TURN**2


def _codes(text: str, bounds: Bounds | None, near: Position | None) -> Iterator[Typed]:
    """Open Location Codes: 6GCRMR5W+8X, or MR5W+8X beside a place that is known."""
    for match in _CODE.finditer(text):
        code = match[0].upper()
        if openlocationcode.isShort(code):
            if near is None and bounds is None:
                continue
            lat, lon = (near.lat, near.lon) if near else _middle(bounds)
            code = openlocationcode.recoverNearest(code, lat, lon)
        if openlocationcode.isFull(code):
            area = openlocationcode.decode(code)
            lat, lon = area.latitudeCenter, area.longitudeCenter
            yield Typed(round(lat, 6), round(lon, 6), _LEAST_PRECISION_M, swapped=False)


def _middle(bounds: Bounds | None) -> tuple[float, float]:
    south, west, north, east = bounds or (0.0, 0.0, 0.0, 0.0)
    return (south + north) / 2, (west + east) / 2


def _signed(degrees: float, side: str | None) -> float:
    return -abs(degrees) if side and side.strip().upper() in "SWO" else degrees


def _precision(lat: str, lon: str) -> int:
    decimals = min(len(number.partition(".")[2]) for number in (lat, lon))
    return max(_LEAST_PRECISION_M, int(_METRES_PER_DEGREE / 10**decimals))


def _within(lat: float, lon: float, bounds: Bounds | None) -> bool:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return False
    if bounds is None:
        return True
    south, west, north, east = bounds
    return (
        south - _MARGIN_DEGREES <= lat <= north + _MARGIN_DEGREES
        and west - _MARGIN_DEGREES <= lon <= east + _MARGIN_DEGREES
    )
