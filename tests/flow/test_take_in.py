"""From messages to incidents through the real rooms."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import literal_column, select, table

from gateway.flow import take_in
from gateway.flow.naming import places_named
from gateway.lists import reports
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.tables import Incident, Report
from tests.databases import ENGINES, fresh_database

WITNESS = "+254700000201"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Every gateway of this file knows the places of the sample country."""
    yield from fresh_database(request, tmp_path, "sample")


def test_the_same_words_about_another_town_are_another_incident(runtime: Runtime) -> None:
    for number, town in enumerate(("Hola", "Lodwar", "Hola")):
        text = f"Armed men are coming to {town} now, they are many"
        say(runtime, text, f"+25470000020{number}")
    with runtime.database.reading() as session:
        places = sorted(i.place_name or "" for i in session.scalars(select(Incident)))
        copies = [r.copy_of_id for r in session.scalars(select(Report).order_by(Report.id))]
    assert places == ["Hola", "Lodwar"]
    assert copies == [None, None, 1]


def test_the_same_words_about_two_unlisted_villages_are_no_copy(runtime: Runtime) -> None:
    for number, village in enumerate(("Qwertyburi", "Zaxonville")):
        text = f"Armed men are coming to {village} now, they are many"
        say(runtime, text, f"+25470000020{number}")
    with runtime.database.reading() as session:
        assert {r.copy_of_id for r in session.scalars(select(Report))} == {None}


def test_a_forwarded_text_is_found_however_many_came_in_between(runtime: Runtime) -> None:
    first = "Armed men are coming to Hola now, they are many and some have horses"
    between = (f"men with guns have closed road {n} near Garsen, {n} cars wait" for n in range(40))
    for number, text in enumerate((first, *between, f"Fwd: {first}")):
        say(runtime, text, f"+2547000002{number:02}")
    with runtime.database.reading() as session:
        reports = session.scalars(select(Report).order_by(Report.id)).all()
    assert [report.copy_of_id for report in reports] == [None] * 41 + [reports[0].id]
    assert reports[-1].incident_id == reports[0].incident_id


@pytest.mark.parametrize(
    "town",
    ["Garissa", "Malindi", "Isiolo", "Kitui", "Mandera", "Marsabit", "Moyale", "Hola", "Mwingi",
     "Witu", "Garsen", "Kipini", "Lamu", "Narok"],
)  # fmt: skip
def test_a_town_that_everybody_knows_is_one_place(runtime: Runtime, town: str) -> None:
    with runtime.database.reading() as session:
        found = [(p.name, p.kind, p.county) for p in places_named(runtime, session, town)]
    assert len(found) == 1, found


def say(runtime: Runtime, text: str, phone: str) -> None:
    sms = InboundSms(uuid.uuid4().hex, phone, "20880", text)
    take_in.keep(runtime, "simulator", [sms], runtime.clock())
    take_in.process_waiting(runtime, 10)


def test_what_else_a_report_tells_is_kept_sealed_and_shown(runtime: Runtime) -> None:
    say(runtime, "20 armed men attacked Hola last night, 3 killed, they go to Garsen", WITNESS)
    with runtime.database.reading() as session:
        report = session.scalars(select(Report)).one()
        facts = json.loads(report.facts or "")
        raw = session.execute(
            select(literal_column("facts")).select_from(table("reports"))
        ).scalar_one()
        shown = reports.of_incident(session, report.incident_id or 0, 1, runtime.zone).rows[0].facts
    assert facts["casualties"] == [{"state": "killed", "count": 3, "low": 3, "high": 3}]
    assert facts["when"]["text"] == "last night"
    assert facts["when"]["from"] < facts["when"]["to"] <= report.received_at.isoformat()
    assert facts["movement"]["to"] == "Garsen"
    assert "Garsen" not in raw
    assert any("3 killed" in fact for fact in shown)
