"""Reads coordinates typed into a text: "-2.35, 40.31", "2.35S 40.31E"."""

import re
from dataclasses import dataclass

_NUMBER = r"(?P<{0}>[-+]?\d{{1,3}}\.\d{{2,10}})\s*°?\s*(?P<{0}_side>[{1}])?"
_PAIR = re.compile(
    r"(?<![\d.])" + _NUMBER.format("lat", "NS") + r"(?:\s*[,;/]\s*|\s+)"
    r"(?:lon(?:g|gitude)?[:=\s]*)?" + _NUMBER.format("lon", "EWO") + r"(?![\d.]*\d)",
    re.IGNORECASE,
)
_MARGIN_DEGREES = 1.0  # how far outside the known places a typed position may lie
_METRES_PER_DEGREE = 111_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed position and, from its number of decimals, how exact it is in metres."""

    lat: float
    lon: float
    precision_m: int
    swapped: bool


def read_coordinates(text: str, bounds: tuple[float, float, float, float] | None) -> Typed | None:
    """The first position in the text that lies near the known places, or None.

    Longitude first is a common slip: it is swapped where only that lies within the bounds.
    """
    for match in _PAIR.finditer(text):
        lat = _signed(match["lat"], match["lat_side"])
        lon = _signed(match["lon"], match["lon_side"])
        exact = _precision(match["lat"], match["lon"])
        if _within(lat, lon, bounds):
            return Typed(lat, lon, exact, swapped=False)
        if not match["lat_side"] and bounds and _within(lon, lat, bounds):
            return Typed(lon, lat, exact, swapped=True)
    return None


def _signed(number: str, side: str | None) -> float:
    degrees = float(number)
    return -abs(degrees) if side and side.upper() in "SWO" else degrees


def _precision(lat: str, lon: str) -> int:
    decimals = min(len(number.partition(".")[2]) for number in (lat, lon))
    return max(100, int(_METRES_PER_DEGREE / 10**decimals))


def _within(lat: float, lon: float, bounds: tuple[float, float, float, float] | None) -> bool:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return False
    if bounds is None:
        return True
    south, west, north, east = bounds
    return (
        south - _MARGIN_DEGREES <= lat <= north + _MARGIN_DEGREES
        and west - _MARGIN_DEGREES <= lon <= east + _MARGIN_DEGREES
    )
