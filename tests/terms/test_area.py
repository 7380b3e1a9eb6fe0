"""Areas as values: they come back from JSON as they were, and say themselves in words."""

import json
import random
from dataclasses import replace

import pytest

from gateway.terms.area import RING_M, Area, Circle, Corridor, Spot
from gateway.terms.area_words import area_words
from gateway.terms.geo import Position, cell_of, centre_of, distance_m

MOA = Circle(-2.35162, 40.31707, 20_000, "Moa")
NORTH = Corridor(-2.45518, 40.19235, -1.97989, 40.148, 6_000, 5.0, "Golbanti", "Mnazini")
FAR = Circle(3, 35, 900, "Kakuma", "controlled")
NORTH_EAST = Corridor(0, 36, 0.2, 36.2, 500, 5)
TOWN = Spot(1, "Kipini", -2.52565, 40.5262)
AREAS = {
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
    area = Area(centre.lat, centre.lon, (Circle(centre.lat, centre.lon, 30_000),), corridor=way)
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


def test_the_box_of_an_area_over_the_date_line_is_narrow() -> None:
    way = Corridor(-17, 179.9, -17, -179.8, 5_000, 5)
    _, west, _, east = Area(-17, 179.9, corridor=way).box()
    assert east - west < 0.5
