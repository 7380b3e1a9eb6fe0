"""Who moves from where to where, how, and when they may arrive."""

import pytest

from gateway.understanding.folding import tokens
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.geotag import locate
from gateway.understanding.moving import movement

GARSEN = Entry(1, "Garsen", -2.27, 40.11, "town", population=9_000)
KIPINI = Entry(2, "Kipini", -2.52, 40.53, "locality")
MINJILA = Entry(3, "Minjila", -2.29, 40.12, "locality")


def moved(text, lexicon):
    words = tokens(text)
    gazetteer = Gazetteer([GARSEN, KIPINI, MINJILA])
    found = locate(text, words, gazetteer=gazetteer, lexicon=lexicon, home=None)
    return movement([word.word for word in words], lexicon, found.places, found.place)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("armed men going from Garsen to Kipini", ("Garsen", "Kipini")),
        ("watu wenye silaha wametoka Garsen wanaelekea Kipini", ("Garsen", "Kipini")),
        ("des hommes armés viennent de Garsen vers Kipini", ("Garsen", "Kipini")),
        ("gunmen in Garsen heading to Kipini", (None, "Kipini")),
        ("gunmen passed Garsen, they took the road to Kipini", (None, "Kipini")),
        ("gunmen seen in Garsen, they head for Kipini", (None, "Kipini")),
    ],
)
def test_from_and_to_are_read(text, way, lexicon):
    found = moved(text, lexicon)
    assert (found.from_, found.to) == way
    assert found.bearing_deg == 121


def test_where_they_pass_through_and_who_they_are_is_told(lexicon):
    found = moved("raiders going from Garsen through Minjila to Kipini", lexicon)
    assert (found.through, found.who) == (("Minjila",), "raiders")


@pytest.mark.parametrize(
    ("text", "by", "minutes"),
    [
        ("armed men on foot from Garsen to Kipini", "foot", 815),
        ("armed men on horses from Garsen to Kipini", "horse", 407),
        ("armed men on motorbikes from Garsen to Kipini", "vehicle", 109),
        ("armed men from Garsen to Kipini", None, None),
    ],
)
def test_how_they_travel_tells_roughly_when_they_arrive(text, by, minutes, lexicon):
    found = moved(text, lexicon)
    assert (found.by, found.arrival_minutes) == (by, minutes)


def test_who_stands_still_does_not_move(lexicon):
    assert moved("armed men in Garsen", lexicon) is None
