"""20,000 warnings while workers are killed -9 fifty times: nobody has none, nobody has two."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.servers import durable_postgresql
from tests.companies import Company, accounts, companies
from tests.fleet import FORGETFUL, Fleet, fleet
from tests.postgres import PostgresServer
from tests.processes import until

pytestmark = pytest.mark.soak
MESSAGES, KILLS, RESTARTS = 20_000, 50, 5
RATE = 150  # messages a second


@pytest.mark.parametrize("restarts", [0, RESTARTS], ids=["kills", "kills and database restarts"])
def test_workers_are_killed_amid_an_alert(restarts: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"\nseed {seed}")  # noqa: T201 (a soak prints its figures)
    with durable_postgresql() as server, companies() as (company,):
        company.behave(repeats="taken")
        environ = accounts({"rate_per_second": RATE}, company=company)
        environ |= {"GATEWAY_DISPATCH__LEASE_S": "10"}
        with fleet(server.new_database(), tmp_path, FORGETFUL, **environ) as ours:
            ours.people(MESSAGES)
            assert ours.approve(ours.submitted()) == MESSAGES
            _survives(ours, company, server, random.Random(seed), restarts)


def _survives(
    ours: Fleet, company: Company, server: PostgresServer, chance: random.Random, restarts: int
) -> None:
    begun = time.monotonic()
    ours.start("scheduler", "scheduler")
    acts: list[Callable[[], object]] = [lambda: _kill(ours, chance)] * KILLS
    acts += [lambda: _restart(server, ours)] * restarts
    chance.shuffle(acts)
    revived = 0
    for at, act in zip(_moments(chance, len(acts)), acts, strict=True):
        until(lambda at=at: company.count() >= at, 120, f"message {at}")  # type: ignore[misc]
        time.sleep(chance.random() * 0.3)
        act()
        revived += ours.revive()
    revived += ours.settled(240)
    outcome, asked = ours.outcome(company), set(company.asked())
    print(  # noqa: T201 (a soak prints its figures)
        f"{outcome}, {len(asked)} asked about; {KILLS} kills, {restarts} restarts of PostgreSQL, "
        f"{revived} ended by themselves, {time.monotonic() - begun:.0f} s"
    )
    assert outcome.lost == set()
    assert outcome.twice <= outcome.doubtful
    assert outcome.doubtful <= asked
    assert outcome.states == {"submitted": MESSAGES}


def _moments(chance: random.Random, count: int) -> list[int]:
    """Counts of messages at which something happens, at random, none of them near the end."""
    return sorted(chance.sample(range(1, MESSAGES * 19 // 20), count))


def _kill(ours: Fleet, chance: random.Random) -> None:
    """One worker or both."""
    doomed = chance.sample(ours.processes, chance.choice((1, 1, 2)))
    for process in doomed:
        process.kill()
    for process in doomed:
        process.start()


def _restart(server: PostgresServer, ours: Fleet) -> None:
    server.stop()
    server.start()
    ours.runtime.database.engine.dispose()  # our own connections; the workers see to theirs
