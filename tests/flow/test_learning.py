"""A correction made once places the next message right, whoever sends it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import judging, take_in
from gateway.flow.naming import places_named
from gateway.flow.places import others_called
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.tables import (
    Exercise,
    Incident,
    Place,
    PlaceAlias,
    Report,
    Subscriber,
    User,
)
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused
from tests.databases import ENGINES, fresh_database
from tests.make import MOA, make_subscriber, make_user

WITNESS, NEXT = "+254700000201", "+254700000202"
NEAR_HOLA = Position(-1.482, 40.101)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Every gateway of this file knows the places of the sample country."""
    yield from fresh_database(request, tmp_path, "sample")


@pytest.fixture
def amina(runtime: Runtime) -> User:
    with runtime.database.writing() as session:
        return make_user(session)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("Qwambokani", "Armed men are coming to Qwambokani now", "shots at qwambokani, send help"),
        ("Boma la Zuhuri", "Watu wenye silaha Boma la Zuhuri", "attack at BOMA LA ZUHURI now"),
        ("قرية الزهور", "هجوم في قرية الزهور", "Armed men in قرية الزهور now"),
        ("ቀይ አፈር", "Armed men at ቀይ አፈር now", "they burn houses in ቀይ አፈር"),
        ("Qwizhali-Dede", "hommes armés à Qwizhali-Dede", "armed men in qwizhali dede"),
    ],
)
def test_a_village_no_list_knows_is_learnt_from_one_correction(
    runtime: Runtime, amina: User, name: str, first: str, second: str
) -> None:
    report = say(runtime, first, WITNESS)
    assert report.place_id is None
    correct(runtime, amina, report, position=NEAR_HOLA, learn_as=name)
    following = say(runtime, second, NEXT)
    assert following.place_name == name
    assert away_m(following, NEAR_HOLA) < 1
    with runtime.database.reading() as session:
        place = session.get_one(Place, following.place_id)
        assert (place.source, place.country) == ("coordinator", "KE")


def test_a_village_taken_for_another_of_like_spelling_is_learnt(
    runtime: Runtime, amina: User
) -> None:
    report = say(runtime, "hommes armés à Dzitsuhe-Mbali", WITNESS)
    assert report.place_id is not None
    correct(runtime, amina, report, position=NEAR_HOLA, learn_as="Dzitsuhe-Mbali")
    following = say(runtime, "armed men in dzitsuhe mbali", NEXT)
    assert away_m(following, NEAR_HOLA) < 1


@pytest.mark.parametrize("name", ["Qwambokani", "Soko Jipya la Zuhuri", "زهورية"])
def test_another_name_of_a_known_place_is_learnt(runtime: Runtime, amina: User, name: str) -> None:
    report = say(runtime, f"Armed men are coming to {name} now", WITNESS)
    moa = place_id_of(runtime, "Moa")
    correct(runtime, amina, report, place_id=moa, learn_as=name)
    following = say(runtime, f"armed men at {name}, they burn houses", NEXT)
    assert (following.place_id, following.found_by) == (moa, "alias")


def test_a_name_with_invisible_marks_is_learnt_without_them(runtime: Runtime, amina: User) -> None:
    report = say(runtime, "Armed men at \u200fزهورية\u200f now", WITNESS)
    correct(runtime, amina, report, position=NEAR_HOLA, learn_as=" \u200fزهورية\u200f ")
    with runtime.database.reading() as session:
        assert session.scalar(select(Place.id).where(Place.name == "زهورية"))


def test_a_name_that_another_place_has_is_told_apart_by_the_senders_home(
    runtime: Runtime, amina: User
) -> None:
    report = say(runtime, "Armed men are coming to Kipini now", WITNESS)
    listed = Position(report.lat, report.lon)
    ours = Position(listed.lat + 2, listed.lon - 2)
    with runtime.database.writing() as session:
        make_subscriber(session, runtime.keys, "+254700000301", home=ours)
        make_subscriber(session, runtime.keys, "+254700000302", home=listed)
    correct(runtime, amina, report, position=ours, learn_as="Kipini")
    with runtime.database.reading() as session:
        others = others_called(runtime.gazetteer(session), "kipini", ours)
        assert any(distance_m(other.position, listed) < 20_000 for other in others)
        homes = {distance_m(entry.position, ours) < 1: entry.id for entry in kipinis(runtime)}
    settle(runtime, "+254700000301", homes[True])
    settle(runtime, "+254700000302", homes[False])
    near_ours = say(runtime, "shots heard at Kipini", "+254700000301")
    near_listed = say(runtime, "they burn houses in Kipini", "+254700000302")
    assert away_m(near_ours, ours) < 1_000
    assert away_m(near_listed, listed) < 20_000


