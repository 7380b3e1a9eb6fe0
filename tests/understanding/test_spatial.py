"""Distances, directions, roads, landmarks and typed positions."""

import pytest

from gateway.terms.geo import Position, distance_m
from gateway.understanding.coordinates import read_coordinates
from gateway.understanding.folding import tokens
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.geotag import locate
from gateway.understanding.offsets import bearing, destination

KENYA = (-5.0, 33.5, 5.5, 42.0)
GARSEN = Entry(1, "Garsen", -2.27, 40.11, "town", population=9_000)
KIPINI = Entry(2, "Kipini", -2.52, 40.53, "locality")
MOA = Entry(3, "Moa", -2.35, 40.31, "locality")
PLACES = (GARSEN, KIPINI, MOA)


def place(text, lexicon, *more, home=None):
    gazetteer = Gazetteer((*PLACES, *more))
    return locate(text, tokens(text), gazetteer=gazetteer, lexicon=lexicon, home=home).place


@pytest.mark.parametrize(
    ("text", "metres", "degrees"),
    [
        ("armed men 5km north of Garsen", 5_000, 0),
        ("armed men 2.5 km east of Garsen", 2_500, 90),
        ("armed men about ten kilometres south of Garsen", 10_000, 180),
        ("armed men twenty five km west of Garsen", 25_000, 270),
        ("armed men 6 miles north of Garsen", 9_654, 0),
        ("armed men 800 metres east of Garsen", 800, 90),
        ("watu wenye silaha kilomita tano kaskazini ya Garsen", 5_000, 0),
        ("watu wenye silaha kilomita ishirini na tano kusini mwa Garsen", 25_000, 180),
        ("hommes armés à dix kilomètres au nord de Garsen", 10_000, 0),
        ("hommes armés à 3 km à l'est de Garsen", 3_000, 90),
        ("armed men two hours walk north of Garsen", 8_000, 0),
    ],
)
def test_a_distance_and_a_direction_move_the_point(text, metres, degrees, lexicon):
    found = place(text, lexicon)
    there = destination(GARSEN.position, metres, degrees)
    assert distance_m(Position(found.lat, found.lon), there) < 50, found
    assert found.role == "near"


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("armed men 12 km from Garsen", 12_000),
        ("watu wenye silaha kilomita tano kutoka Garsen", 5_000),
        ("hommes armés à une heure de marche de Garsen", 4_000),
        ("wako saa mbili kwa miguu kutoka Garsen", 8_000),
    ],
)
def test_a_distance_alone_widens_the_precision(text, metres, lexicon):
    found = place(text, lexicon)
    assert (found.lat, found.lon) == (GARSEN.lat, GARSEN.lon)
    assert metres <= found.precision_m <= metres + 10_000


def test_a_distance_is_measured_along_the_road_that_is_named(lexicon):
    found = place("attack 10 km from Garsen on the Kipini road", lexicon)
    there = destination(GARSEN.position, 10_000, bearing(GARSEN.position, KIPINI.position))
    assert distance_m(Position(found.lat, found.lon), there) < 50


def test_between_two_places_is_halfway(lexicon):
    found = place("ambush between Garsen and Kipini", lexicon)
    assert found.lat == pytest.approx((GARSEN.lat + KIPINI.lat) / 2, abs=0.01)


def test_the_one_landmark_of_its_kind_near_a_village_is_meant(lexicon):
    clinic = Entry(9, "Moa Dispensary", -2.344, 40.322, "health site", extent_m=500)
    far = Entry(8, "Kipini Clinic", -2.52, 40.53, "health site", extent_m=500)
    found = place("armed men are gathering near the clinic in Moa", lexicon, clinic, far)
    assert (found.place_id, found.found_by) == (9, "landmark")
    assert found.name == "Moa Dispensary, Moa"


def test_of_several_landmarks_of_a_kind_none_is_guessed(lexicon):
    schools = [Entry(9 + n, f"School {n}", -2.344 - n / 100, 40.32, "school") for n in (0, 1)]
    assert place("armed men near the school in Moa", lexicon, *schools).place_id == MOA.id


def test_here_with_a_landmark_is_the_one_where_the_sender_lives(lexicon):
    market = Entry(9, "Soko Moa", -2.352, 40.312, "market")
    found = place("wanapiga risasi hapa sokoni", lexicon, market, home=MOA)
    assert found.place_id == 9


@pytest.mark.parametrize(
    "text",
    [
        "-2.35162, 40.31707",
        "-2,35162 40,31707",
        "40.31707,-2.35162",
        "2.35162S 40.31707E",
        "S2.35162 E40.31707",
        "lat -2.35162 long 40.31707",
        "2°21'05.8\"S 40°19'01.5\"E",
        "2 21 06 S, 40 19 01 E",
        "S 2 21.1 E 40 19.02",
        "https://maps.google.com/?q=-2.35162,40.31707",
        "https://maps.google.com/?q=-2.35162%2C40.31707",
        "https://www.google.com/maps/@-2.35162,40.31707,15z",
        "https://www.google.com/maps/data=!3d-2.35162!4d40.31707",
        "geo:-2.35162,40.31707?z=12",
        "6H92J8X8+9R",
        "J8X8+9R",
    ],
)
def test_positions_are_read_as_people_and_phones_write_them(text):
    found = read_coordinates(f"armed men {text} now", KENYA, Position(-2.3, 40.1))
    assert distance_m(Position(found.lat, found.lon), Position(-2.35162, 40.31707)) < 150


@pytest.mark.parametrize("text", ["call 12.50 30.20", "1.5 2.5", "2 21 06 40 19", "WATU+MO", "A+B"])
def test_other_numbers_are_no_position(text):
    assert read_coordinates(text, KENYA) is None


@pytest.mark.parametrize(
    "text",
    [
        "armed men in zone 3 of Garsen",
        "armed men in block B of Garsen camp",
        "hommes armés au bloc 2 du camp de Garsen",
        "watu wenye silaha katika zoni 4 ya kambi ya Garsen",
    ],
)
def test_a_numbered_part_of_a_place_is_in_that_place(text, lexicon):
    found = place(text, lexicon)
    assert (found.place_id, found.role) == (GARSEN.id, "at")


def test_of_several_lists_the_one_believed_first_says_where_a_place_is(lexicon):
    lists = [
        Entry(7, "Kwale", -4.17, 39.45, "locality", population=10_000, priority=1),
        Entry(8, "Kwale", -4.19, 39.46, "locality", priority=3),
        Entry(9, "Kwale", -4.16, 39.44, "locality", priority=2),
    ]
    assert place("armed men in Kwale", lexicon, *lists).place_id == 8
