"""A thousand messages while the gateway is killed -9 five times: each kept once, each read."""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gateway.plumbing.crypto import Keys
from gateway.store import migrate
from gateway.store.database import Database
from tests.make import make_place
from tests.postgres import PostgresServer
from tests.processes import (
    MUTE_TWILIO,
    Flood,
    Gateway,
    all_processed,
    environment,
    free_port,
    killer,
    reports,
    rows,
)

pytestmark = pytest.mark.soak
MESSAGES, KILLS, CLIENTS = 1_000, 5, 8


@pytest.fixture(scope="module")
def durable() -> Iterator[PostgresServer]:
    """A PostgreSQL that waits for its disk."""
    server = PostgresServer(durable=True)
    yield server
    server.stop()


def test_run_on_sqlite_is_killed_amid_a_flood(tmp_path: Path, keys: Keys) -> None:
    database = Database(f"sqlite:///{tmp_path}/gateway.db", keys)
    environ = environment(f"sqlite:///{tmp_path}/gateway.db", tmp_path, **MUTE_TWILIO)
    _survives(database, [Gateway(("run",), environ, tmp_path, free_port())])


def test_web_and_scheduler_on_postgresql_are_killed_amid_a_flood(
    tmp_path: Path, keys: Keys, durable: PostgresServer
) -> None:
    url = durable.new_database()
    database = Database(url, keys)
    environ = environment(url, tmp_path, **MUTE_TWILIO, GATEWAY_WEB__WORKERS="2")
    web = Gateway(("web",), environ, tmp_path, free_port())
    _survives(database, [web, Gateway(("scheduler",), environ, tmp_path)])


def _survives(database: Database, parts: Sequence[Gateway]) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"\nseed {seed}")  # noqa: T201 (a soak prints its figures)
    migrate.upgrade(database)
    with database.writing() as session:
        make_place(session)
    begun = time.monotonic()
    for part in parts:
        part.start()
    flood = Flood(parts[0], reports(MESSAGES, seed))
    try:
        flood.run(CLIENTS, killer(parts, KILLS, random.Random(seed)))
        all_processed(database, MESSAGES)
    finally:
        for part in parts:
            part.kill()
    ids, states = rows(database)
    print(  # noqa: T201 (a soak prints its figures)
        f"{database.url.get_backend_name()}: answered {len(flood.answered)}, rows {ids.total()}, "
        f"processed {states['processed']}, kills {KILLS}, deliveries repeated {flood.retries}, "
        f"{time.monotonic() - begun:.1f} s"
    )
    database.close()
    assert sorted(flood.answered) == sorted(ids)
    assert set(ids.values()) == {1}
    assert states == {"processed": MESSAGES}
