"""One incident's page: at a glance, evidence, owners of steps, news, timeline, map, the list."""

import json
import re
import shutil
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from gateway.alerts.playbooks import shipped
from gateway.flow import sorting
from gateway.store.tables import (
    AlertReply,
    AuditRow,
    Casualty,
    Delivery,
    Incident,
    Inquiry,
    Report,
    StepOwner,
    Subscriber,
    Suggestion,
    User,
)
from gateway.terms.geo import Position
from gateway.terms.saying import Said
from gateway.web.formats import hide_numbers, said
from tests.make import make_incident, make_place
from tests.web.situation import Situation, hear, make_draft
from tests.web.walking import Visitor

MOST_QUERIES = 12
FETCH = {"X-Requested-With": "fetch"}
SWAHILI = "watu wenye silaha wanakuja Moa sasa hivi, piga 0722 123 456"
STEP = shipped().of("armed_group").steps[0]


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Pages see no engine; the new queries of the lists have tests of their own on both."""
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


def fill(situation: Situation) -> None:
    """Everything that a page of an incident can tell: a merge, an answer, a cry, harm, a twin."""
    runtime = situation.runtime
    alert = make_draft(situation)
    hear(runtime, "+254700000107", "all quiet in Moa, nothing to report")
    now = runtime.clock()
    with runtime.database.writing() as session:
        report = session.get_one(Report, 1)
        merged, twin = make_incident(session, now), make_incident(session, now)
        sorting.merge(session, merged.id, 1, session.get_one(User, situation.asha.id), "same", now)
        session.add(Suggestion(
            report_id=report.id, incident_id=twin.id, score=0.6, why="[]", created_at=now,
        ))  # fmt: skip
        session.add(Inquiry(
            kind="confirm", state="answered", subscriber_id=report.subscriber_id, incident_id=1,
            number=1, language="en", answer="yes", asked_by="gateway", created_at=now,
            asked_at=now, answered_at=now, expires_at=now, hazard="armed_group", place_name="Moa",
        ))  # fmt: skip
        session.add(AlertReply(
            alert_id=alert.id, subscriber_id=report.subscriber_id, said="help",
            report_id=report.id, at=now,
        ))  # fmt: skip
        session.add(Casualty(report_id=report.id, kind="killed", low=3, high=5, at=now))
        session.add(Casualty(
            incident_id=merged.id, kind="missing", low=1, high=1, who="asha", reason="x", at=now,
        ))  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "coordinator"])
def test_a_page_with_all_that_it_can_tell_costs_few_queries(
    app: Flask, situation: Situation, role: str
) -> None:
    fill(situation)
    visitor, seen = Visitor(app, role), []
    visitor.read("/incidents/1")

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(situation.runtime.database.engine, "before_cursor_execute", count)
    paths = ["", "/timeline", "/factors", "/points.json"]
    paths += ["/correct"] if role == "coordinator" else []
    for path in ("/incidents", *(f"/incidents/1{path}" for path in paths)):
        seen.clear()
        visitor.read(path)
        assert len(seen) <= MOST_QUERIES, (path, len(seen), seen)
    for path, most in (("news", 8), ("voices", 5)):
        seen.clear()
        assert visitor.get(f"/incidents/1/{path}", headers=FETCH).status_code == 200
        assert len(seen) <= most, (path, len(seen), seen)
    event.remove(situation.runtime.database.engine, "before_cursor_execute", count)
    html = visitor.read("/incidents/1")
    for words in ("3 to 5 killed", "1 missing", "asks for help", "60 %", "YES"):
        assert words in html, words


def test_what_counts_first_stands_first(asha: Visitor, situation: Situation, now) -> None:
    situation.runtime.clock = lambda: now + timedelta(minutes=47)
    html = asha.read("/incidents/1")
    first = html[html.index('id="glance"') : html.index('class="jump"')]
    assert "data-since>47 min</time>" in first
    assert 'class="figures-now late"' in first  # 47 minutes are too many for armed men
    assert re.search(r'class="grade" href="#h-grade">F\d<', first)
    assert re.search(r'<button class="button wide" id="next">Take it<', first)
    asha.send("/incidents/1/take")
    asha.send("/incidents/1/verify", reason="the chief saw them")
    html = asha.read("/incidents/1")
    assert re.search(r'<button class="button wide" id="next">Draft a warning<', html)
    assert 'class="figures-now"' in html


def test_the_words_that_count_are_marked_and_glossed(asha: Visitor, situation: Situation) -> None:
    hear(situation.runtime, "+254700000109", SWAHILI)
    html = asha.read("/incidents/1")
    text = html[html.index('id="report-3"') :].partition("</li>")[0]
    marked = '<mark class="sign hazard" title="Armed group approaching">watu wenye silaha</mark>'
    assert marked in text
    assert '<mark class="sign place" title="place: moa">Moa</mark>' in text
    assert '<bdi lang="sw" dir="auto">watu wenye silaha</bdi> = Armed group approaching' in text
    assert '<bdi lang="sw" dir="auto">sasa hivi</bdi> = now' in text
    assert "0722" not in html
    shown = re.search(r'<bdi dir="auto">(.*?)</bdi></blockquote>', text)
    assert shown
    assert re.sub("<[^>]+>", "", shown[1]) == SWAHILI.replace("0722 123 456", "[number hidden]")
    english = html[html.index('id="report-1"') :].partition("</li>")[0]
    assert "glosses" not in english


@pytest.mark.parametrize(
    "text",
    [
        "armed men in Moa <img src=x onerror=window.hacked=1>",
        "armed men \u202ein Moa\u202c <mark title='",
        "armed men in Moa " + "🔥\u200b<b>" * 3_000,
        "armed men in Moa" + ", call 0722 123 456" * 40,
        "=cmd|' /C calc'!A0 armed men in Moa &lt;script&gt;",
    ],
)
def test_a_hostile_text_is_shown_letter_by_letter(
    asha: Visitor, situation: Situation, text: str
) -> None:
    hear(situation.runtime, "+254700000109", text)
    html = asha.read("/incidents/1")
    card = html[html.index('id="report-3"') :].partition("</li>")[0]
    whole = re.findall(r'<bdi dir="auto">(.*?)</bdi>', card, re.S)
    shown = next(one for one in whole if "Moa" in one and not one.endswith("…"))
    bare = re.sub(r'</?mark(?: class="[a-z ]+" title="[^"<>]*")?>', "", shown)
    assert "<" not in bare
    assert unescape(bare) == text.replace("0722 123 456", "[number hidden]")


def test_a_step_is_taken_on_handed_on_and_let_go(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    take = {"step": STEP, "act": "take"}
    html = asha.send_and_follow("/incidents/1/checklist/owner", **take)
    assert "asha does it" in html
    html = bakari.send_and_follow("/incidents/1/checklist/owner", **take, back="/incidents/1")
    assert "asha took on that step meanwhile" in html
    hand = {"step": STEP, "act": "hand", "to": situation.bakari.id, "had": situation.asha.id}
    assert "bakari does it" in asha.send_and_follow("/incidents/1/checklist/owner", **hand)
    html = bakari.send_and_follow("/incidents/1/checklist/owner", step=STEP, act="let_go")
    assert "does it" not in html
    with situation.runtime.database.reading() as session:
        assert session.scalars(select(StepOwner)).all() == []
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert [act for act in acts if "step" in act] == [
        "incident.step_taken", "incident.step_handed", "incident.step_let_go",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"act": "take", "step": "Call nobody"}, "changed meanwhile"),
        ({"act": "hand", "step": STEP, "to": "99"}, "Choose a coordinator"),
        ({"act": "hand", "step": STEP, "to": "x"}, "Choose a coordinator"),
        ({"act": "burn", "step": STEP}, "Something is missing"),
    ],
)
def test_what_cannot_be_owned_is_refused_in_words(asha: Visitor, fields, words) -> None:
    html = asha.send_and_follow("/incidents/1/checklist/owner", back="/incidents/1", **fields)
    assert words in html


def test_owners_are_for_coordinators(app: Flask, situation: Situation) -> None:
    analyst = Visitor(app, "analyst")
    answer = analyst.send("/incidents/1/checklist/owner", step=STEP, act="take")
    assert answer.status_code == 403
    assert "/checklist/owner" not in analyst.read("/incidents/1")
    assert analyst.get("/incidents/1/correct").status_code == 403


def test_news_cost_a_header_until_something_happens(asha: Visitor, situation: Situation) -> None:
    page = asha.read("/incidents/1")
    stamp = re.search(r'id="glance"[^>]*data-etag="(\w+)"', page)
    assert stamp
    known = {**FETCH, "If-None-Match": f'"{stamp[1]}"'}
    quiet = asha.get("/incidents/1/news", headers=known)
    assert (quiet.status_code, quiet.data) == (304, b"")
    hear(situation.runtime, "+254700000109", "armed men with guns near Moa")
    loud = asha.get("/incidents/1/news", headers=known)
    assert loud.status_code == 200
    assert 'data-reports="3"' in loud.text
    known["If-None-Match"] = loud.headers["ETag"]
    asha.send("/incidents/1/take")
    loud = asha.get("/incidents/1/news", headers=known)
    assert "asha has it" in loud.text
    assert "Armed men are coming" not in loud.text
    voices = asha.get("/incidents/1/voices", headers=FETCH).text
    assert 'id="report-3"' in voices


def test_pieces_are_no_pages_and_pages_no_pieces(asha: Visitor, situation: Situation) -> None:
    assert asha.get("/incidents/1/news").location == "/incidents/1"
    assert asha.get("/incidents/1/voices").location == "/incidents/1#h-reports"
    for path in ("timeline", "factors", "correct"):
        assert "<!doctype html>" in asha.read(f"/incidents/1/{path}")
        piece = asha.get(f"/incidents/1/{path}", headers=FETCH).text
        assert "<html" not in piece
        assert "<section" in piece
        assert asha.get(f"/incidents/99/{path}").status_code == 404
    assert asha.get("/incidents/99/points.json").status_code == 404
    assert asha.get("/incidents/99/news", headers=FETCH).status_code == 404


def test_the_timeline_tells_all_in_order_and_by_kind(
    app: Flask, asha: Visitor, situation: Situation, now
) -> None:
    fill(situation)
    with situation.runtime.database.writing() as session:
        for minute in (1, 9):
            session.add(Delivery(
                kind="alert", alert_id=1, subscriber_id=minute, language="en", state="delivered",
                reference=f"r{minute}", priority=0, due_at=now, created_at=now,
                settled_at=now + timedelta(minutes=minute),
            ))  # fmt: skip
    html = re.sub(r"<[^>]+>|\s+", " ", asha.read("/incidents/1/timeline"))
    html = re.sub(r"\s+", " ", html)
    for words in ("reports arrived", "says yes", "asha open → verified, grade", "seen by two",
                  "Warning 1 reached the first person",
                  "Warning 1 reached the last person so far, 2 in all"):  # fmt: skip
        assert words in html, words
    assert html.index("the last person so far") < html.index("reports arrived")
    only = asha.read("/incidents/1/timeline?kind=questions")
    assert "says yes" in only
    assert "reports arrived" not in only
    assert "reports arrived" in asha.read("/incidents/1/timeline?kind=nonsense&before=yesterday")
    viewer = Visitor(app, "viewer").read("/incidents/1/timeline")
    assert "seen by two" not in viewer
    assert "a focal point" in viewer


def test_a_long_story_is_told_in_pages_and_nothing_is_lost(
    asha: Visitor, situation: Situation, now
) -> None:
    with situation.runtime.database.writing() as session:
        person = session.get_one(Report, 1).subscriber_id
        for number in range(130):
            at = now + timedelta(hours=1, minutes=number)
            session.add(Inquiry(
                kind="confirm", state="asked", subscriber_id=person, incident_id=1, number=number,
                language="en", asked_by=f"hand-{number}", created_at=at, asked_at=at,
                expires_at=at,
            ))  # fmt: skip
    path, seen, pages = "/incidents/1/timeline", set(), 0
    while path:
        html = asha.read(path)
        seen |= set(re.findall(r"was asked by (hand-\d+)", html))
        assert html.count("<li class=") <= 110
        older = re.search(r'href="([^"]*before=[^"]*)"', html)
        path, pages = older[1].replace("&amp;", "&") if older else "", pages + 1
    assert pages == 2
    assert len(seen) == 130


def test_points_are_coordinates_and_nobodys_home(
    app: Flask, asha: Visitor, situation: Situation, now
) -> None:
    fill(situation)
    with situation.runtime.database.writing() as session:
        session.get_one(Report, 2).found_by = "sender"
        report = session.get_one(Report, 1)
        home = make_place(session, "Garsen", Position(-2.27, 40.11))
        inquiry = session.scalars(select(Inquiry)).one()
        inquiry.subscriber_id = report.subscriber_id
        session.get_one(Subscriber, report.subscriber_id).place_id = home.id
    text = asha.read("/incidents/1/points.json")
    found = json.loads(text)
    assert found["incident"][:2] == [-2.35162, 40.31707]
    assert [spot[3] for spot in found["reports"]] == [1]
    assert found["areas"][0]["circles"][0][2] > 1_000
    assert found["asked"] == [[-2.27, 40.11]]
    assert "Moa" not in text
    assert json.loads(Visitor(app, "viewer").read("/incidents/1/points.json"))["asked"] == []


def test_the_list_is_filtered_by_the_address(asha: Visitor, situation: Situation, now) -> None:
    with situation.runtime.database.writing() as session:
        make_incident(
            session,
            now - timedelta(days=40),
            place_name="Hola 100%",
            hazard="attack",
            last_report_at=now - timedelta(days=40),
            reliability="B",
            credibility=1,
        )
        make_incident(session, now, place_name="Garsen", area="Tana River", state="refuted")

    def rows(query: str) -> list[int]:
        return [int(one) for one in re.findall(r'id="incident-(\d+)"', asha.read(query))]

    assert rows("/incidents") == [3, 1, 2]
    assert rows("/incidents?place=hola 100%25") == rows("/incidents?hazard=attack") == [2]
    assert rows("/incidents?place=tana") == [3]
    assert rows("/incidents?period=week") == [3, 1]
    assert rows("/incidents?source=B&information=1") == [2]
    assert rows("/incidents?state=open&period=nonsense&information=x&place=") == [1, 2]
    html = asha.read("/incidents?hazard=armed_group&state=open")
    assert re.search(r'state=refuted[^>]*>refuted <span class="how-many">1<', html)
    assert "hazard=armed_group" in re.findall(r'href="([^"]*state=refuted[^"]*)"', html)[0]


def test_numbers_that_follow_one_another_are_hidden_too(app: Flask) -> None:
    with app.test_request_context():
        for text in ("call 0722 123 456 0733 123 456 now", "x 0722-123-456  +254 700 000 101 y"):
            assert not re.search(r"\d{3}", hide_numbers(text)), text
        for text in ("at -2.35162, 40.31707", "12 000 people", "from 18:30 to 19:45 on 10 3 2026"):
            assert hide_numbers(text) == text


def test_sentences_of_lists_are_said_where_they_are_shown(app: Flask) -> None:
    with app.test_request_context():
        move = Said("%(origin)s → %(target)s", origin=Said("open"), target=Said("verified"))
        assert said(move) == "open → verified"
        assert said("plain 100 %") == "plain 100 %"


def test_incidents_that_are_gone_or_over_have_no_next_button(
    asha: Visitor, situation: Situation
) -> None:
    with situation.runtime.database.writing() as session:
        session.get_one(Incident, 1).state = "refuted"
    html = asha.read("/incidents/1")
    assert "Nothing is left to do here." in html
    assert 'id="next"' not in html
