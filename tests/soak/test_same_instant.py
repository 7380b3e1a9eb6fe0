"""One provider id, two deliveries at the same instant, two server processes: one row each."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.plumbing.crypto import Keys
from gateway.store.database import Database
from tests.postgres import shared_server
from tests.processes import MUTE_TWILIO, Gateway, environment, free_port, reports, rows

pytestmark = pytest.mark.soak
PAIRS = 200


def test_two_deliveries_of_one_id_at_once_are_one_message(
    tmp_path: Path, keys: Keys, migrated_postgresql: str
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"\nseed {seed}")  # noqa: T201 (a soak prints its figures)
    url = shared_server().new_database(migrated_postgresql)
    environ = environment(url, tmp_path, **MUTE_TWILIO, GATEWAY_WEB__WORKERS="2")
    gateway = Gateway(("web",), environ, tmp_path, free_port()).start()
    database, begun = Database(url, keys), time.monotonic()
    try:
        with ThreadPoolExecutor(2) as threads:
            statuses = [
                status
                for form in reports(PAIRS, seed)
                for status in _at_once(threads, gateway, form)
            ]
        ids, _ = rows(database)
    finally:
        gateway.kill()
        database.close()
        shared_server().drop(url)
    print(  # noqa: T201 (a soak prints its figures)
        f"pairs {PAIRS}, 2xx {statuses.count(200)}, rows {ids.total()}, "
        f"{time.monotonic() - begun:.1f} s"
    )
    assert statuses == [200] * 2 * PAIRS
    assert len(ids) == PAIRS
    assert set(ids.values()) == {1}


def _at_once(threads: ThreadPoolExecutor, gateway: Gateway, form: dict[str, str]) -> list[int]:
    gate = threading.Barrier(2)

    def deliver() -> int:
        gate.wait(10)
        return gateway.post_signed(form)[0]

    return [run.result() for run in [threads.submit(deliver) for _ in range(2)]]
