"""The guide of a new deployment sees by itself what is done."""

from flask import Flask
from sqlalchemy import update

from gateway.store.tables import Subscriber
from tests.web.situation import make_draft, make_situation
from tests.web.walking import Visitor


def test_an_empty_deployment_begins_with_its_places(app: Flask) -> None:
    page = Visitor(app, "coordinator").read("/guide")
    assert 'id="step-places" aria-current="step"' in page
    assert page.count("badge good") == 2  # languages and the simulated account


def test_the_next_step_follows_what_was_done(app: Flask) -> None:
    situation = make_situation(app)
    asha = Visitor(app, None, situation.asha)
    assert 'id="step-members" aria-current="step"' in asha.read("/guide")
    with situation.runtime.database.writing() as session:
        session.execute(update(Subscriber).values(focal_point=True))
    assert 'id="step-verify" aria-current="step"' in asha.read("/guide/steps")
    make_draft(situation)
    assert 'id="step-draft" aria-current="step"' in asha.read("/guide/steps")
    assert "Drafted, not submitted yet" in asha.read("/guide/steps")


def test_the_steps_are_not_sent_again_while_nothing_happens(app: Flask) -> None:
    asha = Visitor(app, "coordinator")
    first = asha.get("/guide/steps")
    known = asha.get("/guide/steps", headers={"If-None-Match": first.headers["ETag"]})
    assert known.status_code == 304
