"""The situation report: what each level may tell, on the page and in files, and who made it."""

import csv
import io
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.lists.analysis.levels import LEVELS, few, without_small
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Casualty, Incident, RiskNotice
from tests.make import make_incident, make_user
from tests.web.test_analysis_page import queries, words_of
from tests.web.walking import Visitor
from tests.world import LAT, LON, NUMBER, PSEUDONYM, TEXT, VILLAGE, make_world

MARCH = "from=2026-03-01&to=2026-03-10"
REASON = "two witnesses who are not copies"
NEVER = (PSEUDONYM, TEXT, NUMBER, NUMBER[4:], "glimmerfax")
HIDDEN = {
    "red": (),
    "amber-strict": (VILLAGE, str(LAT)[:6], str(LON)[:6], REASON),
    "amber": (VILLAGE, str(LAT)[:6], str(LON)[:6], REASON),
    "green": (VILLAGE, str(LAT)[:6], str(LON)[:6], REASON, "9 Mar 2026 18:30"),
    "clear": (VILLAGE, str(LAT)[:6], str(LON)[:6], REASON, "Tana River", "Lamu"),
}


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def world(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        make_world(session, runtime.keys, now)
        session.add(Casualty(report_id=1, kind="killed", low=3, high=5, at=now))
        session.add(
            RiskNotice(
                area="Tana River", factor=9, week=now, count=6, expected=0.5, threshold=3,
                created_at=now,
            )
        )  # fmt: skip


@pytest.fixture
def asha(app: Flask, runtime: Runtime) -> Visitor:
    """A coordinator."""
    with runtime.database.writing() as session:
        return Visitor(app, None, make_user(session, "bahati"))


def page(visitor: Visitor, level: str) -> str:
    return visitor.read(f"/situation-report?{MARCH}&level={level}")


def file(visitor: Visitor, level: str, table: str, more: str = "") -> list[list[str]]:
    answer = visitor.get(f"/situation-report.csv?{MARCH}&level={level}&table={table}{more}")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.key)
def test_what_a_level_hides_is_neither_on_the_page_nor_in_a_file(
    asha: Visitor, world: None, level
) -> None:
    told = page(asha, level.key)
    for table in level.tables:
        told += repr(file(asha, level.key, table)) + repr(file(asha, level.key, table, "&hxl=1"))
    for secret in (*NEVER, *HIDDEN[level.key]):
        assert secret not in told
    assert f"TLP:{level.name}" in told


def test_a_coordinator_sees_all_at_red(asha: Visitor, world: None) -> None:
    html = page(asha, "red")
    for word in (VILLAGE, str(LAT)[:6], REASON, "Tana River", "killed: 3 to 5"):
        assert word in html
    assert "People were warned of 1 incident that turned out to be false." in html


def test_single_incidents_end_at_amber(asha: Visitor, world: None) -> None:
    assert "killed: 3 to 5" in page(asha, "amber")
    for level in ("green", "clear"):
        html = page(asha, level)
        assert "/incidents/" not in html
        assert "3 to 5" not in html
        answer = asha.get(f"/situation-report.csv?{MARCH}&level={level}&table=incidents")
        assert answer.status_code == 400
        assert "there is no table of incidents" in answer.text


def test_incidents_are_listed_with_their_columns(asha: Visitor, world: None) -> None:
    rows = file(asha, "amber", "incidents")
    assert len(rows) == 10
    assert rows[0][:6] == ["number", "day", "hazard", "state", "grade", "area"]
    first = dict(zip(rows[0], rows[2], strict=True))
    assert (first["day"], first["hazard"], first["area"]) == ("2026-03-09", "attack", "Tana River")
    assert (first["killed_low"], first["killed_high"]) == ("3", "5")
    assert file(asha, "amber", "incidents", "&hxl=1")[1][1:3] == ["#date+start", "#event+type"]


def test_green_counts_by_county(asha: Visitor, world: None) -> None:
    areas = file(asha, "green", "areas")
    assert areas[0] == ["area", "incidents", "verified", "refuted", "unverifiable", "open"]
    assert ["Tana River", "4", "3", "1", "0", "0"] in areas
    warnings = file(asha, "green", "warnings")
    assert warnings[1][:3] == ["Tana River", "2", "8"]


def test_clear_hides_small_counts_and_what_would_tell_them(asha: Visitor, world: None) -> None:
    assert file(asha, "clear", "hazards") == [
        ["hazard", "incidents"], ["attack", ""], ["abduction", ""],
    ]  # fmt: skip
    words = words_of(page(asha, "clear"))
    assert "Incidents 9" in words
    assert "Verified not shown Refuted not shown" in words
    assert "Warnings not shown People warned 48" in words


def test_at_clear_a_few_days_would_tell_of_single_incidents(app: Flask, world: None) -> None:
    answer = Visitor(app, "viewer").get(
        "/situation-report?from=2026-03-09&to=2026-03-10&level=clear"
    )
    assert answer.status_code == 400
    assert "choose at least 7 days" in answer.text
    assert 'value="2026-03-09"' in answer.text
    assert "At a glance" not in answer.text


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 7, "b": 9}, {"a": 7, "b": 9}),
        ({"a": 7, "b": 0}, {"a": 7, "b": 0}),
        ({"a": 7, "b": 3, "c": 20}, {"a": None, "b": None, "c": 20}),
        ({"a": 4, "b": 3, "c": 20}, {"a": None, "b": None, "c": 20}),
        ({"a": 1, "b": 1, "c": 20}, {"a": None, "b": None, "c": None}),
        ({"a": 3}, {"a": None}),
    ],
)
def test_a_hidden_cell_cannot_be_worked_out_from_the_total(cells: dict, shown: dict) -> None:
    assert without_small(cells, 5) == shown


