"""Minutes from the first report to look, judgement, approval and people, kept on the incident."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from gateway.flow import alerting, judging
from gateway.flow.milestones import note_reach
from gateway.lists import clocks, timeline
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.sharing import tables
from gateway.store.tables import Alert, Delivery, Incident, Receipt
from tests.dispatch.scenes import Scene
from tests.make import settings_for

REPORTER = "+254700000821"


@pytest.fixture
def settings(database_url: str, tmp_path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def incident_of(scene: Scene, alert: Alert) -> Incident:
    with scene.runtime.database.reading() as session:
        return session.get_one(Incident, alert.incident_id)


def delivered(scene: Scene, alert: Alert, *, first: int, upto: int) -> None:
    for delivery in scene.deliveries(alert_id=alert.id)[first:upto]:
        scene.receipt(delivery, "delivered")


def sent_warning(scene: Scene, people: int) -> Alert:
    scene.people(people)
    alert = scene.approved()
    scene.send()
    return alert


def test_half_and_ninety_per_cent_are_kept_with_the_moment_they_were_reached(scene: Scene) -> None:
    alert = sent_warning(scene, 10)
    half = scene.later(minutes=2)
    delivered(scene, alert, first=0, upto=5)
    scene.later(minutes=3)
    assert note_reach(scene.runtime) == 1
    assert incident_of(scene, alert).reached_50_at == half
    assert incident_of(scene, alert).reached_90_at is None
    most = scene.later(minutes=1)
    delivered(scene, alert, first=5, upto=9)
    scene.later(minutes=9)
    note_reach(scene.runtime)
    assert incident_of(scene, alert).reached_50_at == half
    assert incident_of(scene, alert).reached_90_at == most
    assert note_reach(scene.runtime) == 0


def test_handed_over_is_not_reached(scene: Scene) -> None:
    alert = sent_warning(scene, 4)
    assert scene.states(alert_id=alert.id) == {"submitted": 4}
    delivered(scene, alert, first=0, upto=1)
    assert note_reach(scene.runtime) == 0


def test_those_who_left_meanwhile_still_count_as_not_reached(scene: Scene) -> None:
    phones = scene.people(4)
    alert = scene.approved()
    for phone in phones[:3]:
        scene.text(phone, "STOP")
    scene.send()
    delivered(scene, alert, first=0, upto=4)
    assert note_reach(scene.runtime) == 0


def test_what_was_kept_outlives_the_deliveries(scene: Scene) -> None:
    alert = sent_warning(scene, 2)
    delivered(scene, alert, first=0, upto=2)
    note_reach(scene.runtime)
    with scene.runtime.database.writing() as session:
        session.execute(delete(Receipt))
        session.execute(delete(Delivery))
    note_reach(scene.runtime)
    assert incident_of(scene, alert).reached_90_at == scene.now


def test_only_the_first_warning_of_an_incident_sets_its_times(scene: Scene) -> None:
    alert = sent_warning(scene, 2)
    first = scene.now
    assert incident_of(scene, alert).approved_at == first
    scene.later(minutes=20)
    with scene.runtime.database.writing() as session:
        again = alerting.draft(scene.runtime, session, alert.incident_id, scene.first, scene.now)
    with scene.runtime.database.writing() as session:
        again = alerting.submit(
            scene.runtime, session, again.id, scene.first, again.version, scene.now
        )
    again = scene.approve(again)
    assert incident_of(scene, alert).approved_at == first
    scene.send()
    delivered(scene, again, first=0, upto=2)
    assert note_reach(scene.runtime) == 0


def test_the_page_tells_every_step_from_the_first_report(scene: Scene) -> None:
    incident = Incident(
        opened_at=scene.now,
        first_report_at=scene.now,
        seen_at=scene.now + timedelta(minutes=4),
        judged_at=scene.now + timedelta(minutes=12),
        approved_at=scene.now + timedelta(minutes=15),
        reached_50_at=scene.now + timedelta(minutes=17),
        reached_90_at=scene.now + timedelta(hours=2, minutes=21),
    )
    assert [(span.step, span.minutes) for span in clocks.of_incident(incident)] == [
        ("first look", 4), ("judgement", 12), ("approval", 15),
        ("half of the people reached", 17), ("nine in ten reached", 141),
    ]  # fmt: skip


def test_nothing_done_is_nothing_said(scene: Scene) -> None:
    assert clocks.of_incident(Incident(opened_at=scene.now)) == []


def test_the_first_report_is_the_earliest_received(scene: Scene) -> None:
    first = scene.now
    scene.text(REPORTER, "gunmen attacked Moa")
    scene.later(minutes=5)
    scene.text("+254700000822", "gunmen attack in Moa, 3 houses burn")
    (incident,) = scene.incidents()
    assert (incident.reports, incident.first_report_at) == (2, first)


def test_medians_are_of_real_incidents_of_the_last_days(scene: Scene) -> None:
    drill = scene.exercise()
    for minutes, facts in ((2, {}), (4, {}), (90, {}), (1, {"exercise_id": drill})):
        scene.incident(
            "open",
            first_report_at=scene.now,
            seen_at=scene.now + timedelta(minutes=minutes),
            **facts,
        )
    old = scene.now - timedelta(days=40)
    scene.incident("open", opened_at=old, first_report_at=old, seen_at=scene.now)
    with scene.runtime.database.reading() as session:
        found = clocks.medians(session, scene.now)
    assert [(span.step, span.minutes, span.of) for span in found] == [("first look", 4, 3)]


def test_the_timeline_tells_the_grade_of_each_judgement(scene: Scene) -> None:
    incident = scene.incident("open", reliability="B", credibility=2)
    with scene.runtime.database.writing() as session:
        judging.refute(session, incident, scene.first, "it was thunder", scene.now)
    scene.later(minutes=1)
    with scene.runtime.database.writing() as session:
        judging.reopen(session, incident, scene.second, "a second witness", scene.now)
    scene.later(minutes=1)
    with scene.runtime.database.writing() as session:
        judging.verify(session, incident, scene.second, "the nurse saw it", scene.now)
    with scene.runtime.database.reading() as session:
        steps = timeline.of(session, "incident", incident)
    assert [step.what for step in steps] == [
        "open → refuted, grade B2", "refuted → open", "open → verified, grade B2",
    ]  # fmt: skip
    told = [(step.outcome, step.grade, step.who, step.why) for step in timeline.judgements(steps)]
    assert told == [
        ("verified", "B2", "brian", "the nurse saw it"),
        ("refuted", "B2", "amina", "it was thunder"),
    ]


def test_the_export_of_incidents_holds_the_times(scene: Scene) -> None:
    alert = sent_warning(scene, 2)
    delivered(scene, alert, first=0, upto=2)
    note_reach(scene.runtime)
    with scene.runtime.database.reading() as session:
        (row,) = tables.rows(session, "incidents", None, reveal=False)
    assert row["approved_at"] == row["reached_90_at"] == scene.now.isoformat()
