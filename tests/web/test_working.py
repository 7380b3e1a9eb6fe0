"""Coordinators at work: judge, place, warn with four eyes, cancel."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.flow import alerting
from gateway.store.tables import Alert, Incident, Place, PlaceAlias, Report
from tests.make import make_incident
from tests.web.situation import Situation, hear, make_draft
from tests.web.walking import Visitor


def alert_of(situation: Situation, number: int = 1) -> Alert:
    with situation.runtime.database.reading() as session:
        alert = session.get_one(Alert, number)
        assert alert.texts is not None
        session.expunge_all()
        return alert


def incident_of(situation: Situation, number: int = 1) -> Incident:
    with situation.runtime.database.reading() as session:
        incident = session.get_one(Incident, number)
        session.expunge_all()
        return incident


def form_of(alert: Alert, **changes: str) -> dict[str, str]:
    texts = {f"text_{text.language}": text.body for text in alert.texts}
    fixed = {"version": str(alert.version), "radius_km": "12", "expires": "2026-03-10T23:30"}
    return texts | fixed | changes


def test_looking_marks_an_incident_seen(asha: Visitor, situation: Situation) -> None:
    assert 'data-seen class="seen"' in asha.read("/incidents/1")
    assert incident_of(situation).seen_at is None  # to open a page changes nothing
    assert asha.send("/incidents/1/seen", back="/incidents/1").location == "/incidents/1"
    assert incident_of(situation).seen_at is not None
    assert "data-seen" not in asha.read("/incidents/1")


def test_only_what_the_state_allows_is_offered(asha: Visitor) -> None:
    html = asha.read("/incidents/1")
    assert "/incidents/1/verify" in html
    assert "/incidents/1/close" not in html
    html = asha.send_and_follow("/incidents/1/verify", reason="the chief confirmed")
    assert "/incidents/1/close" in html
    assert "/incidents/1/verify" not in html
    assert "the chief confirmed" in html


def test_a_judgement_needs_a_reason(asha: Visitor, situation: Situation) -> None:
    html = asha.send_and_follow("/incidents/1/verify", reason="  ", back="/incidents/1")
    assert "Say why" in html
    assert incident_of(situation).state == "open"


def test_the_second_of_two_hears_that_somebody_was_first(asha: Visitor, bakari: Visitor) -> None:
    asha.send("/incidents/1/refute", reason="a wedding")
    answer = bakari.send("/incidents/1/verify", reason="shots at the ford", back="/incidents/1")
    assert answer.status_code == 409
    assert "Somebody else acted first: this incident is now refuted" in answer.text
    assert "asha refuted this incident 0 seconds ago. The reason: a wedding." in answer.text
    assert ">shots at the ford</textarea>" in answer.text


def test_a_refuted_incident_can_be_opened_again(asha: Visitor, situation: Situation) -> None:
    asha.send("/incidents/1/refute", reason="a wedding")
    asha.send("/incidents/1/reopen", reason="no, shots")
    assert incident_of(situation).state == "open"


def test_a_place_is_chosen_by_search_and_its_name_learnt(
    asha: Visitor, situation: Situation
) -> None:
    found = asha.read("/places/search?q=moa&incident=1")
    link = re.search(r'href="(/incidents/1\?place=\d+)#act-place"', found)[1]
    assert "Chosen:" in asha.read(asha.get(link).location)
    place_id = link.rpartition("=")[2]
    asha.send("/incidents/1/place", place_id=place_id, learn_as="Mowa Kuu", reason="by phone")
    assert incident_of(situation).placed_by == "coordinator"
    with situation.runtime.database.reading() as session:
        assert "Mowa Kuu" in session.scalars(select(PlaceAlias.name)).all()


def test_a_place_may_be_a_bare_point(asha: Visitor, situation: Situation) -> None:
    asha.send("/incidents/1/place", lat="-2.5", lon="40,25", reason="from the map")
    incident = incident_of(situation)
    assert (incident.lat, incident.lon) == (-2.5, 40.25)


def test_only_known_hazards_are_taken(asha: Visitor, situation: Situation) -> None:
    html = asha.send_and_follow(
        "/incidents/1/hazard", hazard="<b>", reason="x", back="/incidents/1"
    )
    assert "Choose a hazard" in html
    asha.send("/incidents/1/hazard", hazard="attack", reason="houses burn")
    assert incident_of(situation).hazard == "attack"


def test_two_incidents_become_one(asha: Visitor, situation: Situation, now) -> None:
    with situation.runtime.database.writing() as session:
        other = make_incident(session, now).id
    assert f'<option value="{other}">' in asha.read("/incidents/1")
    html = asha.send_and_follow("/incidents/1/merge", into=other, reason="the same men")
    assert "Incident 1 was merged into this one" in html
    assert incident_of(situation).merged_into_id == other


def test_a_report_moves_to_an_incident_of_its_own(asha: Visitor, situation: Situation) -> None:
    hear(situation.runtime, "+254700000105", "armed men near Moa with motorbikes")
    asha.send("/reports/3/move", into="", reason="another group")
    with situation.runtime.database.reading() as session:
        assert session.get_one(Report, 3).incident_id != 1


def test_a_draft_begins_only_at_a_verified_incident(asha: Visitor) -> None:
    html = asha.send_and_follow("/incidents/1/warn", back="/incidents/1")
    assert "verify it first" in html


def test_a_draft_is_edited_and_previewed(asha: Visitor, situation: Situation) -> None:
    alert = make_draft(situation)
    assert "1 person" in asha.read("/alerts/1")
    body = alert.texts[0].body + " Walk."
    changes = {f"text_{alert.texts[0].language}": body}
    html = asha.send_and_follow("/alerts/1/edit", **form_of(alert, **changes))
    assert "Walk." in html
    kept = alert_of(situation)
    assert kept.radius_m == 12_000
    assert kept.expires_at.isoformat() == "2026-03-10T20:30:00+00:00"  # Nairobi is UTC+3


def test_a_refused_edit_loses_no_words(asha: Visitor, situation: Situation) -> None:
    alert = make_draft(situation)
    asha.send("/alerts/1/edit", **form_of(alert))
    stale = form_of(alert, text_en="A text that took ten minutes to write.")
    answer = asha.send("/alerts/1/edit", **stale)
    assert answer.status_code == 409
    assert "Somebody changed this warning meanwhile" in answer.text
    assert "A text that took ten minutes to write." in answer.text
    assert "What is kept now" in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"radius_km": "far"}, "radius is not a number"),
        ({"radius_km": "0"}, "radius in kilometres"),
        ({"radius_km": "nan"}, "radius in kilometres"),
        ({"radius_km": "inf"}, "radius in kilometres"),
        ({"expires": "soon"}, "day and the hour"),
        ({"expires": "2026-03-01T10:00"}, "must lie ahead"),
        ({"expires": "9999-12-31T23:59"}, "must lie ahead"),
        ({"version": "x"}, "Something is missing"),
    ],
)
def test_bad_fields_of_a_draft_are_named(
    asha: Visitor, situation: Situation, changes: dict[str, str], words: str
) -> None:
    answer = asha.send("/alerts/1/edit", **form_of(make_draft(situation), **changes))
    assert answer.status_code == 409
    assert words in answer.text


def test_four_eyes(asha: Visitor, bakari: Visitor, situation: Situation) -> None:
    alert = make_draft(situation)
    asha.send("/alerts/1/submit", **form_of(alert))
    version = alert_of(situation).version
    assert "another coordinator has to approve" in asha.read("/alerts/1")
    assert "/alerts/1/approve" not in asha.read("/alerts/1")
    asha.send("/alerts/1/approve", version=version)
    assert alert_of(situation).state == "submitted"
    assert "Wait for your approval" in bakari.read("/")
    assert "Wait for your approval" not in asha.read("/")
    assert "Approve and send to 1 person" in bakari.read("/alerts/1")
    html = bakari.send_and_follow("/alerts/1/approve", version=version)
    assert "on its way" in html
    frozen = alert_of(situation)
    assert frozen.state == "approved"
    assert frozen.content_hash in html
    assert 'textarea id="text_' not in html


def test_an_approval_of_an_older_version_is_refused(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    alert = make_draft(situation)
    asha.send("/alerts/1/submit", **form_of(alert))
    html = bakari.send_and_follow("/alerts/1/approve", version=1, back="/alerts/1")
    assert "Somebody changed this warning meanwhile" in html
    assert alert_of(situation).state == "submitted"


def test_a_returned_warning_is_a_draft_again(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(make_draft(situation)))
    html = bakari.send_and_follow("/alerts/1/return", reason="say which road")
    assert "say which road" in html
    assert alert_of(situation).state == "draft"


def test_a_discarded_draft_offers_nothing_more(asha: Visitor, situation: Situation) -> None:
    make_draft(situation)
    html = asha.send_and_follow("/alerts/1/discard", reason="false alarm")
    assert "Nobody was warned" in html
    assert 'action="/alerts/1/' not in html


def test_a_cancelled_warning_leads_to_its_follow_up_or_back(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(make_draft(situation)))
    bakari.send("/alerts/1/approve", version=alert_of(situation).version)
    html = asha.send_and_follow("/alerts/1/cancel", reason="it was police")
    assert "Cancelled" in html
    assert alert_of(situation).state == "cancelled"


def test_reach_refreshes_only_when_it_changed(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(make_draft(situation)))
    bakari.send("/alerts/1/approve", version=alert_of(situation).version)
    first = asha.get("/alerts/1/reach")
    assert "0 of 1 person sent" in first.text
    tag = {"If-None-Match": first.headers["ETag"]}
    assert asha.get("/alerts/1/reach", headers=tag).status_code == 304
    asha.send("/alerts/1/cancel", reason="it was police")
    assert asha.get("/alerts/1/reach", headers=tag).status_code == 200


def test_an_analyst_reads_a_warning_without_forms(app: Flask, situation: Situation) -> None:
    make_draft(situation)
    html = Visitor(app, "analyst").read("/alerts/1")
    assert 'action="/alerts/1/' not in html
    assert "Whom it would reach" in html


def test_a_place_that_is_gone_does_not_break_the_page(asha: Visitor, situation: Situation) -> None:
    with situation.runtime.database.writing() as session:
        session.delete(session.scalars(select(Place)).one())
    assert "Moa" in asha.read("/incidents/1")
    assert "Chosen:" not in asha.read(asha.get("/incidents/1?place=77").location)


def test_the_page_says_when_the_incident_is_no_longer_verified(
    asha: Visitor, situation: Situation
) -> None:
    make_draft(situation)
    asha.send("/incidents/1/refute", reason="a wedding")
    assert "The incident is refuted now" in asha.read("/alerts/1")


def test_a_warning_near_its_end_says_so(asha: Visitor, situation: Situation, now) -> None:
    make_draft(situation)
    situation.runtime.clock = lambda: now + timedelta(hours=5)
    assert "in 60 min" in asha.read("/alerts/1") or "in 1 h" in asha.read("/alerts/1")
    assert alerting.preview is not None