def test_a_lone_count_is_hidden_when_it_is_small() -> None:
    assert [few(count, 5) for count in (0, 1, 4, 5)] == [0, None, None, 5]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"green", "clear"}),
        ("analyst", {"amber-strict", "amber", "green", "clear"}),
        ("coordinator", {"red", "amber-strict", "amber", "green", "clear"}),
    ],
)
def test_each_role_makes_reports_up_to_its_level(
    app: Flask, world: None, role: str, allowed: set[str]
) -> None:
    visitor = Visitor(app, role)
    for level in LEVELS:
        expected = 200 if level.key in allowed else 403
        for path in ("/situation-report?", "/situation-report.csv?table=hazards&"):
            asked = f"{path}{MARCH}&level={level.key}"
            assert visitor.get(asked).status_code == expected, asked
    form = visitor.read("/situation-report")
    assert set(re.findall(r'name="level" value="([a-z-]+)"', form)) == allowed


def test_who_made_a_report_at_which_level_is_noted(asha: Visitor, world: None, runtime) -> None:
    asha.read("/situation-report")
    page(asha, "red")
    file(asha, "green", "areas")
    with runtime.database.reading() as session:
        noted = session.scalars(select(AuditRow).where(AuditRow.act == "report.make")).all()
        assert [(row.subject, row.who) for row in noted] == [
            ("situation report RED", "bahati"), ("situation report GREEN", "bahati"),
        ]  # fmt: skip
        assert noted[1].facts == {
            "from": "2026-03-01", "to": "2026-03-10", "table": "areas", "drills": False,
        }  # fmt: skip


def test_a_comment_is_printed_without_numbers_and_kept_nowhere(
    app: Flask, world: None, runtime: Runtime, tmp_path: Path
) -> None:
    html = Visitor(app, "coordinator").send(
        "/situation-report",
        **{"from": "2026-03-01", "to": "2026-03-10", "level": "green"},
        comment="Zanzibarium: call 0722 123 456 <b>now</b> \u202e",
    )
    assert html.status_code == 200
    assert "Zanzibarium: call [number hidden] &lt;b&gt;now&lt;/b&gt;" in html.text
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
    assert b"Zanzibarium" not in kept
    assert Visitor(app, "analyst").send("/situation-report", level="green").status_code == 403


def test_it_says_in_words_what_changed(asha: Visitor, world: None) -> None:
    words = words_of(page(asha, "amber"))
    assert "What changed against the 10 days before" in words
    assert "Incidents: 9, 8 more than in the days before (1)." in words
    assert "Abduction: 3, 3 more than in the days before (0)." in words
    assert "Armed group approaching: 0, 1 fewer than in the days before (1)." in words


def test_no_cell_of_a_file_is_a_formula(asha: Visitor, runtime: Runtime, now: datetime) -> None:
    bad = ("=cmd()", "+1", "-1", "@x", "\tx", "\rx", '=HYPERLINK("http://a","b")')
    with runtime.database.writing() as session:
        for words in bad:
            make_incident(session, now, area=words, place_name=words, lat=-1.0)
    for level, table, column in (
        ("red", "incidents", "place"), ("red", "incidents", "area"), ("green", "areas", "area"),
    ):  # fmt: skip
        header, *rows = file(asha, level, table)
        cells = [row[header.index(column)] for row in rows]
        assert sorted(cells) == sorted(f"'{words}" for words in bad)


def test_a_cell_of_two_lines_begins_no_row_of_its_own(
    asha: Visitor, runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        for words in ("x\n=cmd()", "x\r=cmd()", 'x\r\n"=cmd()"'):
            make_incident(session, now, area=words)
    rows = file(asha, "green", "areas")
    assert len(rows) == 4
    assert not [row for row in rows if row[0].startswith("=")]


def test_an_empty_table_still_has_its_header(asha: Visitor) -> None:
    assert file(asha, "amber", "warnings")[0][:3] == ["number", "day", "hazard"]
    assert len(file(asha, "amber", "incidents", "&hxl=1")) == 2


def test_nonsense_is_answered_in_plain_words(asha: Visitor) -> None:
    for asked, words in (
        ("level=purple", "Choose one of the levels"),
        ("level=red&from=2026-03-10&to=2026-03-01", "The last day lies before the first"),
    ):
        answer = asha.get(f"/situation-report?{asked}")
        assert answer.status_code == 400
        assert words in answer.text
    assert asha.get(f"/situation-report.csv?{MARCH}&level=red&table=x").status_code == 400


@pytest.mark.parametrize("level", ["red", "green", "clear"])
def test_it_asks_the_database_few_times(
    app: Flask, asha: Visitor, world: None, runtime: Runtime, level: str
) -> None:
    with runtime.database.writing() as session:
        first = session.scalars(select(Incident.id)).first()
        make_incident(session, runtime.clock(), state="merged", merged_into_id=first)
    asked = queries(app, asha, f"/situation-report?{MARCH}&level={level}")
    assert len(asked) <= 12, asked


def test_a_file_of_many_incidents_asks_no_more_than_one_of_few(
    app: Flask, asha: Visitor, runtime: Runtime, now: datetime
) -> None:
    counts = []
    year = "from=2025-03-11&to=2026-03-10&level=red"
    for more in (2, 600):
        with runtime.database.writing() as session:
            for number in range(more):
                at = now - timedelta(hours=number)
                hurt = make_incident(session, at)
                session.add(
                    Casualty(incident_id=hurt.id, kind="killed", low=1, high=2, who="x", at=at)
                )
        for path in ("/situation-report?", "/situation-report.csv?table=incidents&"):
            counts.append(len(queries(app, asha, path + year)))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12
