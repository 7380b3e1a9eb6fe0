"""Sign-up sheets are taken once, whole, and never against a STOP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.flow import sheets, signing_up
from gateway.runtime import Runtime
from gateway.store.tables import (
    Alert,
    AlertText,
    AuditRow,
    Consent,
    Delivery,
    Place,
    Subscriber,
    Subscription,
    User,
)
from gateway.subscribers import consent, membership
from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from tests.flow.paper import GOOD, check, make_village
from tests.make import MOA, make_incident, make_place, make_subscriber


@pytest.fixture
def amina(runtime: Runtime) -> User:
    return make_village(runtime)


def take(runtime: Runtime, by: User, checked: sheets.Checked, **how: bool) -> signing_up.Taken:
    text, mark = checked.sheet.text, checked.fingerprint
    with runtime.database.writing() as session:
        return signing_up.take(
            runtime, session, text, mark, {}, by, "the chief's list", runtime.clock(),
            greet=how.get("greet", True),
        )  # fmt: skip


def test_good_rows_are_signed_up_once_however_often_they_are_sent(
    runtime: Runtime, amina: User
) -> None:
    checked = check(
        runtime, GOOD, "0700000102,Moa,en,Musa,yes,yes", "0700000102,Garsen,en,,,yes", "x,Moa,,,,y"
    )
    assert checked.left_out == {"repeated": 1, "bad": 1}
    taken = take(runtime, amina, checked)
    assert (taken.joined, taken.focal_points) == (2, 1)
    assert take(runtime, amina, checked).joined == 0
    with runtime.database.reading() as session:
        people = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
        assert {(one.state, one.language, one.focal_point) for one in people} == {
            ("subscribed", "sw", False), ("subscribed", "en", True),
        }  # fmt: skip
        assert all(one.place_id and one.cell and one.lat == MOA.lat for one in people)
        consents = session.scalars(select(Consent)).all()
        assert {(one.act, one.via) for one in consents} == {("joined", "sheet")}
        assert sorted(one.at.day for one in consents) == [1, 10]
        assert session.scalar(select(func.count()).select_from(Subscription)) == 2
        texts = session.scalars(select(Delivery)).all()
        assert len(texts) == 2
        assert all("Moa" in (one.body or "") for one in texts)
        (english,) = (one.body for one in texts if one.language == "en")
        assert "STOP" in (english or "")
        first, second = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        assert first.facts["joined"] == 2
        assert second.facts["member"] == 2
        assert "700000101" not in str([first.facts, first.subject])


def test_without_a_greeting_nothing_is_sent(runtime: Runtime, amina: User) -> None:
    take(runtime, amina, check(runtime, GOOD), greet=False)
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_another_text_than_the_checked_one_is_refused(runtime: Runtime, amina: User) -> None:
    checked = check(runtime, GOOD)
    with runtime.database.writing() as session, pytest.raises(Refused, match="not the sheet"):
        signing_up.take(
            runtime, session, f"{checked.sheet.text}0700000199,Moa,,,yes\n", checked.fingerprint,
            {}, amina, "why", runtime.clock(), greet=True,
        )  # fmt: skip


def test_no_sheet_takes_back_a_stop_or_a_block(runtime: Runtime, amina: User) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        for number, act in ((1, "stop"), (2, "block"), (3, "both"), (4, "company"), (5, "none")):
            person = make_subscriber(session, runtime.keys, f"+25470000011{number}")
            if act in ("stop", "both", "company"):
                via = "provider twilio" if act == "company" else "sms"
                membership.stop(session, person, via=via, message_id=None, now=now)
            if act in ("block", "both"):
                membership.block(session, person, who="amina", why="lies", now=now)
            if act == "both":  # no longer blocked, and STOP stands as before
                membership.unblock(session, person, who="amina", why="sorry", now=now)
    checked = check(runtime, *(f"070000011{n},Moa,sw,,yes,yes" for n in range(1, 6)))
    assert not checked.good
    assert checked.left_out == {"stopped": 3, "blocked": 1, "member": 1}
    assert take(runtime, amina, checked).joined == 0
    with runtime.database.reading() as session:
        states = session.scalars(select(Subscriber.state).order_by(Subscriber.id)).all()
        assert states == ["stopped", "blocked", "pending", "stopped", "subscribed"]


def test_a_sheet_does_not_count_as_the_persons_own_word(runtime: Runtime, amina: User) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        person = make_subscriber(session, runtime.keys, "+254700000111")
        membership.stop(session, person, via="provider twilio", message_id=None, now=now)
        consent.remember(session, person, "joined", "sheet", None, now + timedelta(minutes=1))
        assert consent.open_stops(session, person.id) == {"twilio"}
        consent.remember(session, person, "joined", "sms", None, now + timedelta(minutes=2))
        assert consent.open_stops(session, person.id) == set()


def test_somebody_who_wrote_before_keeps_home_and_language(runtime: Runtime, amina: User) -> None:
    with runtime.database.writing() as session:
        person = make_subscriber(
            session, runtime.keys, "+254700000101", state="pending", language="en"
        )
        make_home = make_place(session, "Ngao", Position(-2.4, 40.2))
        person.place_id = make_home.id
    assert take(runtime, amina, check(runtime, GOOD)).joined == 1
    with runtime.database.reading() as session:
        person = session.scalars(select(Subscriber)).one()
        assert (person.state, person.language, person.place_id) == (
            "subscribed", "en", make_home.id,
        )  # fmt: skip
        assert session.scalar(select(func.count()).select_from(Subscription)) == 1


def test_two_who_send_the_same_sheet_at_once_sign_nobody_up_twice(
    runtime: Runtime, amina: User
) -> None:
    checked = check(runtime, *(f"07000001{n},Moa,sw,,no,yes" for n in range(10, 40)))
    with ThreadPoolExecutor(2) as two:
        done = list(two.map(lambda _: take(runtime, amina, checked), range(2)))
    assert sorted(one.joined for one in done) == [0, 30]
    with runtime.database.reading() as session:
        for table in (Subscriber, Subscription, Consent, Delivery):
            assert session.scalar(select(func.count()).select_from(table)) == 30


def test_whoever_is_signed_up_where_a_warning_holds_is_sent_it(
    runtime: Runtime, amina: User
) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        incident = make_incident(session, now, state="verified")
        alert = Alert(
            incident_id=incident.id, state="live", hazard="attack", urgency="Immediate",
            severity="Extreme", certainty="Observed", place_name="Moa", lat=MOA.lat, lon=MOA.lon,
            radius_m=3000, expires_at=now + timedelta(hours=3), drafted_by=amina.id,
            created_at=now, texts=[AlertText(language="en", body="Run.")],
        )  # fmt: skip
        session.add(alert)
    taken = take(runtime, amina, check(runtime, GOOD, "0700000102,Garsen,en,,,yes"))
    assert (taken.joined, taken.warned) == (2, 1)
    with runtime.database.reading() as session:
        copies = select(Delivery.subscriber_id).where(Delivery.alert_id == alert.id)
        home = session.get_one(Subscriber, session.scalars(copies).one()).place_id
        assert session.get_one(Place, home or 0).name == "Moa"
