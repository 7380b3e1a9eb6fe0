"""The triage queue without scripts: filters, decisions, undo, several at once, who was first."""

import re
import shutil

import pytest
from flask import Flask
from sqlalchemy import event, select

from gateway.store.tables import AuditRow, Incident
from tests.make import make_incident, make_user
from tests.web.situation import NUMBERS, Situation, make_situation
from tests.web.walking import Visitor


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:  # pages see no engine
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def situation(app: Flask) -> Situation:
    return make_situation(app)


@pytest.fixture
def asha(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, None, situation.asha)


@pytest.fixture
def bakari(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, None, situation.bakari)


def test_the_queue_shows_the_first_incident_with_its_texts_and_no_number(asha: Visitor) -> None:
    html = asha.read("/queue")
    assert "Armed men are coming to Moa" in html
    assert "<script>alert" not in html
    assert not any(number in html for number in NUMBERS)
    assert "1 copy" in html


def test_a_viewer_sees_no_text_and_no_form(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "viewer").read("/queue")
    assert "Armed men are coming" not in html
    assert "/incidents/1/verify" not in html
