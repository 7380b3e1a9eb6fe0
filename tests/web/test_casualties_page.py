"""People harmed, outcomes and times on the incident's page, and who may set and see what."""

import re

import pytest
from flask import Flask

from tests.web.situation import WITNESS, Situation, hear, make_situation
from tests.web.walking import Visitor


@pytest.fixture
def situation(app: Flask) -> Situation:
    situation = make_situation(app)
    hear(situation.runtime, WITNESS, "armed men are in Moa, between 3 and 5 people killed")
    return situation


@pytest.fixture
def asha(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, "coordinator", situation.asha)


def test_the_page_shows_the_range_and_its_grade(app: Flask, situation: Situation) -> None:
    analyst, viewer = Visitor(app, "analyst"), Visitor(app, "viewer")
    assert "3 to 5 killed" in analyst.read("/incidents/1")
    seen = viewer.read("/incidents/1")
    assert "3 to 5 killed" in seen
    assert "/casualties" not in seen  # no form


def test_a_viewer_is_not_told_who_says_it(app: Flask, situation: Situation) -> None:
    sources = '<span class="dim">[A-Z][a-z]+-'
    section = Visitor(app, "viewer").read("/incidents/1").split('id="h-harmed"')[1]
    assert not re.search(sources, section.split("</section>")[0])
    section = Visitor(app, "analyst").read("/incidents/1").split('id="h-harmed"')[1]
    assert re.search(sources, section.split("</section>")[0])


def test_a_coordinator_sets_a_range_with_a_reason(asha: Visitor) -> None:
    html = asha.send_and_follow(
        "/incidents/1/casualties", kind="killed", low="4", high="", reason="the nurse counted"
    )
    assert "4 or more killed" in html
    assert "coordinator asha" in html
    assert "the nurse counted" in asha.read("/incidents/1/timeline")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "killed", "low": "4", "high": "9", "reason": " "}, "Say why"),
        ({"kind": "killed", "low": "9", "high": "4", "reason": "x"}, "above the higher"),
        ({"kind": "killed", "low": "many", "reason": "x"}, "in digits"),
        ({"kind": "<b>", "low": "4", "reason": "x"}, "from the list"),
    ],
)
def test_what_cannot_be_is_refused_in_words(asha: Visitor, fields, words) -> None:
    html = asha.send_and_follow("/incidents/1/casualties", back="/incidents/1", **fields)
    assert words in html
    assert "3 to 5 killed" in html


def test_analysts_cannot_set_it(app: Flask, situation: Situation) -> None:
    answer = Visitor(app, "analyst").send(
        "/incidents/1/casualties", kind="killed", low="4", reason="x"
    )
    assert answer.status_code == 403


def test_every_judgement_is_listed_with_its_grade_and_reason(asha: Visitor) -> None:
    asha.send("/incidents/1/refute", reason="a wedding")
    asha.send("/incidents/1/reopen", reason="no, shots")
    html = asha.send_and_follow("/incidents/1/verify", reason="two nurses")
    last = html.split('id="h-outcome"')[1].split("</section>")[0]
    assert "two nurses" in last
    assert "From the first report: first look 0 min" in last
    outcome = asha.read("/incidents/1/timeline").split("<h3>")[1]
    assert outcome.index("<strong>verified</strong>") < outcome.index("<strong>refuted</strong>")
    assert "two nurses" in outcome
    assert "a wedding" in outcome
    assert 'class="grade"' in outcome


def test_the_list_tells_the_medians(asha: Visitor) -> None:
    assert "medians" not in asha.read("/incidents")
    asha.send("/incidents/1/verify", reason="two nurses")
    assert "medians of the last 30 days: first look 0 min" in asha.read("/incidents")
