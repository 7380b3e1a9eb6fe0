"""Areas as values: they come back from JSON as they were, and say themselves in words."""

import json
import random
from dataclasses import replace
from math import cos, pi, sin

import pytest

from gateway.terms.area import RING_M, Area, Circle, Corridor, Spot
from gateway.terms.area_words import area_words
from gateway.terms.geo import Position, cell_of, centre_of, distance_m
from gateway.terms.polygon import Polygon

MOA = Circle(-2.35162, 40.31707, 20_000, "Moa")
NORTH = Corridor(-2.45518, 40.19235, -1.97989, 40.148, 6_000, 5.0, "Golbanti", "Mnazini")
FAR = Circle(3, 35, 900, "Kakuma", "controlled")
NORTH_EAST = Corridor(0, 36, 0.2, 36.2, 500, 5)
TOWN = Spot(1, "Kipini", -2.52565, 40.5262)
SHAPE = Polygon(((-2.5, 40.1), (-2.3, 40.1), (-2.3, 40.4), (-2.4, 40.2)), "Moa")
AREAS = {
    "shape": Area(SHAPE.centre.lat, SHAPE.centre.lon, polygon=SHAPE),
    "circle": Area.around(MOA),
    "way": Area(NORTH.lat, NORTH.lon, corridor=NORTH),
    "places": Area(-2.5, 40.5, spots=(TOWN, Spot(2, "Witu", -2.38, 40.43, "linked"))),
    "all": Area(
        -2.4, 40.3, (MOA,), (TOWN,), NORTH,
        without=(Circle(-2.4, 40.2, 900, "Ngao", "controlled"),),
        without_places=(Spot(9, "Ozi", -2.51, 40.45),),
        despite=(Circle(-2.3, 40.1, 500, "Garsen", "controlled"),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS.keys())
def test_an_area_comes_back_from_json_as_it_was(area: Area) -> None:
    assert Area.of_json(json.loads(json.dumps(area.as_json()))) == area


def test_what_is_kept_without_a_newer_part_is_still_read() -> None:
    tree = Area.around(MOA).as_json()
    del tree["despite"], tree["without_places"]
    assert Area.of_json(tree) == Area.around(MOA)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (AREAS["circle"], "20 km around Moa"),
        (replace(AREAS["circle"], without=(FAR,)), "20 km around Moa"),
        (AREAS["way"], "way from Golbanti to Mnazini, 12 km wide"),
        (AREAS["places"], "Kipini and 1 linked place"),
        (
            AREAS["all"],
            "20 km around Moa and way from Golbanti to Mnazini, 12 km wide and Kipini, 2 left out",
        ),
        (Area(0, 0, spots=tuple(Spot(n, f"P{n}", 0, 0) for n in range(5))), "5 places"),
        (Area(0, 0, corridor=NORTH_EAST), "way to the north-east, 1 km wide"),
        (AREAS["shape"], "drawn area with Moa, 40 km across"),
        (Area(0, 0, polygon=replace(SHAPE, name="")), "drawn area, 40 km across"),
        (Area(0, 0), "nowhere"),
    ],
)  # fmt: skip
def test_an_area_says_itself_in_words(area: Area, words: str) -> None:
    assert area_words(area) == words


def test_a_way_holds_what_is_ahead_and_not_what_is_behind() -> None:
    ahead, behind = Position(-2.31916, 40.11084), Position(-2.5, 40.2)  # Minjila; south of them
    wide = Corridor(NORTH.lat, NORTH.lon, NORTH.to_lat, NORTH.to_lon, 9_000, 5.0)
    assert wide.holds(ahead)
    assert wide.minutes_to(ahead) == pytest.approx(190, abs=15)  # some 16 km at 5 km an hour
    assert not wide.holds(behind)
    assert wide.minutes_to(behind) == 0


