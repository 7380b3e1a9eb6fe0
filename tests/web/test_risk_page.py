"""The page of rising risk, the factors on an incident's page, and the line on the queue."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.flow import tagging, watching
from gateway.incidents.counting import week_of, weeks_before
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Incident, IncidentFactor, RiskNotice
from gateway.web import guards
from tests.make import make_incident
from tests.web.situation import hear, make_situation
from tests.web.walking import Visitor

PAST = (1, 0, 1, 1, 0, 1, 0, 1, 0)
SECRET = "Wekesa is writing names of our people at Moa"


@pytest.fixture
def rising(app: Flask) -> Runtime:
    """Tana River with six incidents of hate speech this week, and a notice of it."""
    runtime: Runtime = app.extensions["gateway"]
    this = week_of(runtime.clock(), runtime.zone)
    with runtime.database.writing() as session:
        for back, count in enumerate(reversed((*PAST, 6))):
            for _ in range(count):
                at = weeks_before(this, back, runtime.zone)
                incident = make_incident(
                    session, at, hazard="hate_speech", area="<b>Tana</b>", tagged_at=at
                )
                session.add(IncidentFactor(incident_id=incident.id, factor=9, who="gateway", at=at))
    watching.watch(runtime)
    return runtime


def _notice_ids(runtime: Runtime) -> list[int]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(RiskNotice.id).order_by(RiskNotice.id)))


def test_the_page_and_its_forms_declare_who_may(app: Flask) -> None:
    declared = {name: guards.guard_of(app, f"risk.{name}") for name in ("page", "seen", "correct")}
    assert declared == {
        "page": "needs viewer", "seen": "needs coordinator", "correct": "needs coordinator",
    }  # fmt: skip


def test_notices_stand_first_and_names_of_areas_are_text(app: Flask, rising: Runtime) -> None:
    html = Visitor(app, "viewer").read("/risk")
    assert html.index("More than usual") < html.index("This week")
    assert "&lt;b&gt;Tana&lt;/b&gt;" in html
    assert "<b>Tana" not in html
    assert re.search(r"<strong>6 incidents</strong> in the week of 9 Mar; usual 0\.\d", html)
    assert "I have seen it" not in html


def test_an_area_is_drawn_without_scripts_and_styles(app: Flask, rising: Runtime) -> None:
    html = Visitor(app, "viewer").read("/risk?area=<b>Tana</b>")
    assert 'aria-label="Weeks up to this one: 1, 0, 1, 1, 0, 1, 0, 1, 0, 6"' in html
    assert html.count("<rect") == 20  # factor 9, and any factor
    assert not re.search(r"\sstyle=|<style|onload=", html)
    assert "More than usual" not in html


def test_an_empty_gateway_says_so(app: Flask) -> None:
    html = Visitor(app, "viewer").read("/risk")
    assert "no past week to compare with" in html
    assert "No incident with a risk factor" in html


def test_a_seen_notice_leaves_the_queue_at_once(app: Flask, rising: Runtime) -> None:
    amina = Visitor(app, "coordinator")
    assert "Risk is rising: 2 notices not seen" in amina.read("/")
    before = amina.get("/situation/rows").headers["ETag"]
    for notice_id in _notice_ids(rising):
        assert amina.send(f"/risk/{notice_id}/seen", back="/risk").location == "/risk"
    answer = amina.get("/situation/rows", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert "Risk is rising" not in answer.text
    assert "Seen by coordinator" in amina.read("/risk")
    with rising.database.reading() as session:
        acts = session.scalars(select(AuditRow.subject).where(AuditRow.act == "risk.see")).all()
    assert acts == [f"risk {notice_id}" for notice_id in _notice_ids(rising)]


def test_a_new_notice_reaches_the_queue_without_a_reload(app: Flask, rising: Runtime) -> None:
    viewer = Visitor(app, "viewer")
    before = viewer.get("/situation/rows").headers["ETag"]
    assert viewer.get("/situation/rows", headers={"If-None-Match": before}).status_code == 304
    with rising.database.writing() as session:
        week = weeks_before(week_of(rising.clock(), rising.zone), 1, rising.zone)
        session.add(
            RiskNotice(
                area="Lamu",
                factor=3,
                week=week,
                count=5,
                expected=0.4,
                threshold=3,
                created_at=rising.clock(),
            )
        )
    answer = viewer.get("/situation/rows", headers={"If-None-Match": before})
    assert "Risk is rising: 3 notices not seen" in answer.text


def test_a_viewer_marks_nothing_as_seen(app: Flask, rising: Runtime) -> None:
    notice_id = _notice_ids(rising)[0]
    assert Visitor(app, "analyst").send(f"/risk/{notice_id}/seen").status_code == 403


def test_an_incident_says_which_factors_it_shows_and_why(app: Flask) -> None:
    runtime: Runtime = app.extensions["gateway"]
    make_situation(app)
    hear(runtime, "+254700000107", SECRET)
    tagging.tag_new(runtime)
    viewer = Visitor(app, "viewer")
    with runtime.database.reading() as session:
        numbers = session.scalars(select(Incident.id)).all()
    html = "".join(viewer.read(f"/incidents/{number}/factors") for number in numbers)
    assert "words about lists of names" in html
    assert "Situations of armed conflict" in html
    assert "hazard: Armed group approaching" in html
    assert "It does not show this" not in html
    assert "Wekesa" not in html


def test_a_coordinator_takes_a_factor_off_and_puts_another_on(app: Flask) -> None:
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        make_incident(session, runtime.clock(), hazard="hate_speech")
    tagging.tag_new(runtime)
    amina = Visitor(app, "coordinator")
    for factor, shown in ((9, "0"), (12, "1")):
        fields = {"factor": factor, "shown": shown, "reason": "said by the elders"}
        assert amina.send("/incidents/1/factors", **fields).status_code == 303
    html = amina.read("/incidents/1/factors")
    assert re.search(r"9 · Intergroup[^<]*: taken off by coordinator", html)
    assert re.search(r"<strong>12 · Signs of a plan[^<]*</strong>", html)
    assert "said by the elders" in html
    assert "said by the elders" not in Visitor(app, "viewer").read("/incidents/1/factors")


@pytest.mark.parametrize(
    ("role", "fields", "status"),
    [
        ("coordinator", {"factor": 15, "shown": "1", "reason": "why"}, 303),
        ("coordinator", {"shown": "1", "reason": "why"}, 303),
        ("coordinator", {"factor": 3, "shown": "1"}, 303),
        ("analyst", {"factor": 3, "shown": "1", "reason": "why"}, 403),
    ],
)
def test_a_bad_correction_changes_nothing(
    app: Flask, now: datetime, role: str, fields: dict[str, object], status: int
) -> None:
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        make_incident(session, now - timedelta(hours=1))
    assert Visitor(app, role).send("/incidents/1/factors", **fields).status_code == status
    with runtime.database.reading() as session:
        assert session.scalars(select(IncidentFactor)).all() == []
