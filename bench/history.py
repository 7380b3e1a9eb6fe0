"""Fills a database with past reports, as a gateway of many months has them."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from wordfreq import top_n_list

from gateway.incidents.movement import cells_of
from gateway.runtime import Runtime
from gateway.terms.geo import Position, cell_of

A_DAY = 1_000  # reports of a country in a bad year; a million of them are three years
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_PEOPLE = 20_000
_CHUNK = 20_000
_WHO = ("armed men", "gunmen", "raiders", "youths with pangas", "watu wenye silaha", "bandits")
_DOES = ("are near", "attacked", "have blocked the road at", "took two people from", "are burning")
_MORE = (*top_n_list("en", 3_000)[100:], *top_n_list("fr", 2_000)[100:])  # people differ in words
_WORDS = 9  # of a text, besides who does what where
_HAZARDS = ("armed_group", "attack", "roadblock", "abduction", "displacement")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the list and where it lies."""

    place_id: int
    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Past:
    """How many reports an incident has, and for how long one stays open."""

    each: int = 4
    open_for: timedelta = timedelta(days=2)


def fill(
    runtime: Runtime, spots: Sequence[Spot], reports: int, seed: int = 7, past: Past = Past()
) -> None:
    """So many reports of the days before NOW, each with its message, incident and index rows.

    Pieces of old texts are left out, as `gateway purge` leaves them.
    """
    chance = random.Random(seed)
    people = [_person(number, chance.choice(spots)) for number in range(1, _PEOPLE + 1)]
    _load(runtime, "subscribers", _SUBSCRIBER, people)
    for first in range(0, reports, _CHUNK):
        _fill_part(runtime, spots, first, min(_CHUNK, reports - first), reports, chance, past)
    with runtime.database.engine.connect() as connection:
        if not runtime.database.is_sqlite:
            connection.execute(text("SELECT setval('messages_id_seq', :n)"), {"n": reports})
            connection.execute(text("SELECT setval('reports_id_seq', :n)"), {"n": reports})
            last = -(-reports // past.each)
            connection.execute(text("SELECT setval('incidents_id_seq', :n)"), {"n": last})
            connection.execute(text("SELECT setval('subscribers_id_seq', :n)"), {"n": _PEOPLE})
        connection.commit()
    with runtime.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def story(chance: random.Random, spot: Spot) -> str:
    """What somebody texts from there."""
    more = " ".join(chance.sample(_MORE, _WORDS))
    return f"{chance.choice(_WHO)} {chance.choice(_DOES)} {spot.name}, {more} {chance.random():.3f}"


def _fill_part(
    runtime: Runtime,
    spots: Sequence[Spot],
    first: int,
    count: int,
    of: int,
    chance: random.Random,
    past: Past,
) -> None:
    messages, reports, cells, marks, incidents = [], [], [], [], []
    index, seal = runtime.keys.index, runtime.keys.sealer.seal
    for number in range(first + 1, first + count + 1):
        at = NOW - timedelta(days=(of - number) / A_DAY, minutes=1)
        if (number - 1) % past.each == 0:
            spot, hazard = chance.choice(spots), chance.choice(_HAZARDS)
            state = "open" if NOW - at < past.open_for else "closed"
            incidents.append(_incident(number // past.each + 1, state, hazard, spot, at, past.each))
        body = story(chance, spot)
        who, incident = chance.randrange(1, _PEOPLE + 1), (number - 1) // past.each + 1
        messages.append(_message(number, index.of(str(who)), seal(body, "messages.body"), who, at))
        sealed = seal("[]", "reports.why"), seal("[]", "reports.match_why")
        reports.append(_report(number, who, incident, hazard, spot, sealed, at))
        cells += [(cell, _time(at), number) for cell in cells_of(spot.position)]
        if NOW - at < timedelta(hours=2 * runtime.settings.matching.copy_hours):
            pieces = runtime.copies.sketch(runtime.copies.prepare(body))
            keyed = {int(index.of(f"copy:{piece}")[:15], 16) for piece in pieces}
            marks += [(mark, _time(at), number) for mark in keyed]
    for table, columns, rows in (
        ("messages", _MESSAGE, messages), ("incidents", _INCIDENT, incidents),
        ("reports", _REPORT, reports), ("report_cells", _CELL, cells),
        ("report_marks", _MARK, marks),
    ):  # fmt: skip
        _load(runtime, table, columns, rows)


_SUBSCRIBER = (
    "id", "pseudonym", "phone_index", "state", "language", "place_id", "lat", "lon", "cell",
    "focal_point", "reliability", "created_at",
)  # fmt: skip
_MESSAGE = (
    "id", "account", "provider_id", "sender_index", "body", "media", "state", "kind",
    "subscriber_id", "received_at",
)  # fmt: skip
_INCIDENT = (
    "id", "state", "hazard", "place_id", "place_name", "lat", "lon", "precision_m", "placed_by",
    "hazard_by", "reliability", "credibility", "reports", "sources", "contradictions",
    "coordinated", "opened_at", "first_report_at", "last_report_at", "seen_at",
)  # fmt: skip
_REPORT = (
    "id", "message_id", "subscriber_id", "incident_id", "language", "hazard", "hazards",
    "place_id", "place_name", "lat", "lon", "precision_m", "role", "found_by", "certainty", "why",
    "match_why", "stance", "received_at",
)  # fmt: skip
_CELL = ("cell", "at", "report_id")
_MARK = ("mark", "at", "report_id")
_Row = tuple[Any, ...]


def _person(number: int, home: Spot) -> _Row:
    at = _time(NOW - timedelta(days=600))
    spot = home.position
    return (number, f"Teal-{number}", f"{number:064x}", "subscribed", "en", home.place_id, spot.lat,
            spot.lon, cell_of(spot), False, "F", at)  # fmt: skip


def _message(number: int, sender: str, body: str, who: int, at: datetime) -> _Row:
    return (number, "history", f"h-{number}", sender, body, 0, "processed", "report", who,
            _time(at))  # fmt: skip


def _incident(number: int, state: str, hazard: str, spot: Spot, at: datetime, each: int) -> _Row:
    p, when = spot.position, _time(at)
    return (number, state, hazard, spot.place_id, spot.name, p.lat, p.lon, 1500, "reports",
            "reports", "F", 1, each, each, 0, False, when, when, when, when)  # fmt: skip


def _report(
    number: int, who: int, incident: int, hazard: str, spot: Spot, sealed: tuple[str, str], at: Any
) -> _Row:
    p = spot.position
    return (number, number, who, incident, "en", hazard, json.dumps({hazard: 0.8}), spot.place_id,
            spot.name, p.lat, p.lon, 1500, "near", "name", 0.9, *sealed, "witness",
            _time(at))  # fmt: skip


def _time(at: datetime) -> str:
    """As SQLAlchemy writes it on SQLite; PostgreSQL reads it in the session's zone, UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def _load(runtime: Runtime, table: str, columns: Sequence[str], rows: Iterable[_Row]) -> None:
    raw = runtime.database.engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        names = ", ".join(columns)
        if runtime.database.is_sqlite:
            marks = ", ".join("?" * len(columns))
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
            connection.execute("COMMIT")
        else:
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
            connection.commit()
    finally:
        raw.close()


def spots_of(rows: Iterator[Any] | Sequence[Any]) -> list[Spot]:
    """Places of the database as the history uses them."""
    return [Spot(row.id, row.name, Position(row.lat, row.lon)) for row in rows]
