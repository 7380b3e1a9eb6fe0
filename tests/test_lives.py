"""Thousands of random lives of alerts: none breaks a promise (LIVES=10000 for CI's long run)."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from gateway.plumbing.crypto import Keys
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Place, User
from gateway.terms.geo import Position
from tests.lives import Life
from tests.make import make_place, make_user, settings_for
from tests.postgres import shared_server

LIVES = int(os.environ.get("LIVES", "100"))
BATCH = 25
_ENV = {
    "GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000",
    "GATEWAY_PROVIDERS__SIMULATOR__CONNECTIONS": "1",
    "GATEWAY_LANGUAGES": "en,sw",
    "GATEWAY_BREAK_GLASS__ENABLED": "true",
    "GATEWAY_BREAK_GLASS__SECONDS": "60",
    "GATEWAY_POLICY__REPLIES_PER_HOUR": "1000",
}
_SYLLABLES = ("ba", "ko", "li", "mu", "ne", "ra", "su", "ti", "wo", "ya")


def _village(number: int) -> str:
    """Names that no slip of the pen turns into one another."""
    digits = f"{number:03}"
    return "".join(_SYLLABLES[int(digit)] for digit in digits + digits[::-1]).capitalize()


def _populate(runtime: Runtime, villages: int) -> None:
    with runtime.database.writing() as session:
        for number in range(villages):
            at = Position(-40 + number * 1.5 % 80, -170 + number * 0.7 % 300)
            make_place(session, _village(number), at)
        for name in ("amina", "brian", "chebet"):
            make_user(session, name)


def _be_quick(engine: Engine) -> None:
    """No power fails here: what the disk has is not the question of this test."""

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")


def _keep_close(runtime: Runtime) -> None:
    """Small areas are few statements; bench/fanout.py and tests/dispatch ask about wide ones."""
    runtime.hazards = {
        name: replace(hazard, radius_m=2_000) for name, hazard in runtime.hazards.items()
    }


@pytest.fixture
def make_gateway(tmp_path: Path, migrated_sqlite: Path, now: datetime) -> Iterator[Any]:
    made: list[Runtime] = []

    def make(approvals: int) -> Runtime:
        path = tmp_path / f"{len(made)}.db"
        shutil.copy(migrated_sqlite, path)
        environ = _ENV | {"GATEWAY_POLICY__APPROVALS": str(approvals)}
        runtime = build_runtime(settings_for(f"sqlite:///{path}", tmp_path, **environ))
        _be_quick(runtime.database.engine)
        _keep_close(runtime)
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.database.close()


def _live(runtime: Runtime, lives: range, now: datetime) -> None:
    _populate(runtime, len(lives))
    with runtime.database.reading() as session:
        places = session.scalars(select(Place).order_by(Place.id)).all()
        users = session.scalars(select(User).order_by(User.id)).all()
    for seed, place in zip(lives, places, strict=True):
        Life(runtime, place, list(users), now, seed).live()


@pytest.mark.parametrize("batch", range(max(1, LIVES // BATCH)))
def test_no_random_life_breaks_a_promise(batch: int, make_gateway: Any, now: datetime) -> None:
    runtime = make_gateway(approvals=(1, 2, 1, 0)[batch % 4])
    _live(runtime, range(batch * BATCH, (batch + 1) * BATCH), now)


def test_nor_does_one_on_postgresql(
    migrated_postgresql: str, keys: Keys, tmp_path: Path, now: datetime
) -> None:
    url = shared_server().new_database(migrated_postgresql)
    runtime = build_runtime(settings_for(url, tmp_path, **_ENV))
    _keep_close(runtime)
    try:
        _live(runtime, range(900_000, 900_010), now)
    finally:
        runtime.database.close()
        shared_server().drop(url)
