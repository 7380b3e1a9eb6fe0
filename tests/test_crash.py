"""kill -9 right after an answer: what was answered with 2xx is kept, once, and read later."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store.database import Database
from gateway.store.tables import Message, Report
from tests.make import make_place
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
from tests.signed import inbound_form

SEED = random.SystemRandom().randrange(10**6)
MESSAGES, KILLS = 100, 2


@pytest.fixture
def gateway(database: Database, database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """`gateway run` with a Twilio account, on each engine in turn."""
    with database.writing() as session:
        make_place(session)
    environ = environment(database_url, tmp_path, **MUTE_TWILIO)
    process = Gateway(("run",), environ, tmp_path, free_port()).start()
    yield process
    process.kill()


def test_a_kill_right_after_the_answer_loses_nothing(gateway: Gateway, database: Database) -> None:
    form = inbound_form("armed men are coming to Moa now")
    status, _ = gateway.post_signed(form)
    gateway.kill()
    assert status == 200
    assert rows(database)[0] == {form["MessageSid"]: 1}
    gateway.start()
    all_processed(database, 1)
    assert gateway.post_signed(form)[0] == 200  # the company did not hear us: it delivers again
    with database.reading() as session:
        assert session.scalars(select(Message.kind)).all() == ["report"]
        assert session.scalars(select(Report.place_name)).all() == ["Moa"]


def test_a_flood_with_two_kills_is_kept_exactly_once_and_read(
    gateway: Gateway, database: Database
) -> None:
    flood = Flood(gateway, reports(MESSAGES, SEED))
    flood.run(4, killer([gateway], KILLS, random.Random(SEED)))
    all_processed(database, MESSAGES)
    ids, states = rows(database)
    assert sorted(flood.answered) == sorted(ids), f"seed {SEED}"
    assert set(ids.values()) == {1}, f"seed {SEED}"
    assert states == {"processed": MESSAGES}, f"seed {SEED}"
