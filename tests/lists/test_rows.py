"""The rows behind the pages, on both engines."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.lists import (
    alerts,
    incidents,
    messages,
    needs,
    paging,
    phones,
    pulse,
    reach,
    reports,
    subscribers,
    timeline,
)
from gateway.store import audit
from gateway.store.history import move
from gateway.store.tables import Alert, AlertText, Approval, Delivery, Incident, Message, Report
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound
from tests.make import make_incident, make_place, make_subscriber, make_user

UTC_ZONE = ZoneInfo("UTC")

HAZARDS = ("attack", "armed_group", "other")


def make_alert(session, incident, user, now, **facts) -> Alert:
    values = {
        "hazard": "attack", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed",
        "place_name": "Moa", "lat": -2.35, "lon": 40.3, "radius_m": 5000, "msg_type": "Alert",
        "expires_at": now + timedelta(hours=6), "created_at": now, "purpose": "warning",
    }  # fmt: skip
    alert = Alert(incident_id=incident.id, drafted_by=user.id, **(values | facts))
    session.add(alert)
    session.flush()
    return alert


def make_delivery(session, alert, subscriber, now, state="queued", **facts) -> Delivery:
    values = {
        "kind": "alert", "language": "en", "priority": 0, "due_at": now, "created_at": now,
        "reference": f"{alert.id if alert else 'reply'}-{subscriber.id}-{state}",
    }  # fmt: skip
    delivery = Delivery(
        alert_id=alert.id if alert else None, subscriber_id=subscriber.id, state=state,
        **(values | facts),
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery


def make_report(session, keys, now, incident, phone, text="armed men", **facts) -> Report:
    subscriber = make_subscriber(session, keys, phone, pseudonym=f"Heron-{phone[-4:]}")
    message = Message(
        account="simulator", provider_id=phone, sender=phone, sender_index=keys.index.of(phone),
        body=text, received_at=now, subscriber_id=subscriber.id,
    )  # fmt: skip
    session.add(message)
    session.flush()
    values = {"language": "en", "hazard": "attack", "hazards": {}, "why": "[]", "match_why": "[]"}
    report = Report(
        message_id=message.id, subscriber_id=subscriber.id, incident_id=incident.id,
        received_at=now, **(values | facts),
    )  # fmt: skip
    session.add(report)
    session.flush()
    return report


def test_my_own_submission_does_not_wait_for_me(session, now) -> None:
    asha, bakari = make_user(session, "asha"), make_user(session, "bakari")
    incident = make_incident(session, now, state="verified")
    make_alert(session, incident, asha, now, state="submitted", submitted_by=asha.id)
    assert [len(needs.read(session, who.id, HAZARDS).mine) for who in (asha, bakari)] == [0, 1]
    assert len(needs.read(session, asha.id, HAZARDS).others) == 1


def test_what_i_approved_waits_for_others_until_it_changes(session, now) -> None:
    asha, bakari = make_user(session, "asha"), make_user(session, "bakari")
    incident = make_incident(session, now, state="verified")
    alert = make_alert(session, incident, asha, now, state="submitted", submitted_by=asha.id)
    session.add(Approval(alert_id=alert.id, user_id=bakari.id, version=1, at=now))
    session.flush()
    assert needs.read(session, bakari.id, HAZARDS).mine == []
    alert.version = 2
    session.flush()
    assert len(needs.read(session, bakari.id, HAZARDS).mine) == 1


def test_a_verified_incident_leaves_the_queue_once_somebody_began_a_warning(session, now) -> None:
    asha = make_user(session, "asha")
    incident = make_incident(session, now, state="verified")
    assert needs.read(session, asha.id, HAZARDS).unwarned == {incident.id}
    make_alert(session, incident, asha, now)
    assert needs.read(session, asha.id, HAZARDS).incidents == []


def test_a_discarded_warning_brings_its_incident_back(session, now) -> None:
    asha = make_user(session, "asha")
    incident = make_incident(session, now, state="verified")
    make_alert(session, incident, asha, now, state="discarded")
    assert needs.read(session, asha.id, HAZARDS).unwarned == {incident.id}


def test_the_queue_counts_what_it_cannot_show(session, now) -> None:
    asha = make_user(session, "asha")
    for _ in range(needs.LONGEST + 5):
        make_incident(session, now)
    found = needs.read(session, asha.id, HAZARDS)
    assert (len(found.incidents), found.more, found.unseen) == (60, 5, 65)


def test_the_stamp_changes_with_what_is_in_the_queue(session, keys, now) -> None:
    user = make_user(session)
    incident = make_incident(session, now, state="verified")
    alert = make_alert(session, incident, user, now, state="live")
    person = make_subscriber(session, keys, "+254700000101")
    stamps = [pulse.read(session).marks]
    delivery = make_delivery(session, alert, person, now)
    stamps.append(pulse.read(session).marks)
    for state in ("claimed", "submitted"):
        delivery.state = state
        session.flush()
        stamps.append(pulse.read(session).marks)
    move(session, incident, "closed", who="asha", now=now)
    session.flush()
    stamps.append(pulse.read(session).marks)
    assert len(set(stamps)) == len(stamps)
    assert pulse.read(session).marks == stamps[-1]


def test_reach_is_counted_by_state_and_place(session, keys, now) -> None:
    user, incident = make_user(session), make_incident(session, now, state="verified")
    alert = make_alert(session, incident, user, now, state="live")
    moa = make_place(session)
    for number, state in enumerate(("queued", "submitted", "delivered", "failed", "unknown")):
        home = moa.id if number < 3 else None
        person = make_subscriber(session, keys, f"+25470000010{number}", place_id=home)
        make_delivery(session, alert, person, now, state)
    overall = reach.reach_of(session, [alert.id])[alert.id]
    assert (overall.total, overall.waiting, overall.sent) == (5, 1, 2)
    assert (overall.delivered, overall.failed, overall.unknown) == (1, 1, 1)
    parts = reach.by_place(session, alert)
    assert [(part.name, part.reach.total) for part in parts] == [("Moa", 3), ("home not known", 2)]


def test_two_places_of_one_name_are_two_lines(session, keys, now) -> None:
    user, incident = make_user(session), make_incident(session, now, state="verified")
    alert = make_alert(session, incident, user, now, state="live")
    for number in range(2):
        place = make_place(session, source_id=f"moa-{number}")
        person = make_subscriber(session, keys, f"+25470000010{number}", place_id=place.id)
        make_delivery(session, alert, person, now)
    assert [part.reach.total for part in reach.by_place(session, alert)] == [1, 1]


def test_an_alert_without_deliveries_has_reached_nobody(session) -> None:
    assert reach.reach_of(session, [7])[7].total == 0
    assert reach.reach_of(session, []) == {}


def test_copies_of_copies_stand_under_the_first(session, keys, now) -> None:
    incident = make_incident(session, now)
    first = make_report(session, keys, now, incident, "+254700000101")
    second = make_report(session, keys, now, incident, "+254700000102", copy_of_id=first.id)
    make_report(session, keys, now, incident, "+254700000103", copy_of_id=second.id)
    rows = reports.of_incident(session, incident.id, 1, UTC_ZONE).rows
    assert [row.report.id for row in rows] == [first.id]
    assert len(rows[0].copies) == 2


def test_a_copy_of_a_report_elsewhere_stands_alone(session, keys, now) -> None:
    here, there = make_incident(session, now), make_incident(session, now)
    original = make_report(session, keys, now, there, "+254700000101")
    copy = make_report(session, keys, now, here, "+254700000102", copy_of_id=original.id)
    rows = reports.of_incident(session, here.id, 1, UTC_ZONE).rows
    assert [(row.report.id, row.report.copy_of_id) for row in rows] == [(copy.id, original.id)]


def test_the_timeline_says_each_act_once_and_in_order(session, now) -> None:
    incident = make_incident(session, now)
    subject, later = f"incident {incident.id}", now + timedelta(minutes=1)
    audit.record(session, who="asha", act="incident.see", subject=subject, now=now)
    move(session, incident, "verified", who="asha", why="two saw it", now=later)
    audit.record(
        session, who="asha", act="incident.verified", subject=subject, now=later,
        reason="two saw it",
    )  # fmt: skip
    audit.record(session, who="asha", act="incident.see", subject=f"{subject}0", now=now)
    steps = timeline.of(session, "incident", incident.id)
    assert [(step.what, step.why) for step in steps] == [
        ("looked at it", None), ("open → verified", "two saw it"),
    ]  # fmt: skip


def test_merge_choices_are_near_in_time_and_the_nearest_first(session, now) -> None:
    incident = make_incident(session, now)
    make_incident(session, now - timedelta(days=30), last_report_at=now - timedelta(days=30))
    make_incident(session, now, state="closed")
    unplaced = make_incident(session, now, lat=None, lon=None)
    far = make_incident(session, now, lat=-1.0, lon=40.0)
    near = make_incident(session, now, lat=-2.36, lon=40.32)
    found = incidents.choices(session, incident)
    assert [choice.incident.id for choice in found] == [near.id, far.id, unplaced.id]
    assert found[0].away_m == pytest.approx(990, abs=50)


def test_lists_turn_pages(session, now) -> None:
    for _ in range(paging.SIZE + 1):
        make_incident(session, now)
    first = incidents.listed(session, state="open", hazard="", page=1)
    second = incidents.listed(session, state="open", hazard="", page=2)
    assert (len(first.rows), first.more) == (paging.SIZE, True)
    assert (len(second.rows), second.more) == (1, False)
    assert incidents.listed(session, state="open", hazard="", page=-5).number == 1


def test_members_are_filtered(session, keys, now) -> None:
    moa = make_place(session)
    make_subscriber(session, keys, "+254700000101", place_id=moa.id, focal_point=True)
    make_subscriber(session, keys, "+254700000102", state="stopped")

    def count(**filters) -> int:
        return len(subscribers.listed(session, subscribers.Filters(**filters), 1).rows)

    assert (count(), count(state="stopped"), count(place_id=moa.id), count(focal=True)) == (
        2, 1, 1, 1,
    )  # fmt: skip
    assert count(county=("", "Tana River")) == count(county=("", "")) == 1
    assert (count(language="en"), count(language="sw")) == (2, 0)
    assert (count(account=subscribers.NOBODY), count(account="twilio")) == (2, 0)
    assert subscribers.counts(session) == {"subscribed": 1, "stopped": 1}


def test_one_member_is_told_without_numbers(session, keys, now) -> None:
    incident = make_incident(session, now)
    report = make_report(session, keys, now, incident, "+254700000101")
    view = subscribers.view(session, report.subscriber_id)
    assert (view.messages, view.reports) == (1, 1)
    assert "phone" not in view.member.subscriber.__dict__


def test_what_is_missing_is_not_found(session) -> None:
    for find in (incidents.find, alerts.find, alerts.view, subscribers.view):
        with pytest.raises(NotFound):
            find(session, 404)


def test_messages_know_their_incident(session, keys, now) -> None:
    incident = make_incident(session, now)
    make_report(session, keys, now, incident, "+254700000101")
    rows = messages.listed(session, state="received", page=1).rows
    assert [(row.incident_id, row.pseudonym) for row in rows] == [(incident.id, "Heron-0101")]
    assert messages.listed(session, state="failed", page=1).rows == []


def test_a_phone_sees_its_own_conversation_in_order(session, keys, now) -> None:
    incident = make_incident(session, now, state="verified")
    report = make_report(session, keys, now, incident, "+254700000101")
    alert = make_alert(session, incident, make_user(session), now, state="live")
    session.add(AlertText(alert_id=alert.id, language="en", body="Go inside."))
    person = session.get_one(type(report), report.id).subscriber_id
    from gateway.store.tables import Subscriber

    subscriber = session.get_one(Subscriber, person)
    later = now + timedelta(minutes=2)
    make_delivery(session, alert, subscriber, later, "delivered")
    make_delivery(
        session, None, subscriber, now + timedelta(minutes=1), kind="reply", body="Thank you."
    )
    lines = phones.conversation(session, keys, "+254700000101")
    assert [line.text for line in lines] == ["armed men", "Thank you.", "Go inside."]
    assert [line.mine for line in lines] == [True, False, False]
    assert phones.writers(session, "KE") == ["+254700000101"]
    assert phones.conversation(session, keys, "+254700000102") == []


def test_an_incident_far_around_the_world_can_be_compared(session, now) -> None:
    make_incident(session, now, lat=Position(10, 179.9).lat, lon=179.9)
    other = make_incident(session, now, lat=10.0, lon=-179.9)
    assert incidents.choices(session, other)[0].away_m == pytest.approx(21_900, rel=0.01)
    assert session.get_one(Incident, other.id).grade == "F3"
