"""A number is shown seldom, for a reason, and never in passing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.flow import people, revealing
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Subscriber, User
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound, Refused
from tests.make import make_place, make_subscriber, make_user

PHONE = "+254700000101"


@pytest.fixture
def amina(runtime: Runtime) -> User:
    with runtime.database.writing() as session:
        moa = make_place(session)
        make_place(session, "Ngao", Position(-2.4, 40.2))
        make_place(session, "Tana River", kind="county")
        make_subscriber(
            session, runtime.keys, PHONE, place_id=moa.id, focal_point=True, quiet_hours=12
        )
        make_subscriber(session, runtime.keys, "+254700000102", place_id=moa.id)
        make_subscriber(session, runtime.keys, "+254700000103", state="stopped")
        return make_user(session)


def reveal(runtime: Runtime, by: User, reason: str = "she needs a call", of: int = 1) -> str:
    with runtime.database.writing() as session:
        return revealing.reveal(runtime, session, of, by, reason, runtime.clock())


def test_ten_numbers_an_hour_are_the_most(runtime: Runtime, amina: User) -> None:
    with runtime.database.writing() as session:
        other = make_user(session, "brian")
    for _ in range(revealing.MOST_AN_HOUR):
        assert reveal(runtime, amina) == PHONE
    with pytest.raises(Refused, match="10 numbers"):
        reveal(runtime, amina)
    assert reveal(runtime, other) == PHONE
    start = runtime.clock()
    runtime.clock = lambda: start + timedelta(minutes=61)
    assert reveal(runtime, amina) == PHONE


def test_each_look_is_audited_with_its_reason_and_without_the_number(
    runtime: Runtime, amina: User
) -> None:
    reveal(runtime, amina)
    for reason, of, error in ((" ", 1, Refused), ("why", 99, NotFound)):
        with pytest.raises(error):
            reveal(runtime, amina, reason, of)
    with runtime.database.writing() as session:
        (row,) = session.scalars(select(AuditRow)).all()
        assert (row.who, row.act, row.subject, row.reason, row.facts) == (
            "amina", "subscriber.reveal", "subscriber 1", "she needs a call", {},
        )  # fmt: skip
        session.get_one(Subscriber, 1).phone = None
    with pytest.raises(Refused, match="erased"):
        reveal(runtime, amina)


def test_a_focal_point_hands_the_role_over(runtime: Runtime, amina: User) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        for name, says in (("Nobody-1", "Nobody is called"), ("heron-000101", "same person"),
                           ("Heron-000103", "Only subscribed")):  # fmt: skip
            with pytest.raises(Refused, match=says):
                people.hand_over(session, 1, name, amina, "she moves away", now)
        people.hand_over(session, 1, " heron-000102 ", amina, "she moves away", now)
    with runtime.database.reading() as session:
        rows = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
        assert [(one.focal_point, one.quiet_hours) for one in rows] == [
            (False, None), (True, 12), (False, None),
        ]  # fmt: skip
        assert [one.reliability for one in rows] == ["F", "B", "F"]
        acts = session.execute(select(AuditRow.act, AuditRow.subject)).all()
        assert sorted(map(tuple, acts)) == [
            ("subscriber.handed_over", "subscriber 1"), ("subscriber.took_over", "subscriber 2"),
        ]  # fmt: skip


def test_place_and_language_are_corrected_with_a_reason(runtime: Runtime, amina: User) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        people.set_home(runtime, session, 1, 2, amina, "she moved", now)
        people.set_language(runtime, session, 1, "sw", amina, "she asked", now)
        with pytest.raises(Refused, match="village"):
            people.set_home(runtime, session, 1, 3, amina, "why", now)
        with pytest.raises(Refused, match="does not write"):
            people.set_language(runtime, session, 1, "xx", amina, "why", now)
    with runtime.database.reading() as session:
        person = session.get_one(Subscriber, 1)
        assert (person.place_id, person.language, person.lat) == (2, "sw", -2.4)
        facts = session.scalars(select(AuditRow.facts).order_by(AuditRow.id)).all()
        assert facts == [{"place": 2}, {"language": "sw"}]
