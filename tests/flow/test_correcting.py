"""The gazetteer put right by hand: positions, names, doubles, places that are no more."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import correcting, importing, marking, places, ties, uniting
from gateway.flow.correcting import Corrected
from gateway.lists import places as listed
from gateway.runtime import Runtime
from gateway.store.tables import (
    Alert,
    AlertText,
    AuditRow,
    Delivery,
    Incident,
    Place,
    PlaceMark,
    Subscriber,
    Subscription,
)
from gateway.terms.area import Area, Circle, Spot
from gateway.terms.geo import Position, cell_of
from gateway.terms.refusals import Refused
from tests.make import MOA, make_incident, make_place, make_subscriber, make_user

NEAR, FAR = Position(-2.40, 40.32), Position(-1.0, 38.0)


def as_it_is(place: Place) -> Corrected:
    return Corrected(
        place.name, place.lat, place.lon, place.kind, place.county, place.region, place.population
    )


def read_by(runtime: Runtime, session: Session, name: str) -> list[int]:
    return [match.entry.id for match in runtime.gazetteer(session).search(name, limit=5)]


def live_warning(
    session: Session, runtime: Runtime, around: Position, **area: tuple[Spot, ...]
) -> Alert:
    now = runtime.clock()
    user = make_user(session, "drafter")
    incident = make_incident(session, now, state="verified")
    alert = Alert(
        incident_id=incident.id, state="live", hazard="attack", urgency="Immediate",
        severity="Extreme", certainty="Observed", place_name="x", lat=0, lon=0, radius_m=0,
        expires_at=now + timedelta(hours=3), drafted_by=user.id, created_at=now,
    )  # fmt: skip
    circle = Circle(around.lat, around.lon, 2000)
    alert.set_zone(replace(Area.around(circle), **area))
    session.add(alert)
    alert.texts.append(AlertText(language="en", body="Run."))
    session.flush()
    return alert


def test_a_moved_place_takes_its_people_along_and_they_are_warned_there(
    runtime: Runtime, session: Session
) -> None:
    now, amina = runtime.clock(), make_user(session)
    moa = make_place(session)
    person = make_subscriber(session, runtime.keys, "+254700000101", place_id=moa.id)
    alert = live_warning(session, runtime, FAR)
    before = runtime.gazetteer(session)
    wanted = replace(as_it_is(moa), lat=FAR.lat, lon=FAR.lon)
    correcting.correct(runtime, session, moa.id, wanted, amina, "by GPS", now)
    session.refresh(person)
    assert (person.lat, person.lon, person.cell) == (FAR.lat, FAR.lon, cell_of(FAR))
    assert session.scalars(select(Delivery.subscriber_id)).all() == [person.id]
    assert session.scalars(select(Delivery.alert_id)).all() == [alert.id]
    assert runtime.gazetteer(session) is not before
    act = session.scalars(select(AuditRow)).all()[-1]
    assert (act.act, act.reason, act.facts["lat"]) == (
        "place.corrected", "by GPS", [MOA.lat, FAR.lat],
    )  # fmt: skip


def test_a_renamed_place_is_known_by_both_names_unless_the_old_one_was_wrong(
    runtime: Runtime, session: Session
) -> None:
    now, amina = runtime.clock(), make_user(session)
    moa = make_place(session)
    correcting.correct(
        runtime, session, moa.id, replace(as_it_is(moa), name="Mwoa"), amina, "so it is spelt", now
    )
    assert read_by(runtime, session, "moa") == [moa.id]
    wanted = replace(as_it_is(moa), name="Bondeni", keep_name=False)
    correcting.correct(runtime, session, moa.id, wanted, amina, "so it is called", now)
    assert read_by(runtime, session, "mwoa") == []
    assert read_by(runtime, session, "moa") == read_by(runtime, session, "bondeni") == [moa.id]
    session.expire(moa, ["aliases"])
    correcting.forget_alias(session, moa.id, moa.aliases[0].id, amina, "wrong", now)
    assert read_by(runtime, session, "moa") == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "Nothing was changed"),
        ({"name": "?"}, "letters"),
        ({"name": "1234"}, "needs letters"),
        ({"lat": 0.0, "lon": 0.0}, "ocean"),
        ({"lat": 91.0}, "no point on the earth"),
        ({"kind": "planet"}, "kind of place"),
        ({"population": -1}, "number from 0"),
    ],
)
def test_what_cannot_be_is_refused(
    runtime: Runtime, session: Session, change: dict, says: str
) -> None:
    now, amina, moa = runtime.clock(), make_user(session), make_place(session)
    wanted = replace(as_it_is(moa), **change)
    with pytest.raises(Refused, match=says):
        correcting.correct(runtime, session, moa.id, wanted, amina, "why", now)


def test_merged_entries_are_one_and_nobody_is_lost(runtime: Runtime, session: Session) -> None:
    now, amina = runtime.clock(), make_user(session)
    kept, gone = make_place(session), make_place(session, "Mowa", NEAR)
    market = make_place(session, "Garsen", Position(-2.2, 40.1))
    places.add_alias(session, gone.id, "Moa ya chini", "coordinator", "amina", now)
    marking.mark(session, gone.id, "controlled", 5000, amina, "seen", now)
    marking.mark(session, kept.id, "controlled", 2000, amina, "seen", now)
    marking.mark(session, gone.id, "unsafe", 3000, amina, "searches", now)
    ties.tie(session, gone.id, market.id, "market", amina, "the chief", now)
    ties.tie(session, gone.id, kept.id, "kin", amina, "the chief", now)
    one, both = (
        make_subscriber(session, runtime.keys, f"+25470000010{n}", place_id=gone.id, home=NEAR)
        for n in (1, 2)
    )
    for person, place in ((one, gone), (both, gone), (both, kept)):
        session.add(Subscription(subscriber_id=person.id, place_id=place.id, joined_at=now))
    incident = make_incident(session, now, place_id=gone.id)
    alert = live_warning(session, runtime, MOA)
    uniting.merge(runtime, session, gone.id, kept.id, amina, "one village, two lists", now)
    session.expire_all()
    assert {person.place_id for person in session.scalars(select(Subscriber))} == {kept.id}
    assert {person.lat for person in session.scalars(select(Subscriber))} == {MOA.lat}
    joined = session.execute(select(Subscription.subscriber_id, Subscription.place_id)).all()
    assert sorted(map(tuple, joined)) == [(one.id, kept.id), (both.id, kept.id)]
    assert session.get_one(Incident, incident.id).place_id == kept.id
    assert sorted(session.scalars(select(Delivery.subscriber_id))) == [one.id, both.id]
    assert session.scalars(select(Delivery.alert_id)).first() == alert.id
    marks = session.scalars(select(PlaceMark).where(PlaceMark.place_id == kept.id)).all()
    assert {mark.mark: mark.radius_m for mark in marks} == {"controlled": 5000, "unsafe": 3000}
    assert [tie.other.id for tie in listed.ties_of(session, kept.id)] == [market.id]
    for name in ("moa", "mowa", "moa ya chini"):
        assert read_by(runtime, session, name) == [kept.id]
    with pytest.raises(Refused, match="removed"):
        uniting.merge(runtime, session, gone.id, kept.id, amina, "again", now)


def test_entries_far_apart_or_named_by_a_warning_are_not_merged(
    runtime: Runtime, session: Session
) -> None:
    now, amina = runtime.clock(), make_user(session)
    moa, double = make_place(session), make_place(session, "Mowa", NEAR)
    far = make_place(session, "Moa", FAR, source_id="far")
    county = make_place(session, "Tana River", MOA, kind="county")
    for other, says in ((far, "km apart"), (moa, "same place"), (county, "no counties")):
        with pytest.raises(Refused, match=says):
            uniting.merge(runtime, session, moa.id, other.id, amina, "why", now)
    live_warning(session, runtime, FAR, spots=(Spot(moa.id, "Moa", MOA.lat, MOA.lon),))
    with pytest.raises(Refused, match="under way"):
        uniting.merge(runtime, session, moa.id, double.id, amina, "why", now)
    assert uniting.merge(runtime, session, double.id, moa.id, amina, "why", now) is moa


def test_a_removed_place_is_not_understood_until_it_is_restored(
    runtime: Runtime, session: Session
) -> None:
    now, amina = runtime.clock(), make_user(session)
    moa, other = make_place(session), make_place(session, "Ngao", NEAR)
    correcting.remove(session, moa.id, amina, "burnt down, nobody lives there", now)
    assert read_by(runtime, session, "moa") == []
    assert listed.nearby(session, other) == []
    correcting.restore(session, moa.id, amina, "they came back", now)
    assert read_by(runtime, session, "moa") == [moa.id]
    assert [near.place.id for near in listed.nearby(session, other)] == [moa.id]
    make_subscriber(session, runtime.keys, "+254700000101", place_id=moa.id)
    with pytest.raises(Refused, match="People live here"):
        correcting.remove(session, moa.id, amina, "why", now)


def test_a_list_that_is_imported_again_does_not_undo_corrections(
    runtime: Runtime, session: Session, tmp_path: Path
) -> None:
    now, amina = runtime.clock(), make_user(session)
    path = tmp_path / "places.csv"
    path.write_text("name,lat,lon,kind\nMoa,-2.35,40.31,village\nNgao,-2.40,40.20,village\n")
    importing.import_file(session, path, "KE", "csv", who="amina", now=now)
    moa, ngao = session.scalars(select(Place).order_by(Place.name)).all()
    wanted = replace(as_it_is(moa), lat=-2.36)
    correcting.correct(runtime, session, moa.id, wanted, amina, "by GPS", now)
    correcting.remove(session, ngao.id, amina, "flooded", now)
    done = importing.import_file(session, path, "KE", "csv", who="amina", now=now)
    session.expire_all()
    assert (done.changed, done.added, session.get_one(Place, moa.id).lat) == (0, 0, -2.36)
    assert read_by(runtime, session, "ngao") == []
