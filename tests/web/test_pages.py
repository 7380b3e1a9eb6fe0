"""What pages show and hide, on both databases."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from gateway.flow import judging
from gateway.store.tables import AuditRow, Beat, Incident, Message, Subscriber
from tests.make import make_incident
from tests.web.situation import NUMBERS, Situation, hear, make_draft
from tests.web.walking import Visitor

PAGES = (
    "/", "/situation/rows", "/incidents", "/incidents?state=open&hazard=armed_group",
    "/incidents/1",
    "/alerts", "/alerts/1", "/alerts/1/reach", "/subscribers", "/subscribers?focal=1",
    "/subscribers/1", "/subscribers/2", "/places", "/places?q=moa", "/places/1",
    "/places/search?q=moa&incident=1", "/map", "/risk", "/playbooks", "/playbooks/attack",
    "/messages?state=processed", "/messages", "/audit", "/audit?act=incident.", "/password",
    "/accounts",
)  # fmt: skip
VIEWER_PAGES = [
    page
    for page in PAGES
    if not page.startswith(("/subscribers", "/messages", "/audit", "/accounts"))
]
MOST_QUERIES = 32  # the page of a draft: its area, map, checks, reach and cost


def test_no_page_shows_a_number(app: Flask, situation: Situation) -> None:
    make_draft(situation)
    admin = Visitor(app, "admin")
    for path in PAGES:
        html = admin.read(path)
        assert not [number for number in NUMBERS if number in html], path


def test_hostile_reports_are_shown_as_text(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "analyst").read("/incidents/1")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in html
    assert '<bdi dir="auto"><mark class="sign hazard" title="Armed group approaching">' in html
    assert "[number hidden]" in html


def test_long_reports_are_folded(app: Flask, situation: Situation) -> None:
    hear(situation.runtime, "+254700000109", "armed men at Moa " + "🔥\u200b" * 5000)
    html = Visitor(app, "analyst").read("/incidents/1")
    assert '<details class="foreign"' in html


def test_a_copy_is_marked_as_one_source(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "analyst").read("/incidents/1")
    assert "1 copy, one source" in html
    assert "by 1 independent source," in html


def test_viewers_see_no_texts_and_no_reasons(app: Flask, situation: Situation) -> None:
    make_draft(situation)
    viewer = Visitor(app, "viewer")
    for path in VIEWER_PAGES:
        html = viewer.read(path)
        assert "Armed men are coming" not in html, path
        assert "seen by two" not in html, path
    assert "analysts and coordinators only" in viewer.read("/incidents/1")
    assert "asha" in viewer.read("/incidents/1/timeline")


def test_viewers_get_no_forms(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "viewer").read("/incidents/1")
    assert 'action="/incidents/1/' not in html


def test_pages_stay_within_their_queries(app: Flask, situation: Situation) -> None:
    make_draft(situation)
    for number in range(5):
        hear(situation.runtime, f"+25470000030{number}", f"armed men near Moa, group {number}")
    admin, engine, seen = Visitor(app, "admin"), situation.runtime.database.engine, []
    admin.read("/places?q=moa")  # the gazetteer is read once a process

    def count(_connection, _cursor, statement, *_rest) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    for path in PAGES:
        seen.clear()
        admin.read(path)
        assert len(seen) <= MOST_QUERIES, (path, len(seen), seen)
    event.remove(engine, "before_cursor_execute", count)


def test_every_page_has_the_headers_of_a_careful_site(app: Flask) -> None:
    for path in ("/", "/signin", "/nothing", "/situation/rows"):
        headers = Visitor(app, None).get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "'unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_pages_hold_no_inline_code_and_nothing_foreign(app: Flask, situation: Situation) -> None:
    make_draft(situation)
    admin = Visitor(app, "admin")
    for path in (*PAGES, "/signin", "/phones"):
        html = admin.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=\"/(?:static|words)/)", html), path
        assert not re.search(r"\son\w+=\"|\sstyle=\"|<style", html), path
        assert not re.search(r"(src|href)=\"(https?:)?//", html), path


def test_static_files_are_kept_by_the_browser(app: Flask) -> None:
    html = Visitor(app, None).read("/signin")
    path = re.search(r'href="(/static/style\.css\?v=\w+)"', html)[1]
    answer = Visitor(app, None).get(path)
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()


def test_an_unchanged_queue_costs_a_304(app: Flask, situation: Situation) -> None:
    visitor = Visitor(app, "coordinator")
    first = visitor.get("/situation/rows")
    again = visitor.get("/situation/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize("change", ["report", "seen", "verified", "failed"])
def test_a_changed_queue_is_sent_anew(app: Flask, situation: Situation, change: str) -> None:
    visitor = Visitor(app, "coordinator")
    tag = visitor.get("/situation/rows").headers["ETag"]
    runtime, now = situation.runtime, situation.runtime.clock()
    if change == "report":
        hear(runtime, "+254700000104", "armed men with guns near Moa")
    with runtime.database.writing() as session:
        if change == "seen":
            judging.see(session, 1, situation.asha, now)
        if change == "verified":
            judging.verify(session, 1, situation.asha, "yes", now)
        if change == "failed":
            session.execute(update(Message).where(Message.id == 1).values(state="failed"))
    assert visitor.get("/situation/rows", headers={"If-None-Match": tag}).status_code == 200


def test_the_etag_of_one_person_is_not_that_of_another(app: Flask, situation: Situation) -> None:
    tag = Visitor(app, "admin").get("/situation/rows").headers["ETag"]
    answer = Visitor(app, "viewer").get("/situation/rows", headers={"If-None-Match": tag})
    assert answer.status_code == 200


def test_the_page_carries_the_tag_of_its_fragment(app: Flask, situation: Situation) -> None:
    visitor = Visitor(app, "coordinator")
    tag = re.search(r'data-etag="(\w+)"', visitor.read("/"))[1]
    answer = visitor.get("/situation/rows", headers={"If-None-Match": f'"{tag}"'})
    assert answer.status_code == 304


def test_the_queue_puts_the_unseen_and_the_pressing_first(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        for hazard, seen in (("other", None), ("attack", now), ("attack", None)):
            make_incident(session, now, hazard=hazard, seen_at=seen)
    html = Visitor(app, "viewer").read("/")
    assert re.findall(r'id="incident-(\d)"', html) == ["3", "1", "2"]
    assert "2 not seen" in html


def test_the_queue_says_when_the_background_work_rests(app: Flask, now) -> None:
    visitor = Visitor(app, "coordinator")
    with app.extensions["gateway"].database.writing() as session:
        session.add(Beat(job="scheduler", at=now - timedelta(minutes=10), holder="gone"))
    assert "background work has stopped" in visitor.read("/")


def test_a_verified_incident_without_warning_stays_in_the_queue(
    app: Flask, situation: Situation
) -> None:
    visitor = Visitor(app, "coordinator")
    visitor.send("/incidents/1/verify", reason="the chief confirmed")
    assert "nobody warned yet" in visitor.read("/")
    visitor.send("/incidents/1/warn")
    assert "nobody warned yet" not in visitor.read("/")


def test_an_unknown_thing_is_a_kind_404(app: Flask) -> None:
    admin = Visitor(app, "admin")
    for path in ("/incidents/99", "/alerts/99", "/subscribers/99", "/places/99", "/nothing"):
        answer = admin.get(path)
        assert answer.status_code == 404, path
        assert "There is nothing here" in answer.text


def test_a_lost_database_is_a_kind_503(app: Flask, monkeypatch) -> None:
    def lost():
        raise OperationalError("SELECT secret", {}, Exception("connection refused"))

    visitor = Visitor(app, "coordinator")
    monkeypatch.setattr(app.extensions["gateway"].database, "reading", lost)
    with capture_logs() as log:
        answer = visitor.get("/")
    assert [entry["event"] for entry in log] == ["database not answering"]
    assert answer.status_code == 503
    assert "Nothing is lost; try again in a minute" in answer.text
    assert "secret" not in answer.text


def test_an_unexpected_error_gives_a_reference_and_no_details(app: Flask, monkeypatch) -> None:
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("secret detail")

    visitor = Visitor(app, "coordinator")
    monkeypatch.setattr("gateway.lists.needs.read", broken)
    with capture_logs() as log:
        answer = visitor.get("/")
    assert answer.status_code == 500
    assert f"<code>{log[0]['reference']}</code>" in answer.text
    assert "secret detail" not in answer.text


def test_numbers_too_large_for_a_database_are_not_found(app: Flask) -> None:
    admin = Visitor(app, "admin")
    for path in ("/incidents/99999999999999999999999", "/subscribers?place=99999999999999999999"):
        assert admin.get(path).status_code in (200, 404), path
    answer = admin.send("/incidents/1/merge", into="9" * 30, reason="x")
    assert answer.status_code in (303, 404)


def test_the_chain_can_be_checked_and_a_change_shows(app: Flask, situation: Situation) -> None:
    coordinator = Visitor(app, "coordinator")
    coordinator.send("/incidents/1/seen")
    assert "The chain holds" in coordinator.send("/audit").text
    with situation.runtime.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.id == 1).values(who="nobody"))
    assert "The chain breaks at row 1" in coordinator.send("/audit").text


def test_a_failed_message_is_shown_and_read_again(app: Flask, situation: Situation) -> None:
    with situation.runtime.database.writing() as session:
        values = {"state": "failed", "failure": "ValueError"}
        session.execute(update(Message).where(Message.id == 1).values(**values))
    coordinator = Visitor(app, "coordinator")
    assert "1 message could not be read" in coordinator.read("/")
    assert "ValueError" in coordinator.read("/messages")
    assert "read again" in coordinator.send_and_follow("/messages/1/retry")
    with situation.runtime.database.reading() as session:
        assert session.get_one(Message, 1).state == "received"


def test_blocking_needs_a_reason_and_is_remembered(app: Flask, situation: Situation) -> None:
    coordinator = Visitor(app, "coordinator")
    assert "Say why" in coordinator.send_and_follow(
        "/subscribers/1/block", reason=" ", back="/subscribers/1"
    )
    html = coordinator.send_and_follow("/subscribers/1/block", reason="sends lies every day")
    assert "sends lies every day" in html
    assert "Unblock" in html
    with situation.runtime.database.reading() as session:
        assert session.get_one(Subscriber, 1).state == "blocked"


def test_a_focal_point_is_made_by_hand(app: Flask, situation: Situation) -> None:
    coordinator = Visitor(app, "coordinator")
    html = coordinator.send_and_follow(
        "/subscribers/1/focal-point", reason="the teacher", trusted="yes"
    )
    assert "Now a focal point" in html
    assert "focal point" in coordinator.read("/subscribers?focal=1")


def test_a_place_added_by_hand_is_found_at_once(app: Flask, situation: Situation) -> None:
    coordinator = Visitor(app, "coordinator")
    html = coordinator.send_and_follow(
        "/places", name="Kwa Mzee", lat="-2,35", lon="40.4", alias="Mzee, Old Man"
    )
    assert "Old Man" in html
    assert "Kwa Mzee" in coordinator.read("/places?q=old man")


@pytest.mark.parametrize(
    ("lat", "lon", "words"),
    [("x", "1", "latitude is not a number"), ("", "1", "both latitude"), ("91", "1", "no point"),
     ("nan", "1", "no point"), ("inf", "1", "no point"), ("", "", "Give latitude"),
     ("0", "0", "ocean")],
)  # fmt: skip
def test_bad_positions_are_refused_in_words(app: Flask, lat: str, lon: str, words: str) -> None:
    html = Visitor(app, "coordinator").send("/places", name="Moa", lat=lat, lon=lon).text
    assert words in html
    assert 'value="Moa"' in html  # what was typed is not lost


def test_the_map_draws_what_the_list_says(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "viewer").read("/map")
    assert '<circle class="event open"' in html
    assert 'id="incident-1"' in html


def test_the_map_is_drawn_even_when_there_is_nothing(app: Flask) -> None:
    assert "<svg" in Visitor(app, "viewer").read("/map")


def test_an_exercise_is_marked_wherever_it_stands(app: Flask, now) -> None:
    from gateway.store.tables import Exercise

    with app.extensions["gateway"].database.writing() as session:
        drill = Exercise(scenario="river", started_at=now)
        session.add(drill)
        session.flush()
        make_incident(session, now, exercise_id=drill.id)
    viewer = Visitor(app, "viewer")
    for path in ("/", "/incidents", "/incidents/1"):
        assert ">Exercise<" in viewer.read(path), path


def test_lists_are_paged(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        for number in range(55):
            make_incident(session, now - timedelta(minutes=number))
    viewer = Visitor(app, "viewer")
    assert "page=2" in viewer.read("/incidents")
    assert len(re.findall('id="incident-', viewer.read("/incidents?page=2"))) == 5
    assert "There are none" in viewer.read("/incidents?page=99999999999")


def test_an_incident_without_position_has_its_page(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, place_name=None, lat=None, lon=None, precision_m=None)
        make_incident(session, now)
    assert "place not known" in Visitor(app, "coordinator").read("/incidents/1")


def test_times_are_those_of_the_deployment(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, last_report_at=now - timedelta(minutes=4))
    html = Visitor(app, "viewer").read("/")
    assert 'datetime="2026-03-10T15:26:00+00:00">18:26 <span' in html
    assert "4 min ago" in html


def test_incidents_that_hold_nothing_are_still_kept_apart(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, state="merged", merged_into_id=make_incident(session, now).id)
        assert session.get_one(Incident, 2).merged_into_id == 1
    assert "Merged into" in Visitor(app, "coordinator").read("/incidents/2")
