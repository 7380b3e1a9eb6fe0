"""Reach, cries for help and villages without anybody, as coordinators see them."""

import re

import pytest
from flask import Flask

from gateway.flow import alerting
from gateway.flow.sending import Sender
from gateway.terms.geo import Position
from tests.make import MOA, make_place, make_subscriber
from tests.web.situation import MEMBER, Situation, hear, make_draft, make_situation
from tests.web.walking import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def situation(app: Flask) -> Situation:
    """A warning is drafted; Kau lies in its area, and a focal point some way off."""
    found = make_situation(app)
    with found.runtime.database.writing() as session:
        make_place(session, "Kau", Position(MOA.lat + 0.02, MOA.lon), population=420)
        far = make_place(session, "Garsen", Position(MOA.lat + 0.2, MOA.lon))
        home = Position(far.lat, far.lon)
        make_subscriber(
            session, found.runtime.keys, "+254700000150", pseudonym="Stork-77", home=home,
            place_id=far.id, focal_point=True,
        )  # fmt: skip
    make_draft(found)
    return found


@pytest.fixture
def asha(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, "coordinator", situation.asha)


def send(situation: Situation) -> None:
    """It is submitted, approved, and handed over to the simulator."""
    runtime, now = situation.runtime, situation.runtime.clock()
    with runtime.database.writing() as session:
        alert = alerting.submit(runtime, session, 1, situation.asha, 1, now)
        alerting.approve(runtime, session, 1, situation.bakari, alert.version, now)
    sender = Sender(runtime)
    sender.send_due(5)
    sender.close()


def words(html: str) -> str:
    """What is read on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_draft_names_the_villages_that_it_would_miss_and_whom_to_call(asha: Visitor) -> None:
    page = words(asha.read("/alerts/1/missed"))
    assert "Nobody is reached by SMS in 1 village" in page
    assert "Kau about 420 people : nobody has joined. Stork-77 is 20 km away" in page


def test_a_cry_shows_on_queue_warning_and_incident_until_they_are_safe(
    situation: Situation, asha: Visitor
) -> None:
    send(situation)
    assert "Kau" in words(asha.read("/alerts/1/reach"))
    tag = {"If-None-Match": asha.get("/alerts/1/reach").headers["ETag"]}
    hear(situation.runtime, MEMBER, "help us")
    assert words(asha.read("/")).count("1 asks for help") == 2  # the incident's and the warning's
    answer = asha.get("/alerts/1/reach", headers=tag)
    assert answer.status_code == 200
    assert '</strong> 1 <a href="/incidents/2">incident 2</a>' in answer.text
    incident = words(asha.read("/incidents/2"))
    assert "Asked for help after a warning 1 still asks" in incident
    assert "asked for help after warning W1" in incident
    assert "called: somebody asked for help" in words(asha.read("/incidents/2/timeline"))

    hear(situation.runtime, MEMBER, "we are safe now")
    assert "for help" not in words(asha.read("/"))
    assert "says now: safe" in words(asha.read("/incidents/2"))
    page = words(asha.read("/alerts/1"))
    assert "ask for help 0 safe 1 moved 0" in page
    assert "incident 2" not in page
