"""The page of analysis: filters in the address, figures with their tables, few queries."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from gateway.runtime import Runtime
from gateway.web.plot_parts import round_ticks
from tests.web.walking import Visitor
from tests.world import NUMBER, PSEUDONYM, TEXT, make_world

MARCH = "from=2026-03-01&to=2026-03-10"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def world(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        make_world(session, runtime.keys, now)


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def queries(app: Flask, visitor: Visitor, path: str) -> list[str]:
    asked: list[str] = []
    engine = app.extensions["gateway"].database.engine

    def count(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    visitor.read(path)
    event.remove(engine, "before_cursor_execute", count)
    return asked


def test_the_figures_of_chosen_days(app: Flask, world: None) -> None:
    html = Visitor(app, "analyst").read(f"/analysis?{MARCH}")
    page = words_of(html)
    assert "1 Mar 2026 to 10 Mar 2026" in page
    assert "People were warned of 1 incident that turned out to be false." in page
    assert "False alarms 29 % 2 of 7" in page
    assert "Delivered 50 % 4 of 8" in page
    assert "warning approved: only 3 cases, too few for a figure." in page
    assert "4 min · 9 min" in page
    assert "focal points 4 0 4 of 4" in page
    assert html.count("How this is counted") >= 8


def test_every_figure_is_a_table_and_a_picture_with_words(app: Flask, world: None) -> None:
    html = Visitor(app, "analyst").read(f"/analysis?{MARCH}")
    figures = re.findall(r'<figure class="plot">.*?</figure>', html, re.S)
    assert len(figures) >= 7
    for figure in figures:
        assert re.search(r"<title id=[^>]*>[^<]+</title><desc id=[^>]*>[^<]+</desc>", figure)
        assert "<tbody><tr><th scope" in figure
    assert not re.search(r"\sstyle=|<style|onload=", html)


def test_one_hazard_and_one_area(app: Flask, world: None) -> None:
    page = words_of(
        Visitor(app, "analyst").read(f"/analysis?{MARCH}&hazard=attack&area=Tana+River")
    )
    assert "Reports 3 0 are copies Incidents 3" in page
    assert "2 Mar" in page


def test_bad_days_are_named_and_stay_in_the_form(app: Flask, world: None) -> None:
    analyst = Visitor(app, "analyst")
    for asked, words in (
        ("from=2026-03-10&to=2026-03-01", "The last day lies before the first."),
        ("from=yesterday&to=2026-03-01", "Give both days"),
        ("from=2020-01-01&to=2026-03-01", "at most two years"),
        ("from=0001-01-01&to=0001-01-02", "days of our time"),
    ):
        html = analyst.read(f"/analysis?{asked}")
        assert words in html
        assert f'value="{asked[5:15].split("&")[0]}"' in html


def test_hostile_filters_change_nothing(app: Flask, world: None) -> None:
    analyst = Visitor(app, "analyst")
    html = analyst.read(f"/analysis?{MARCH}&area=<script>x&hazard='--&period=own&drills=2")
    assert "<script>x" not in html
    assert "Nothing was reported in these days" in html
    assert analyst.get("/analysis?period=%00").status_code == 400


def test_nobody_is_named_and_viewers_do_not_enter(app: Flask, world: None) -> None:
    html = Visitor(app, "analyst").read(f"/analysis?{MARCH}")
    for secret in (PSEUDONYM, TEXT, NUMBER[4:]):
        assert secret not in html
    assert Visitor(app, "viewer").get("/analysis").status_code == 403


def test_an_empty_gateway_says_so(app: Flask) -> None:
    page = words_of(Visitor(app, "analyst").read("/analysis?period=year"))
    assert "Nothing was reported in these days" in page
    assert "No warning was approved" in page


def test_it_asks_the_database_few_times(app: Flask, world: None) -> None:
    asked = queries(app, Visitor(app, "analyst"), f"/analysis?{MARCH}")
    assert len(asked) <= 12, asked


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]), (3, [0, 1, 2, 3]), (5, [0, 2, 4, 6]), (9, [0, 5, 10]),
        (37, [0, 10, 20, 30, 40]), (1234, [0, 500, 1000, 1500]),
    ],
)  # fmt: skip
def test_axes_have_round_numbers(most: float, ticks: list[int]) -> None:
    assert round_ticks(most) == ticks
