"""Who is near: the fast search by cells finds exactly whom a plain count finds."""

import random

import pytest

from gateway.dispatch.audience import MAX_RADIUS_M, audience, counts, pieces, rings
from gateway.dispatch.outbox import Copies, spread
from gateway.store.tables import Alert, Delivery, Place, Subscription
from gateway.terms.area import Area, Circle, Corridor, Spot
from gateway.terms.geo import Position, distance_m
from gateway.terms.polygon import Polygon
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


def _area(chance: random.Random, centre: Position, places: list[Place]) -> Area:
    """Some of everything: circles, a way, chosen places, and what is left out."""
    end = _scatter(chance, centre, 30_000)
    way = Corridor(centre.lat, centre.lon, end.lat, end.lon, chance.randint(1_000, 9_000), 5.0)
    near = _scatter(chance, centre, 20_000)
    out = _scatter(chance, centre, 20_000)
    spots = tuple(Spot(p.id, p.name, p.lat, p.lon) for p in chance.sample(places, 3))
    return Area(
        centre.lat,
        centre.lon,
        circles=(Circle(near.lat, near.lon, chance.randint(500, 20_000)),) * chance.randint(0, 1),
        spots=spots[: chance.randint(0, 2)],
        corridor=way if chance.random() < 0.7 else None,
        polygon=_shape(chance, centre, 15_000) if chance.random() < 0.5 else None,
        without=(Circle(out.lat, out.lon, chance.randint(500, 9_000)),) * chance.randint(0, 1),
        without_places=spots[2:] * chance.randint(0, 1),
    )


@pytest.mark.parametrize("centre", [MOA, CENTRES["the date line"]], ids=["Moa", "the date line"])
def test_the_search_agrees_with_the_plain_rule_of_any_area(scene: Scene, centre: Position) -> None:
    """By homes and joined places; pieces and counts give the same people."""
    chance = random.Random(centre.lat)
    with scene.runtime.database.writing() as session:
        places = [
            make_place(session, f"P{number}", _scatter(chance, centre, 12_000))
            for number in range(25)
        ]
        people = {}
        for number in range(70):
            home = chance.choice([*places, None])
            spot = Position(home.lat, home.lon) if home else _scatter(chance, centre, 12_000)
            person = make_subscriber(
                session, scene.runtime.keys, f"+2547003{number:05}", home=spot,
                place_id=home.id if home else None,
            )  # fmt: skip
            joined = {home} if home and chance.random() < 0.8 else set()
            joined |= {chance.choice(places)} if chance.random() < 0.4 else set()
            for place in joined:
                session.add(
                    Subscription(subscriber_id=person.id, place_id=place.id, joined_at=scene.now)
                )
            people[person.id] = (spot, home.id if home else None, joined)
        session.flush()
        told = 0
        for _ in range(6):
            area = _area(chance, centre, places)
            expected = {key for key, person in people.items() if _is_told(area, *person)}
            told += len(expected)
            found = audience(session, area)
            assert {member.subscriber_id for member in found} == expected
            assert sum(count for *_, count in counts(session, rings(session, area))) == len(
                expected
            )
            in_pieces = {
                row[0]
                for ring in rings(session, area)
                for people_of in pieces(session, ring, most=20)
                for row in session.execute(people_of)
            }
            assert in_pieces == expected
        assert told > 40


def _is_told(area: Area, home: Position, home_id: int | None, joined: set[Place]) -> bool:
    """Judged by the home alone what is left out; by the home or a joined place what is in."""
    if area.leaves_out(home, home_id):
        return False
    at_home = area.covers(home) or home_id in {spot.place_id for spot in area.spots}
    return at_home or any(
        area.covers(Position(p.lat, p.lon)) or p.id in {spot.place_id for spot in area.spots}
        for p in joined
    )


def _shape(chance: random.Random, centre: Position, metres: float) -> Polygon:
    """Any corners: sides may cross, as the search must agree with the rule even then."""
    spots = [_scatter(chance, centre, metres) for _ in range(chance.randint(3, 12))]
    return Polygon(tuple((spot.lat, spot.lon) for spot in spots))


@pytest.mark.parametrize("centre", CENTRES.values(), ids=CENTRES.keys())
def test_the_search_finds_exactly_whom_a_drawn_shape_holds(scene: Scene, centre: Position) -> None:
    chance = random.Random(7)
    shapes = [_shape(chance, centre, metres) for metres in (900, 9_000, 60_000, 60_000)]
    homes = {}
    with scene.runtime.database.writing() as session:
        spots = [_scatter(chance, centre, chance.choice((1_200, 12_000))) for _ in range(120)]
        spots += [corner for shape in shapes for corner in shape.positions]  # on the edge
        for number, home in enumerate(spots):
            person = make_subscriber(session, scene.runtime.keys, f"+2547004{number:05}", home=home)
            homes[person.id] = home
        told = 0
        for shape in shapes:
            middle = shape.centre if not shape.crosses_itself else centre
            found = audience(session, Area(middle.lat, middle.lon, polygon=shape))
            expected = {key for key, home in homes.items() if shape.holds(home)}
            assert {member.subscriber_id for member in found} == expected
            distances = [member.distance_m for member in found]
            assert distances == sorted(distances)
            told += len(expected)
        assert told > 20


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
