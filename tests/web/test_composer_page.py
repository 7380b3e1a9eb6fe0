"""What is typed and drawn is counted and checked at once, and nothing of it is kept."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from gateway.flow import alerting
from gateway.lists import alerts
from gateway.store import gazetteer
from gateway.store.tables import Alert
from gateway.terms.area_words import area_words
from gateway.terms.geo import Position
from tests.make import MOA, make_place, make_subscriber
from tests.web.situation import Situation, make_draft, make_situation
from tests.web.walking import Visitor

KM = 1 / 111.2
SQUARE = "-2.4, 40.2\n-2.4, 40.4\n-2.3, 40.4\n-2.3, 40.2\n"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:  # pages are the same on both
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def situation(app: Flask) -> Situation:
    """Moa with one member and a draft; Wema, 11 km north, with two."""
    situation = make_situation(app)
    with situation.runtime.database.writing() as session:
        spot = Position(MOA.lat + 11 * KM, MOA.lon)
        wema = make_place(session, "Wema", spot)
        for number in range(2):
            make_subscriber(
                session, situation.runtime.keys, f"+25470000018{number}", home=spot,
                place_id=wema.id, language="sw",
            )  # fmt: skip
        gazetteer.touch(session, situation.runtime.clock(), "test")
    make_draft(situation)
    return situation


def kept(situation: Situation) -> Alert:
    with situation.runtime.database.reading() as session:
        return alerts.find(session, 1)


def form_of(situation: Situation, **changes: object) -> dict[str, object]:
    alert = kept(situation)
    texts = {f"text_{text.language}": text.body for text in alert.texts}
    fixed = {
        "version": alert.version, "shape": "circle", "radius_km": "20",
        "expires": "2026-03-10T23:30", "centre": "",
    }  # fmt: skip
    return texts | fixed | changes


def read(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_what_is_drawn_is_counted_and_not_kept(asha: Visitor, situation: Situation) -> None:
    page = read(asha.send("/alerts/1/preview", **form_of(situation)).text)
    assert "3 people" in page
    drawn = form_of(situation, shape="polygon", corners=SQUARE)
    answer = asha.send("/alerts/1/preview", **drawn)
    assert answer.status_code == 200
    assert "1 person" in read(answer.text)
    found = re.search(r'data-drawn="([^"]+)"', answer.text)
    assert found
    data = json.loads(unescape(found[1]))
    assert data["polygon"][0] == [-2.4, 40.2]
    assert {name for _, name, *_ in data["villages"]} >= {"Moa", "Wema"}
    assert kept(situation).version == 1
    assert area_words(kept(situation).zone) == "20 km around Moa"


def test_a_drawn_area_is_kept_submitted_and_frozen_as_it_was_drawn(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(situation, shape="polygon", corners=SQUARE))
    alert = kept(situation)
    assert alert.state == "submitted"
    assert area_words(alert.zone) == "drawn area with Moa, 25 km across"
    html = bakari.read("/alerts/1")
    hashed = re.search(r'<code class="hash" dir="ltr">(\w+)</code>', html)
    assert hashed
    assert "Approve and send to 1 person" in html
    bakari.send("/alerts/1/approve", version=alert.version)
    assert kept(situation).content_hash == hashed[1]
    assert "drawn area with Moa" in asha.read("/alerts")
    assert '<polygon class="area"' in asha.read("/map")


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ("", "at least three corners"),
        ("-2.4, 40.2\n-2.4, 40.4", "at least three corners"),
        ("-2.4, 40.2\n-2.3, 40.4\n-2.4, 40.4\n-2.3, 40.2", "cross one another"),
        ("0, 40\n0, 44\n1, 44", "wider than 300 km"),
        ("0, 40\n0, 40.0001\n0.0001, 40", "hardly any room"),
        ("-2.4, 40.2\nMoa\n-2.3, 40.4", "Line 2 of the corners is no point on the earth"),
        ("-2.4, 40.2\n-92, 40.4\n-2.3, 40.4", "Line 2 of the corners"),
        ("nan, 40\n0, 41\n1, 41", "Line 1 of the corners"),
        ("\n".join(f"{-2 + n / 100}, {40 + n * n / 1e4}" for n in range(31)), "30 corners at most"),
    ],
)
def test_what_is_wrong_with_a_drawn_area_is_said_and_what_was_typed_comes_back(
    asha: Visitor, situation: Situation, corners: str, words: str
) -> None:
    drawn = form_of(situation, shape="polygon", corners=corners, text_en="Not lost.")
    answer = asha.send("/alerts/1/edit", **drawn)
    assert answer.status_code == 409
    assert words in read(answer.text)
    assert "Not lost." in answer.text
    assert corners.split("\n")[-1] in answer.text
    assert words in read(asha.send("/alerts/1/preview", **drawn).text)
    assert kept(situation).version == 1


def test_a_circle_is_moved_and_comes_back_to_the_event(asha: Visitor, situation: Situation) -> None:
    away = f"{MOA.lat + 11 * KM:.5f}, {MOA.lon:.5f}"
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation, radius_km="5", centre=away))
    assert "2 people" in html
    assert f'value="{away}"' in html
    assert area_words(kept(situation).zone).startswith("5 km around -2.25")
    asha.send("/alerts/1/edit", **form_of(situation, radius_km="5"))
    assert area_words(kept(situation).zone) == "5 km around Moa"


def test_an_area_far_from_the_event_is_objected_to(asha: Visitor, situation: Situation) -> None:
    far = SQUARE.replace("-2.", "-1.")
    page = read(
        asha.send("/alerts/1/preview", **form_of(situation, shape="polygon", corners=far)).text
    )
    assert "for this hazard 20 km is usual" in page


def test_findings_stand_under_the_text_that_they_mean_and_mark_its_words(
    asha: Visitor, situation: Situation
) -> None:
    text = f"{kept(situation).texts[0].body} Ask Mzee Barasa <b>now</b>, 0700 010 123"
    html = asha.send("/alerts/1/preview", **form_of(situation, text_en=text)).text
    beside = html.split('data-piece="found-en"')[1].split("data-piece=")[0]
    assert "names a person" in read(beside)
    assert "names a person" not in html.split('data-piece="found-sw"')[1].split("data-piece=")[0]
    assert "<mark>Mzee Barasa</mark>" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_the_phone_shows_where_a_long_text_is_cut(asha: Visitor, situation: Situation) -> None:
    text = "a" * 153 + "b" * 10
    html = asha.send("/alerts/1/preview", **form_of(situation, text_en=text)).text
    english = html.split('data-piece="phone-en"')[1].split("data-piece=")[0]
    before, after = english.split('<span class="cut">')
    assert before.rstrip().endswith("a" * 153)
    assert f"</span>{'b' * 10}</div>" in after


def test_a_text_in_arabic_letters_says_its_own_direction(
    asha: Visitor, situation: Situation
) -> None:
    text = form_of(situation, text_sw="مسلحون قرب موا. ابقوا في البيت")
    html = asha.send("/alerts/1/preview", **text).text
    assert 'lang="sw" dir="auto">مسلحون' in html
    assert "UCS-2" in html


def test_what_is_no_draft_any_more_is_not_counted(asha: Visitor, situation: Situation) -> None:
    form = form_of(situation)
    asha.send("/alerts/1/submit", **form)
    answer = asha.send("/alerts/1/preview", **form)
    assert answer.status_code == 409
    assert "no draft any more" in answer.text
    assert "<html" not in answer.text


def test_whoever_looks_on_sees_that_somebody_acted(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(situation))
    page = bakari.read("/alerts/1")
    found = re.search(
        r'data-refresh="(/alerts/1/standing[^"]+)" data-every="3" data-etag="(\w+)"', page
    )
    assert found
    known = {"If-None-Match": f'"{found[2]}"'}
    assert bakari.get(unescape(found[1]), headers=known).status_code == 304
    asha.send("/alerts/1/return", reason="one more look")
    answer = bakari.get(unescape(found[1]), headers=known)
    assert "Somebody acted on this warning meanwhile: it is draft now" in read(answer.text)


def test_the_list_is_filtered_by_its_address(asha: Visitor, situation: Situation) -> None:
    assert "W1" in asha.read("/alerts?state=draft&purpose=warning&hazard=armed_group&exercises=no")
    for other in ("state=live", "purpose=campaign", "hazard=attack"):
        html = asha.read(f"/alerts?{other}")
        assert "W1" not in html
        assert "None is like that" in html
    assert "W1" in asha.read("/alerts?state=<script>&purpose=x&page=-1&_scheme=x&_anchor=y")


@contextmanager
def asked(situation: Situation) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    database, seen = situation.runtime.database, []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_no_page_or_piece_of_a_warning_asks_the_database_more_than_twelve_times(
    asha: Visitor, situation: Situation
) -> None:
    runtime, now = situation.runtime, situation.runtime.clock()

    def few(path: str, open_it: Callable[[str], object] = asha.read) -> None:
        with asked(situation) as seen:
            open_it(path)
        assert 0 < len(seen) <= 12, (path, seen)

    few("/alerts")
    few("/alerts/1")
    few("/alerts/1/missed")
    few("/alerts/1/steps")
    form = form_of(situation, shape="polygon", corners=SQUARE)
    with asked(situation) as before:
        asha.get("/password")
    with asked(situation) as seen:  # with the page that gives the token
        asha.send("/alerts/1/preview", **form)
    assert len(seen) - len(before) <= 12, seen
    with runtime.database.writing() as session:
        alerting.submit(runtime, session, 1, situation.asha, 1, now)
        alerting.return_to_draft(session, 1, situation.bakari, "say which road", now)
    few("/alerts/1")
    assert "say which road" in asha.read("/alerts/1")
    with runtime.database.writing() as session:
        version = alerting.submit(runtime, session, 1, situation.asha, 2, now).version
    few("/alerts/1")
    few("/alerts/1/standing")
    with runtime.database.writing() as session:
        alerting.approve(runtime, session, 1, situation.bakari, version, now)
    few("/alerts/1")
    few("/alerts/1/reach")
    few("/alerts")
    with runtime.database.writing() as session:
        alerting.cancel(runtime, session, 1, situation.bakari, "it was not true", now)
    few("/alerts/1")
