"""The pages of exercises: begun by coordinators, read by all, downloaded to be printed."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.flow import ending
from gateway.flow.cast import Cast
from gateway.flow.scenario import read_scenario
from gateway.plumbing.resources import CONFIG
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Exercise, Subscriber, User
from tests.make import make_incident, make_subscriber, make_user
from tests.web.walking import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def coordinator(app: Flask) -> Visitor:
    return Visitor(app, "coordinator")


@pytest.fixture
def gateway(app: Flask) -> Runtime:
    found: Runtime = app.extensions["gateway"]
    return found


def begun(gateway: Runtime, visitor: Visitor, **fields: str) -> int:
    visitor.send_and_follow("/exercises", scenario="two_attacks", **fields)
    with gateway.database.reading() as session:
        return session.scalars(select(Exercise.id).order_by(Exercise.id.desc())).first() or 0


def finish(gateway: Runtime, exercise_id: int) -> None:
    script = read_scenario(CONFIG / "scenarios" / "two_attacks.toml")
    ending.end(Cast(gateway, exercise_id, script.phones()), script)


def test_a_coordinator_begins_an_exercise_and_only_one_runs(
    gateway: Runtime, coordinator: Visitor
) -> None:
    assert "Two attacks at the same hour" in coordinator.read("/exercises/new")
    page = coordinator.send_and_follow("/exercises", scenario="two_attacks", people="yes")
    assert "waits for the background work" in page
    assert "people, on the pages" in page
    assert "still runs" in coordinator.send_and_follow("/exercises", scenario="hate_chain")
    assert "One runs at a time" in coordinator.read("/exercises/new")
    with gateway.database.reading() as session:
        (row,) = session.scalars(select(Exercise))
        assert session.scalars(select(AuditRow.act)).all() == ["exercise.begin"]
    assert row.facts is not None
    assert (row.facts["phase"], row.facts["by"]) == ("asked", "coordinator")


def test_only_coordinators_begin_and_end_exercises(app: Flask, gateway: Runtime) -> None:
    for role in ("viewer", "analyst"):
        visitor = Visitor(app, role)
        assert visitor.get("/exercises/new").status_code == 403
        assert visitor.send("/exercises", scenario="two_attacks").status_code == 403
        assert visitor.send("/exercises/1/end", reason="x").status_code == 403
        assert "Begin an exercise" not in visitor.read("/exercises")


def test_a_scenario_that_is_not_shipped_is_refused(coordinator: Visitor) -> None:
    for name in ("", "../../etc/passwd", "/tmp/x.toml", "nonsense"):  # noqa: S108
        page = coordinator.send_and_follow("/exercises", scenario=name)
        assert "there is no scenario" in page
    assert "There was none yet" in coordinator.read("/exercises")


def test_an_exercise_that_is_not_there_has_no_page(coordinator: Visitor) -> None:
    for path in ("/exercises/7", "/exercises/7/report.html"):
        answer = coordinator.get(path)
        assert answer.status_code == 404
        assert "no such exercise" in answer.text
    assert coordinator.send("/exercises/7/end", reason="x").status_code == 404


def test_one_that_runs_shows_what_there_is_and_not_what_is_true(
    app: Flask, gateway: Runtime, coordinator: Visitor
) -> None:
    number = begun(gateway, coordinator)
    with gateway.database.writing() as session:
        row = session.get_one(Exercise, number)
        row.facts = {**(row.facts or {}), "phase": "running"}
        make_incident(session, gateway.clock(), exercise_id=number, reports=1)
    page = Visitor(app, "viewer").read(f"/exercises/{number}")
    assert "It still runs" in page
    assert "What is true is told when it has ended" in page
    assert "attack at Garsen" not in page
    assert "armed group at <bdi>Moa</bdi>" in page
    file = coordinator.get(f"/exercises/{number}/report.html").text
    assert "It still runs." in file


def test_a_finished_report_is_read_and_downloaded(
    app: Flask, gateway: Runtime, coordinator: Visitor
) -> None:
    number = begun(gateway, coordinator)
    finish(gateway, number)
    viewer = Visitor(app, "viewer")
    page = viewer.read(f"/exercises/{number}")
    assert "no incident came of what its phones texted" in page
    assert "Download to print" in page
    assert "<style" not in page
    assert "mistakes" in viewer.read("/exercises")
    answer = viewer.get(f"/exercises/{number}/report.html")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="exercise-{number}.html"'
    assert "size: A4" in answer.text
    assert "no incident came of what its phones texted" in answer.text


def test_an_exercise_is_ended_with_a_reason(gateway: Runtime, coordinator: Visitor) -> None:
    number = begun(gateway, coordinator)
    page = coordinator.send_and_follow(f"/exercises/{number}/end", reason="a real attack")
    assert "It ends within a few seconds" in page
    finish(gateway, number)
    assert "ended by coordinator" in coordinator.read("/exercises")
    page = coordinator.send_and_follow(f"/exercises/{number}/end", reason="again")
    assert "over already" in page


def test_the_pages_say_who_should_practise(gateway: Runtime, coordinator: Visitor) -> None:
    with gateway.database.writing() as session:
        make_user(session, "zuri", drilled_at=gateway.clock() - timedelta(days=29))
        user = session.scalars(select(User).where(User.name == "coordinator")).one()
        user.drilled_at = gateway.clock() - timedelta(days=31)
    for path in ("/", "/exercises"):
        page = coordinator.read(path)
        assert "In no exercise for 30 days" in page
        assert "zuri" not in page


def test_consent_to_exercises_is_noted_on_the_page_of_a_person(
    gateway: Runtime, coordinator: Visitor
) -> None:
    with gateway.database.writing() as session:
        person = make_subscriber(session, gateway.keys, "+254700000901")
        other = make_subscriber(session, gateway.keys, "+254700000902")
    path = f"/subscribers/{person.id}"
    assert "Only a yes on the phone counts" in coordinator.read(path)
    page = coordinator.send_and_follow(f"{path}/volunteer", agrees="yes", reason="said yes")
    assert "Takes part in exercises" in page
    assert ">volunteer<" in page
    listed = coordinator.read("/subscribers?volunteers=1")
    assert person.pseudonym in listed
    assert other.pseudonym not in listed
    assert "1 person agreed" in coordinator.read("/exercises/new")
    page = coordinator.send_and_follow(f"{path}/volunteer", agrees="no", reason="no time")
    assert "No longer a volunteer" in page
    with gateway.database.reading() as session:
        assert not session.get_one(Subscriber, person.id).drills


def test_what_is_played_stands_apart_in_the_queue_and_counts_nowhere(
    gateway: Runtime, coordinator: Visitor, now: datetime
) -> None:
    number = begun(gateway, coordinator)
    with gateway.database.writing() as session:
        make_incident(session, now, exercise_id=number)
        make_subscriber(session, gateway.keys, "+254700000905", exercise_id=number)
    page = coordinator.read("/")
    assert "Nothing is open" in page
    assert 'id="h-exercise"' in page
    assert 'data-count="0"' in page
    assert 'id="incident-1"' in page
    assert "Nobody is subscribed yet." in coordinator.read("/subscribers")
