"""What several words say together: closed roads, arrivals, threats, and where a witness stands."""

import pytest

from gateway.understanding.gazetteer import Entry

CLOSED = [
    "hawkers closed the Witu stage with carts",
    "the road at Garsen is still closed",
    "youths put stones across the road to Kipini",
    "barabara ya Witu imefungwa tena",
    "wachuuzi wamefunga stendi ya Garsen",
    "les jeunes ont mis des pierres sur la route de Witu",
]


@pytest.mark.parametrize("text", CLOSED)
def test_a_road_is_closed_whatever_stands_between(read, text):
    assert read(text).hazard == "roadblock", read(text).why


def test_an_open_road_and_a_closed_clinic_are_no_roadblock(read):
    assert "roadblock" not in read("the road to Garsen is not closed").hazards
    assert "roadblock" not in read("the clinic in Garsen is closed, no medicine").hazards


@pytest.mark.parametrize(
    "text",
    [
        "families from Moa arrived in Witu, they say their houses were burnt",
        "akina mama na watoto kutoka Moa wamefika Witu wanasema wamevamiwa",
        "des familles de Moa sont arrivées à Witu, on a brûlé leurs maisons",
    ],
)
def test_who_arrives_tells_of_what_they_fled(read, text):
    reading = read(text)
    assert reading.hazard == "displacement", reading.why
    assert "attack" in reading.hazards


@pytest.mark.parametrize(
    "text",
    [
        "families arrived in Witu and now gunmen are shooting at us",
        "gunmen attacked Moa and families have come to Witu",
    ],
)
def test_an_attack_that_goes_on_or_stands_first_stays_one(read, text):
    assert read(text).hazard == "attack", read(text).why


@pytest.mark.parametrize(
    "text",
    [
        "leaflets in Garsen say newcomers will be slaughtered",
        "vipeperushi Garsen vinasema wageni watachomwa",
        "hao ni wanyama wawindwe wote Garsen",
        "sell nothing to the refugees in Garsen they are cockroaches",
    ],
)
def test_who_threatens_has_not_yet_killed(read, text):
    assert read(text).hazard == "hate_speech", read(text).why


def test_a_deed_told_before_the_leaflet_stays_one(read):
    text = "gunmen killed five in Moa and left leaflets that outsiders must leave our land"
    assert read(text).hazards["attack"] >= 0.75, read(text).why


def test_rangers_are_no_animals(read):
    text = "wafugaji na walinzi wa wanyama wanapigana karibu na Garsen"
    assert read(text).hazard == "attack", read(text).why


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("people in Garsen say Kipini was attacked yesterday", "Kipini"),
        ("I heard in Garsen that a lorry was burnt at Kipini", "Kipini"),
        ("watu wa Garsen wanasema nyumba zimechomwa huko Kipini", "Kipini"),
        ("we hear explosions far north of Garsen, towards Kipini", "Kipini"),
        ("people in Garsen say they were attacked", "Garsen"),
        ("armed men seen at Garsen going towards Kipini", "Garsen"),
    ],
)
def test_where_it_is_told_or_heard_is_not_where_it_happens(read, text, place):
    reading = read(text)
    assert reading.place is not None, reading.why
    assert reading.place.name == place, reading.why


def test_a_destination_alone_leaves_the_group_with_the_witness(read, moa):
    reading = read("wamechukua ng'ombe wote wanaelekea upande wa Kipini", sender_place=moa)
    assert reading.place is not None
    assert (reading.place.name, reading.place.found_by) == ("Moa", "sender"), reading.why
    assert reading.movement is not None
    assert reading.movement.to == "Kipini"


def test_hearsay_of_a_destination_was_not_seen_from_home(read, moa):
    reading = read("I heard that armed men are heading to Kipini", sender_place=moa)
    assert reading.place is not None
    assert reading.place.name == "Kipini", reading.why


def test_a_threat_to_a_place_is_of_that_place(read, moa):
    reading = read("armed men want to attack Kipini", sender_place=moa)
    assert reading.place is not None
    assert reading.place.name == "Kipini", reading.why


def test_who_came_from_one_place_and_nears_the_witness_is_there(read, kenya, moa):
    home: Entry = kenya.exact(["kipini"])[0].entry
    reading = read("raiders came from Garsen and are approaching Kipini", sender_place=home)
    assert reading.place is not None
    assert reading.place.name == "Kipini", reading.why