def test_a_name_learnt_twice_is_learnt_once(runtime: Runtime, amina: User) -> None:
    moa = place_id_of(runtime, "Moa")
    for phone in (WITNESS, NEXT):
        report = say(runtime, "Armed men are coming to Qwambokani now", phone)
        correct(runtime, amina, report, place_id=moa, learn_as="Qwambokani")
    with runtime.database.reading() as session:
        rows = session.scalars(select(PlaceAlias.source).where(PlaceAlias.name == "Qwambokani"))
        assert rows.all() == ["coordinator"]


def test_a_name_that_cannot_be_one_is_refused_and_the_place_stays(
    runtime: Runtime, amina: User
) -> None:
    report = say(runtime, "Armed men are coming to Qwambokani now", WITNESS)
    with pytest.raises(Refused, match="needs letters"):
        correct(runtime, amina, report, position=NEAR_HOLA, learn_as="12345")
    with runtime.database.reading() as session:
        incident = session.get_one(Incident, report.incident_id)
        assert (incident.placed_by, incident.place_id) == ("reports", None)


def test_a_drill_teaches_no_names(runtime: Runtime, amina: User) -> None:
    report = say(runtime, "Armed men are coming to Qwambokani now", WITNESS)
    with runtime.database.writing() as session:
        drill = Exercise(scenario="x", started_at=runtime.clock())
        session.add(drill)
        session.flush()
        session.get_one(Incident, report.incident_id).exercise_id = drill.id
    correct(runtime, amina, report, position=NEAR_HOLA, learn_as="Qwambokani")
    with runtime.database.reading() as session:
        assert session.scalar(select(Place.id).where(Place.source == "coordinator")) is None
        assert session.get_one(Incident, report.incident_id).lat == NEAR_HOLA.lat


def test_what_one_process_learns_another_knows_at_once(runtime: Runtime, amina: User) -> None:
    """Even where both look within one tick of a clock."""
    report = say(runtime, "Armed men are coming to Qwambokani now", WITNESS)
    for name in ("Qwambokani", "Zuhurini"):
        with runtime.database.reading() as session:
            assert not runtime.gazetteer(session).exact([name.casefold()])
        correct(runtime, amina, report, position=MOA, learn_as=name)
        with runtime.database.reading() as session:
            assert runtime.gazetteer(session).exact([name.casefold()])


def say(runtime: Runtime, text: str, phone: str) -> Report:
    sms = InboundSms(uuid.uuid4().hex, phone, "20880", text)
    (message_id,) = take_in.keep(runtime, "simulator", [sms], runtime.clock())
    take_in.process_waiting(runtime, 10)
    with runtime.database.reading() as session:
        return session.scalars(select(Report).where(Report.message_id == message_id)).one()


def correct(runtime: Runtime, by: User, report: Report, **how: object) -> None:
    with runtime.database.writing() as session:
        assert report.incident_id is not None
        judging.set_place(
            runtime, session, report.incident_id, by, "by phone", runtime.clock(), **how
        )


def place_id_of(runtime: Runtime, name: str) -> int:
    with runtime.database.reading() as session:
        return places_named(runtime, session, name)[0].id


def kipinis(runtime: Runtime) -> list:
    with runtime.database.reading() as session:
        return [match.entry for match in runtime.gazetteer(session).exact(["kipini"])]


def settle(runtime: Runtime, phone: str, place_id: int) -> None:
    with runtime.database.writing() as session:
        person = session.scalars(
            select(Subscriber).where(Subscriber.phone_index == runtime.keys.index.of(phone))
        ).one()
        person.place_id = place_id


def away_m(report: Report, position: Position) -> float:
    assert report.lat is not None
    assert report.lon is not None
    return distance_m(Position(report.lat, report.lon), position)
