"""The first page without a browser: what is sent again, what is not, and what time changes."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from gateway.flow import duty, judging
from gateway.runtime import Runtime
from gateway.store import audit
from gateway.store.tables import Alert, Beat
from tests.make import make_incident
from tests.web.situation import Situation, make_draft
from tests.web.walking import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROWS = "/situation/rows"
HOSTILE = '<img src=x onerror=alert(1)>\u202e\u200b =cmd()"}</script>'


def later(runtime: Runtime, **span: float) -> None:
    moment = runtime.clock() + timedelta(**span)
    runtime.clock = lambda: moment


def add(runtime: Runtime, **facts) -> int:
    with runtime.database.writing() as session:
        return make_incident(session, runtime.clock(), **facts).id


def refresh(visitor: Visitor, before: TestResponse) -> TestResponse:
    """As the script asks: with the tag and the rows that it has."""
    rows = "".join(re.findall(r'data-row="([\w-]{5})"', before.text))
    return visitor.get(ROWS, headers={"If-None-Match": before.headers["ETag"], "X-Rows": rows})


def test_rows_that_did_not_change_are_not_sent_again(asha: Visitor, situation: Situation) -> None:
    before = asha.get(ROWS)
    added = add(situation.runtime, hazard="attack")
    after = refresh(asha, before)
    assert f'id="incident-{added}"' in after.text
    assert 'id="incident-1"' not in after.text
    kept = re.findall(r'<li data-keep="([\w-]{5})"></li>', after.text)
    assert len(kept) == 1
    assert f'<li data-row="{kept[0]}"' in before.text


def test_a_row_that_changed_is_sent_again(asha: Visitor, situation: Situation) -> None:
    before = asha.get(ROWS)
    with situation.runtime.database.writing() as session:
        duty.take(session, 1, situation.bakari, situation.runtime.clock(), via="page")
    after = refresh(asha, before)
    assert "bakari has it" in after.text
    assert 'id="incident-1"' in after.text


def test_whoever_names_no_rows_gets_all(asha: Visitor, situation: Situation) -> None:
    tag = asha.get(ROWS).headers["ETag"]
    add(situation.runtime)
    for rows in ("", "x", "?" * 9000, "\xff<script>"):
        after = asha.get(ROWS, headers={"If-None-Match": tag, "X-Rows": rows})
        assert 'id="incident-1"' in after.text
        assert "data-keep" not in after.text


def test_what_does_not_show_costs_no_body(asha: Visitor, situation: Situation) -> None:
    before = asha.get(ROWS)
    with situation.runtime.database.writing() as session:
        audit.record(
            session, who="asha", act="place.note", subject="place 1", facts={},
            now=situation.runtime.clock(),
        )  # fmt: skip
    after = refresh(asha, before)
    assert (after.status_code, after.data) == (304, b"")
    assert after.headers["ETag"] != before.headers["ETag"]  # what was made of is known from now on


def test_age_alone_is_no_news(asha: Visitor, situation: Situation) -> None:
    before = asha.get(ROWS)
    later(situation.runtime, minutes=2)
    assert "2 min ago" in asha.get(ROWS).text
    assert refresh(asha, before).status_code == 304


def test_a_deadline_that_passes_shows_by_itself(asha: Visitor, situation: Situation) -> None:
    with situation.runtime.database.writing() as session:
        judging.see(session, 1, situation.asha, situation.runtime.clock())
    before = asha.get(ROWS)
    assert 'id="h-overdue"' not in before.text
    later(situation.runtime, hours=9)
    after = refresh(asha, before)
    assert 'id="h-overdue"' in after.text
    assert "1 overdue" in after.text


def test_the_background_work_that_stops_shows_by_itself(
    asha: Visitor, situation: Situation
) -> None:
    with situation.runtime.database.writing() as session:
        session.add(Beat(job="scheduler", at=situation.runtime.clock(), holder="here"))
    before = asha.get(ROWS)
    later(situation.runtime, seconds=50)
    assert refresh(asha, before).status_code == 304
    later(situation.runtime, seconds=80)
    assert "background work has stopped" in refresh(asha, before).text


def test_a_warning_that_leaves_by_one_alone_stands_first_and_once(
    asha: Visitor, situation: Situation
) -> None:
    alert, now = make_draft(situation), situation.runtime.clock()
    with situation.runtime.database.writing() as session:
        row = session.get_one(Alert, alert.id)
        row.state, row.submitted_by, row.submitted_at = "submitted", situation.bakari.id, now
        row.glass_by, row.glass_at = situation.bakari.id, now + timedelta(minutes=5)
    html = asha.read("/")
    assert html.count('id="alert-1"') == 1
    assert html.index('id="h-counting"') < html.index('id="alert-1"')
    assert "Read it now and stop it if it is wrong" in html


def test_a_calm_hour_is_said_kindly(app: Flask) -> None:
    html = Visitor(app, "viewer").read("/")
    assert "Nothing needs you now." in html
    assert "Nothing is open. All is judged." in html


def test_the_points_of_the_small_map_cost_a_304_when_known(
    asha: Visitor, situation: Situation
) -> None:
    add(situation.runtime, place_name=HOSTILE, hazard="attack")
    add(situation.runtime, lat=None, lon=None, place_name=None)
    first = asha.get("/situation/points.json")
    assert first.mimetype == "application/json"
    found = first.get_json()
    first_point, second_point = sorted(found["incidents"])
    assert (first_point[0], second_point[0]) == (1, 2)
    assert second_point[4:] == ["Extreme", f"2 Attack, {HOSTILE}"]
    again = asha.get("/situation/points.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_area_of_a_live_warning_lies_on_the_small_map(
    asha: Visitor, situation: Situation
) -> None:
    alert = make_draft(situation)
    assert asha.get("/situation/points.json").get_json()["areas"] == []
    with situation.runtime.database.writing() as session:
        session.get_one(Alert, alert.id).state = "live"
    (area,) = asha.get("/situation/points.json").get_json()["areas"]
    assert area["id"] == alert.id
    assert area["circles"][0][2] == alert.radius_m


def test_hostile_words_stay_words(asha: Visitor, situation: Situation) -> None:
    add(situation.runtime, place_name=HOSTILE)
    html = asha.read("/")
    assert "<img" not in html
    assert "&lt;img src=x" in html
