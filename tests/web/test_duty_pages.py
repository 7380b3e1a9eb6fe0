"""Who has an incident and until when, and codes from an app, as coordinators meet them."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from gateway.flow import calling
from gateway.store.tables import AuditRow, Delivery, Incident, User
from tests.make import make_incident, make_user
from tests.web.walking import Visitor


@pytest.fixture
def incident(app: Flask, now) -> int:
    """Armed men, reported four minutes ago."""
    with app.extensions["gateway"].database.writing() as session:
        return make_incident(session, now - timedelta(minutes=4)).id


def test_a_row_says_until_when_somebody_must_look(app: Flask, incident: int) -> None:
    visitor = Visitor(app, "viewer")
    for path in ("/", "/incidents", f"/incidents/{incident}"):
        assert "look by 18:31" in visitor.read(path)


@pytest.mark.parametrize(
    ("late", "seen", "words"),
    [(9, False, "look now, overdue 4 min"), (34, True, "judge now, overdue 4 min"),
     (29, True, "judge by 18:31"), (5, False, "look now, overdue<")],
)  # fmt: skip
def test_what_is_late_is_said_in_words(app: Flask, now, late: int, seen: bool, words: str) -> None:
    with app.extensions["gateway"].database.writing() as session:
        begun = now - timedelta(minutes=late)
        make_incident(session, begun, seen_at=begun if seen else None)
    assert words in Visitor(app, "viewer").read("/")


def test_what_is_judged_has_no_deadline(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now - timedelta(hours=5), state="verified")
    assert "overdue" not in Visitor(app, "viewer").read("/")


def test_a_coordinator_takes_it_and_the_pages_say_so(app: Flask, incident: int) -> None:
    visitor = Visitor(app, "coordinator")
    assert "Nobody has it yet" in visitor.read(f"/incidents/{incident}")
    html = visitor.send_and_follow(f"/incidents/{incident}/take")
    assert "You have it now." in html
    assert "coordinator has it" in html
    assert "Take it" not in html
    assert "coordinator has it" in visitor.read("/")
    with app.extensions["gateway"].database.reading() as session:
        acts = session.execute(select(AuditRow.act, AuditRow.facts).order_by(AuditRow.id)).all()
        assert [tuple(row) for row in acts] == [
            ("incident.see", {}), ("incident.take", {"via": "page"}),
        ]  # fmt: skip
    other = Visitor(app, "admin")
    assert "Take it" in other.read(f"/incidents/{incident}")
    assert "coordinator had it before" in other.send_and_follow(f"/incidents/{incident}/take")


def test_a_viewer_cannot_take_it(app: Flask, incident: int) -> None:
    viewer = Visitor(app, "viewer")
    assert "Take it" not in viewer.read(f"/incidents/{incident}")
    assert viewer.send(f"/incidents/{incident}/take").status_code == 403
    with app.extensions["gateway"].database.reading() as session:
        assert session.get_one(Incident, incident).owner_id is None


def test_the_page_lists_the_calls_without_their_codes(app: Flask, incident: int, now) -> None:
    runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        make_user(session, "zawadi", phone="+254700000801")
    runtime.clock = lambda: now + timedelta(minutes=2)
    assert calling.call_due(runtime) == 1
    html = Visitor(app, "coordinator").read(f"/incidents/{incident}/timeline")
    assert re.search(r"<strong>zawadi</strong>\s+called: nobody had looked", html)
    with runtime.database.reading() as session:
        body = session.scalars(select(Delivery.body)).one()
    code = re.search(r"VERIFY \d+ (\d{6})", body or "")
    assert code
    assert code[1] not in html


def test_an_app_is_set_up_tried_and_removed(app: Flask, now) -> None:
    visitor = Visitor(app, "coordinator")
    assert "/second-step" in visitor.read("/password")
    html = visitor.read("/second-step")
    token = re.search(r'name="token" value="([^"]+)"', html)
    secret = re.search(r'<strong class="hash">([A-Z2-7 ]+)</strong>', html)
    assert token
    assert secret
    assert "otpauth://totp/" in html
    app_codes = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = visitor.send("/second-step", token=token[1], code="000000")
    assert wrong.status_code == 400
    assert secret[1] in wrong.text  # the same secret, to try again
    html = visitor.send_and_follow("/second-step", token=token[1], code=app_codes.at(now))
    assert "Your app is set up." in html
    assert secret[1] not in html
    html = visitor.send_and_follow("/second-step/remove")
    assert "work no more" in html
    with app.extensions["gateway"].database.reading() as session:
        assert session.scalars(select(User.totp_secret)).all() == [None]
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert acts == ["user.second_step", "user.no_second_step"]


def test_who_may_not_judge_needs_no_app(app: Flask) -> None:
    analyst = Visitor(app, "analyst")
    assert "/second-step" not in analyst.read("/password")
    assert analyst.get("/second-step").status_code == 403
