"""Who is near: the fast search by cells finds exactly whom a plain count finds."""

import random

import pytest

from gateway.dispatch.audience import MAX_RADIUS_M, audience, rings
from gateway.dispatch.outbox import Copies, spread
from gateway.store.tables import Alert, Delivery, Subscription
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position, distance_m
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place, make_subscriber

CENTRES = {
    "Moa": MOA,
    "the equator": Position(0.0, 36.0),
    "far north": Position(68.5, 20.0),
    "the date line": Position(-17.0, 179.9),
}


def circle(centre: Position, radius_m: int) -> Area:
    return Area.around(Circle(centre.lat, centre.lon, radius_m))


def _scatter(chance: random.Random, centre: Position, metres: float) -> Position:
    degrees = metres / 111_000
    lat = centre.lat + chance.uniform(-degrees, degrees)
    lon = centre.lon + chance.uniform(-degrees, degrees) * 3
    return Position(lat, (lon + 180) % 360 - 180)


@pytest.mark.parametrize("centre", CENTRES.values(), ids=CENTRES.keys())
@pytest.mark.parametrize("radius_m", [100, 2_500, 20_000, MAX_RADIUS_M])
def test_the_search_finds_exactly_whom_a_plain_count_finds(
    scene: Scene, centre: Position, radius_m: int
) -> None:
    chance = random.Random(radius_m)
    homes = {}
    with scene.runtime.database.writing() as session:
        for number in range(150):
            home = _scatter(chance, centre, radius_m * 1.3)
            person = make_subscriber(session, scene.runtime.keys, f"+2547001{number:05}", home=home)
            homes[person.id] = home
        found = audience(session, circle(centre, radius_m))
    near = {key for key, home in homes.items() if round(distance_m(centre, home)) <= radius_m}
    assert {member.subscriber_id for member in found} == near
    distances = [member.distance_m for member in found]
    assert distances == sorted(distances)


def test_a_joined_place_counts_and_the_nearer_of_two_decides(scene: Scene) -> None:
    far = Position(MOA.lat + 0.5, MOA.lon)
    with scene.runtime.database.writing() as session:
        place = make_place(session, "Kipao", Position(MOA.lat + 0.01, MOA.lon))
        person = make_subscriber(session, scene.runtime.keys, "+254700100000", home=far)
        session.add(Subscription(subscriber_id=person.id, place_id=place.id, joined_at=scene.now))
        session.flush()
        (member,) = audience(session, circle(MOA, 5_000))
        assert member.distance_m == pytest.approx(1112, abs=5)
        assert audience(session, circle(MOA, 1_000)) == []
        (both,) = audience(session, circle(far, 80_000))
        assert both.distance_m == 0


@pytest.mark.parametrize("state", ["pending", "stopped", "blocked"])
def test_only_subscribed_people_are_an_audience(scene: Scene, state: str) -> None:
    scene.people(1, state=state)
    with scene.runtime.database.reading() as session:
        assert audience(session, circle(MOA, 5_000)) == []


def test_a_thousand_and_more_people_are_queued_once_each(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        for number in range(1_205):
            make_subscriber(session, scene.runtime.keys, f"+2547002{number:05}")
    scene.approved()
    assert scene.count(Delivery) == 1_205
    assert scene.states() == {"queued": 1_205}


def test_the_outbox_itself_refuses_a_second_copy(scene: Scene) -> None:
    scene.people(2)
    alert = scene.approved()
    with scene.runtime.database.writing() as session:
        again = session.get_one(Alert, alert.id)
        for ring in rings(session, again.zone):
            for people in ring.people:
                spread(session, Copies(again, ["en"], scene.now, scene.now), people)
    assert scene.states() == {"queued": 2}
