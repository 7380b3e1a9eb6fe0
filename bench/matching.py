"""Milliseconds to match a report with few and with many past reports, and how well it matches."""

import json
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select

from bench import witness
from bench.figures import Figure
from bench.history import NOW, Spot, fill, spots_of, story
from bench.servers import durable_postgresql
from gateway.cli.start import known_entries
from gateway.flow.importing import add_entries
from gateway.flow.rules import matching_rules, reader
from gateway.incidents.gathering import find, one_at_a_time, put
from gateway.plumbing.logs import configure_logs
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import Message, Place, Report
from tests.make import settings_for

FEW, MANY = 10_000, 1_000_000
_MEASURED, _WARM = 200, 40
_QUIET = 40
_MOST_PLACES = 1_500


def figures() -> Iterator[Figure]:
    """How well on the labelled witnesses, then how fast on both engines."""
    yield from witness.figures()
    configure_logs(_QUIET)
    worst: dict[int, float] = {}
    growth = 0.0
    for engine in ("sqlite", "postgresql"):
        found = {}
        for size in (FEW, MANY):
            took = _times(engine, size)
            times = sorted(one.matched for one in took)
            found[size] = median(times)
            worst[size] = max(worst.get(size, 0.0), found[size])
            note = f"median of {len(times)}, 90 % within {times[len(times) * 9 // 10]:.1f}"
            yield Figure(f"matching.{engine}.ms_at_{_name(size)}", found[size], note)
            written = median(one.put for one in took)
            note = "with writing and grading, before the commit"
            yield Figure(f"matching.{engine}.put_ms_at_{_name(size)}", written, note)
        ratio = found[MANY] / found[FEW]
        growth = max(growth, ratio)
        yield Figure(f"matching.{engine}.growth", ratio, "of the two medians")
    for size, value in worst.items():
        yield Figure(f"matching.ms_at_{_name(size)}", value, "the slower engine")
    yield Figure("matching.growth", growth, "the worse engine")


def _name(size: int) -> str:
    return "1m" if size == MANY else f"{size // 1000}k"


@dataclass(frozen=True, slots=True)
class _Took:
    """Milliseconds until a report's incident was found, and until all was written and graded."""

    matched: float
    put: float


def _times(engine: str, size: int) -> list[_Took]:
    """Of each measured report; the commit's wait for the disk is inbound's matter."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _gateway(engine, Path(name)) as ours:
        spots = _spots(ours)
        fill(ours, spots, size)
        chance = random.Random(11)
        times = [_matched(ours, chance, spots, number) for number in range(_WARM + _MEASURED)]
        return times[_WARM:]


def _matched(runtime: Runtime, chance: random.Random, spots: list[Spot], number: int) -> _Took:
    """Half of the reports are of places where something is going on already."""
    spot = chance.choice(spots[:60] if number % 2 else spots)
    body = story(chance, spot)
    at = NOW + timedelta(seconds=number)
    with runtime.database.writing() as session:
        message = Message(
            account="bench", provider_id=uuid.uuid4().hex, sender_index="b", body=body,
            state="processed", received_at=at,
        )  # fmt: skip
        session.add(message)
        session.flush()
        report = Report(
            message_id=message.id, subscriber_id=chance.randrange(1, 20_000), language="en",
            hazard="attack", hazards={"attack": 0.8}, place_id=spot.place_id, place_name=spot.name,
            lat=spot.position.lat, lon=spot.position.lon, precision_m=1500, role="at",
            found_by="name", certainty=0.9, why="[]", match_why="[]", facts=json.dumps({}),
            stance="witness", received_at=at,
        )  # fmt: skip
        session.add(report)
        session.flush()
        rules, read = matching_rules(runtime), reader(runtime)
        begun = time.perf_counter()
        one_at_a_time(session)
        found = find(session, report, body, rules, read)
        matched = time.perf_counter()
        put(session, report, found, rules, at)
        session.flush()
        return _Took((matched - begun) * 1000, (time.perf_counter() - begun) * 1000)


def _spots(runtime: Runtime) -> list[Spot]:
    with runtime.database.reading() as session:
        rows = session.execute(
            select(Place.id, Place.name, Place.lat, Place.lon)
            .where(Place.kind == "locality")
            .order_by(Place.id)
            .limit(_MOST_PLACES)
        ).all()
    return spots_of(rows)


@contextmanager
def _gateway(engine: str, folder: Path) -> Iterator[Runtime]:
    if engine == "sqlite":
        with _filled(f"sqlite:///{folder}/gateway.db", folder) as runtime:
            yield runtime
        return
    with durable_postgresql() as server, _filled(server.new_database(), folder) as runtime:
        yield runtime


@contextmanager
def _filled(url: str, folder: Path) -> Iterator[Runtime]:
    settings = settings_for(url, folder)
    runtime = build_runtime(settings)
    migrate.upgrade(runtime.database)
    with runtime.database.writing() as session:
        places = known_entries(settings, settings.country)
        add_entries(session, places, settings.country, settings.gazetteer.priority)
    try:
        yield runtime
    finally:
        runtime.database.close()
