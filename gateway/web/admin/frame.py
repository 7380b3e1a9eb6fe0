"""A piece of the earth as a picture drawn on the server: where things are, which names fit."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

from gateway.store.tables import Place

_KM_PER_DEGREE = 111.195  # of latitude, on the mean sphere
_LEAST_KM = 20.0


@dataclass(frozen=True, slots=True)
class Frame:
    """An equirectangular picture, its units kilometres east and south of the upper left corner."""

    south: float
    west: float
    north: float
    east: float

    @property
    def width(self) -> float:
        """Kilometres from west to east."""
        return (self.east - self.west) * self._km_per_lon

    @property
    def height(self) -> float:
        """Kilometres from north to south."""
        return (self.north - self.south) * _KM_PER_DEGREE

    @property
    def scale(self) -> float:
        """A hundredth of the wider side: sizes of marks and letters hang on it."""
        return max(self.width, self.height) / 100

    @property
    def bar_km(self) -> float:
        """A round length of about a quarter of the picture."""
        rounds = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
        return max((length for length in rounds if length <= self.width / 3), default=1)

    def x(self, lon: float) -> float:
        """Kilometres from the left."""
        return round((lon - self.west) * self._km_per_lon, 3)

    def y(self, lat: float) -> float:
        """Kilometres from the top."""
        return round((self.north - lat) * _KM_PER_DEGREE, 3)

    @property
    def _km_per_lon(self) -> float:
        return _KM_PER_DEGREE * max(0.05, cos(radians((self.south + self.north) / 2)))


def around(points: Iterable[tuple[float, float, float]], least_km: float = _LEAST_KM) -> Frame:
    """The box of all circles (latitude, longitude, kilometres), with air around it."""
    boxes = []
    for lat, lon, reach_km in points:
        up = reach_km / _KM_PER_DEGREE
        side = up / max(0.05, cos(radians(lat)))
        boxes.append((lat - up, lon - side, lat + up, lon + side))
    south, west = min(box[0] for box in boxes), min(box[1] for box in boxes)
    north, east = max(box[2] for box in boxes), max(box[3] for box in boxes)
    air = max(least_km / _KM_PER_DEGREE, north - south, (east - west) / 1.5) * 0.15
    return Frame(south - air, west - air, north + air, east + air)


def apart(
    places: Iterable[Place], frame: Frame, taken: Iterable[tuple[float, float]] = ()
) -> set[int]:
    """Places whose names may be written without covering what is taken or one another."""
    held = list(taken)
    named = set()
    for place in places:
        x, y = frame.x(place.lon), frame.y(place.lat)
        wide, high = frame.scale * 18, frame.scale * 4
        if all(abs(x - tx) > wide or abs(y - ty) > high for tx, ty in held):
            held.append((x, y))
            named.add(place.id)
    return named
