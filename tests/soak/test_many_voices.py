"""Fifty events, five hundred voices at once, four workers: fifty incidents, every report placed."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.plumbing.crypto import Keys
from gateway.store.database import Database
from gateway.store.tables import Incident, Place, Report
from gateway.terms.geo import Position
from tests.make import make_place
from tests.postgres import shared_server
from tests.processes import (
    MUTE_TWILIO,
    Flood,
    Gateway,
    all_processed,
    environment,
    free_port,
)
from tests.signed import inbound_form

pytestmark = pytest.mark.soak
EVENTS, VOICES, WORKERS, CLIENTS = 50, 10, 4, 16
_STEP = 0.45  # degrees, fifty kilometres: no two of these villages share an event
# Each village's name is its own in spelling and in sound, so that a slip leads to no other.
_FIRST = ("Bara", "Deko", "Fumi", "Gore", "Hazi", "Jilo", "Kunda", "Lemba", "Mosso", "Nyaru")
_LAST = ("goma", "tilvi", "peko", "wasza", "rundu")
_WORDS = (
    "armed men attacked {place}, we are {n} families hiding",
    "shooting in {place} now, {n} houses near us are burning",
    "watu wenye silaha wamevamia {place}, risasi zinalia, nimeona {n}",
    "des hommes armés attaquent {place}, {n} coups de feu",
    "gunmen are killing people in {place}, I counted {n} shots",
)


@pytest.mark.parametrize("round_", [1, 2, 3])
def test_four_workers_make_one_incident_of_each_event(
    round_: int, tmp_path: Path, keys: Keys, migrated_postgresql: str
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    url = shared_server().new_database(migrated_postgresql)
    database = Database(url, keys)
    environ = environment(url, tmp_path, **MUTE_TWILIO, GATEWAY_WEB__WORKERS="2")
    names = _villages(database)
    web = Gateway(("web",), environ, tmp_path, free_port())
    workers = [Gateway(("worker",), environ, tmp_path / f"w{n}") for n in range(WORKERS)]
    begun = time.monotonic()
    try:
        web.start()
        for worker in workers:
            worker.folder.mkdir()
            worker.start()
        Flood(web, _forms(names, seed)).run(CLIENTS, lambda _flood: None)
        all_processed(database, EVENTS * VOICES)
    finally:
        for part in (web, *workers):
            part.kill()
    incidents, wrong, unplaced = _found(database)
    logs = "".join(worker.log.read_text(errors="replace") for worker in workers)
    print(  # noqa: T201 (a soak prints its figures)
        f"\nround {round_}, seed {seed}: incidents {incidents}, reports in a wrong one {wrong}, "
        f"without one {unplaced}, {time.monotonic() - begun:.1f} s"
    )
    database.close()
    shared_server().drop(url)
    assert (incidents, wrong, unplaced) == (EVENTS, 0, 0)
    assert "deadlock" not in logs.lower()
    assert "sweep failed" not in logs
    assert "message failed" not in logs


def _villages(database: Database) -> list[str]:
    names = [first + last for first in _FIRST for last in _LAST]
    with database.writing() as session:
        for number, name in enumerate(names):
            row, column = divmod(number, 10)
            make_place(session, name, Position(-3 + row * _STEP, 35 + column * _STEP))
    return names


def _forms(names: list[str], seed: int) -> list[dict[str, str]]:
    chance = random.Random(seed)
    voices = [(name, number) for name in names for number in range(VOICES)]
    chance.shuffle(voices)
    return [
        inbound_form(
            chance.choice(_WORDS).format(place=name, n=number + 3),
            sender=f"+2547{seed % 1000:03}{at:05}",
            sid=f"SM{seed:08x}{at:024x}",
        )
        for at, (name, number) in enumerate(voices)
    ]


def _found(database: Database) -> tuple[int, int, int]:
    """Incidents, reports that lie beside those of their village, and reports without incident."""
    with database.reading() as session:
        pairs = session.execute(
            select(Place.name, Report.incident_id).join(Place, Place.id == Report.place_id)
        ).all()
        incidents = session.scalar(select(func.count()).select_from(Incident)) or 0
        placed = session.scalar(select(func.count(Report.incident_id))) or 0
    homes: dict[int, Counter[str]] = {}
    for name, incident in pairs:
        homes.setdefault(incident, Counter())[name] += 1
    wrong = sum(counts.total() - max(counts.values()) for counts in homes.values())
    return incidents, wrong, EVENTS * VOICES - placed