@pytest.mark.parametrize(
    "centre", [Position(-2.35, 40.3), Position(-17, 179.95), Position(68.5, 20)]
)
def test_rings_cover_every_point_of_an_area_from_the_nearest_on(centre: Position) -> None:
    chance = random.Random(1)
    way = Corridor(
        centre.lat, centre.lon, centre.lat + 0.4, (centre.lon + 180.3) % 360 - 180, 7_000, 5
    )
    circles = (Circle(centre.lat, centre.lon, 30_000),)
    area = Area(centre.lat, centre.lon, circles, corridor=way, polygon=_star(chance, centre, 0.6))
    rings = area.rings()
    cells = {cell for ring in rings.values() for cell in ring}
    assert list(rings) == sorted(rings)
    south, west, north, east = area.box()
    for _ in range(400):
        lon = chance.uniform(west, east)
        point = Position(chance.uniform(south, north), (lon + 540) % 360 - 180)
        if area.covers(point):
            assert cell_of(point) in cells
    for number, ring in rings.items():
        assert all(distance_m(centre, centre_of(cell)) // RING_M == number for cell in ring)


def _star(chance: random.Random, centre: Position, degrees: float) -> Polygon:
    """A shape with many a bay that does not cross itself: its corners lie around the centre."""
    corners = []
    count = chance.randint(3, 12)
    for number in range(count):
        away, angle = degrees * chance.uniform(0.2, 1), 2 * pi * number / count
        lon = centre.lon + away * cos(angle) * 2
        corners.append((centre.lat + away * sin(angle), (lon + 540) % 360 - 180))
    return Polygon(tuple(corners))


@pytest.mark.parametrize(
    "centre", [Position(-2.35, 40.3), Position(-17, 179.95), Position(-17, -179.95)]
)
def test_the_cells_of_a_drawn_shape_cover_every_point_inside(centre: Position) -> None:
    chance = random.Random(2)
    inside = 0
    for degrees in (0.004, 0.05, 0.4):
        shape = _star(chance, centre, degrees)
        assert not shape.crosses_itself
        cells = set(shape.cells())
        for _ in range(300):
            lon = centre.lon + chance.uniform(-2, 2) * degrees
            lat = centre.lat + chance.uniform(-1, 1) * degrees
            point = Position(lat, (lon + 540) % 360 - 180)
            if shape.holds(point):
                inside += 1
                assert cell_of(point) in cells
    assert inside > 100


@pytest.mark.parametrize(
    ("corners", "crosses"),
    [
        ("00 01 11 10", False),
        ("00 11 01 10", True),
        ("00 02 01 10", True),  # back along its own side
        ("00 02 22 11 20", False),
        ("00 02 22 01 20", True),  # a corner on a side
        ("00 03 33 30 00 11 12", True),  # twice through one corner
    ],
)
def test_a_shape_that_crosses_itself_is_known(corners: str, crosses: bool) -> None:
    shape = Polygon(tuple((float(lat), float(lon)) for lat, lon in corners.split()))
    assert shape.crosses_itself is crosses


def test_the_middle_of_a_shape_is_its_centre_of_gravity_also_over_the_date_line() -> None:
    square = Polygon(((-17, 179.0), (-17, -179.0), (-15, -179.0), (-15, 179.0)))
    assert square.centre.lat == pytest.approx(-16)
    assert abs(square.centre.lon) == pytest.approx(180)
    assert square.holds(Position(-16, -179.5))
    assert square.holds(Position(-16, 179.5))
    assert not square.holds(Position(-16, 178.5))
    assert square.square_m == pytest.approx(222_000**2, rel=0.1)


def test_a_group_on_its_way_reaches_a_line_in_its_time() -> None:
    left, right = NORTH.line_at(60) or (NORTH.position, NORTH.position)
    assert NORTH.minutes_to(left) == pytest.approx(60, abs=1)
    assert distance_m(left, right) == pytest.approx(12_000, rel=0.01)
    assert NORTH.line_at(100 * 60) is None


def test_the_box_of_an_area_over_the_date_line_is_narrow() -> None:
    way = Corridor(-17, 179.9, -17, -179.8, 5_000, 5)
    _, west, _, east = Area(-17, 179.9, corridor=way).box()
    assert east - west < 0.5
