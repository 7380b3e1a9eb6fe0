"""No page asks its database more than twelve times, and a full one no more than a small one."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule

from gateway.runtime import Runtime
from gateway.store.tables import Alert, Exercise, Suggestion
from tests.make import make_incident
from tests.web.situation import Situation, hear, make_draft, make_situation
from tests.web.walking import Visitor

MOST = 12
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# Above it today, with what they ask at most: their own parts of the work empty this.
KNOWN: dict[str, int] = {}
# What stands for a word in an address; numbers are 1.
WORDS = {"language": "en", "hazard": "attack", "name": "help"}
# What an address cannot do without.
ASKED = {
    "/map/places.json": "?box=-3,39,-1,41&zoom=9",
    "/situation-report": "?level=RED",
    "/situation-report.csv": "?table=incidents&level=RED",
}
# Files and what machines ask for.
NO_PAGES = ("/static/", "/sms/", "/feeds/", "/ready", "/live", "/metrics")


@pytest.fixture
def situation(app: Flask) -> Situation:
    situation = make_situation(app)
    make_draft(situation)
    now = situation.runtime.clock()
    with situation.runtime.database.writing() as session:
        session.add(Exercise(scenario="raid-at-night", started_at=now, ended_at=now))
    return situation


def test_no_page_asks_more_than_twelve_times(app: Flask, situation: Situation) -> None:
    visitor = Visitor(app, "admin")
    asked: dict[str, int] = defaultdict(int)
    for state in ("draft", "live"):
        bring(situation.runtime, state)
        for rule in pages(app):
            with counted(situation.runtime) as seen:
                answer = visitor.get(address(rule))
            if answer.status_code < 400:
                asked[rule.rule] = max(asked[rule.rule], len(seen))
            answer.close()
    assert [rule.rule for rule in pages(app) if rule.rule not in asked] == [], "nothing there"
    over = {path: count for path, count in asked.items() if count > KNOWN.get(path, MOST)}
    assert over == {}, "these ask too often"
    assert [path for path in KNOWN if asked.get(path, 0) <= MOST] == [], "these keep to it now"


@one_engine
def test_a_full_situation_asks_no_more_than_a_small_one(app: Flask, situation: Situation) -> None:
    runtime, visitor = situation.runtime, Visitor(app, None, situation.asha)
    hear(runtime, "+254700000105", "roadblock by men with guns near Moa")
    visitor.read("/")
    counts = []
    for more in (2, 38):
        fill(runtime, more)
        for path in ("/", "/situation/rows", "/situation/points.json"):
            with counted(runtime) as seen:
                visitor.read(path)
            counts.append(len(seen))
    assert counts[:3] == counts[3:]
    assert max(counts) <= MOST


def bring(runtime: Runtime, state: str) -> None:
    """The warning as it would be then; no SMS has to leave for that."""
    with runtime.database.writing() as session:
        alert = session.get_one(Alert, 1)
        alert.state, alert.approved_at = state, runtime.clock() if state == "live" else None


def fill(runtime: Runtime, count: int) -> None:
    now = runtime.clock()
    with runtime.database.writing() as session:
        for number in range(count):
            at = now - timedelta(minutes=number)
            incident = make_incident(session, at, hazard="attack", owner_id=1 + number % 2)
            session.add(
                Suggestion(
                    report_id=1, incident_id=incident.id, score=0.5, why="[]", created_at=now
                )
            )


def pages(app: Flask) -> list[Rule]:
    """What a coordinator opens or a page of theirs asks for."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(NO_PAGES)
    ]
    return sorted(rules, key=lambda rule: rule.rule)


def address(rule: Rule) -> str:
    """Of the first row of each kind."""
    values: dict[str, object] = {}
    for name in rule.arguments:
        is_number = type(rule._converters[name]).__name__ == "RowNumber"
        assert is_number or name in WORDS, f"{rule.rule}: say in WORDS what stands for {name}"
        values[name] = 1 if is_number else WORDS[name]
    built = rule.build(values)
    assert built is not None
    return built[1] + ASKED.get(rule.rule, "")


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """The statements of a while."""
    seen: list[str] = []

    def hear_of(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):  # SQLite's driver is told, PostgreSQL's does it
            seen.append(statement)

    engine = runtime.database.engine
    event.listen(engine, "before_cursor_execute", hear_of)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", hear_of)
