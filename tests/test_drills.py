"""Small drills over the wire: a way that fails, a worker that is killed, a campaign in the way.

The long ones of `make soak` do the same with thousands of messages and by the clock.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.flow.sending import Sender
from gateway.flow.settling import settle_lost
from gateway.terms.geo import Position
from tests.companies import Company, accounts, companies
from tests.fleet import FORGETFUL, Fleet, fleet
from tests.make import MOA
from tests.postgres import shared_server
from tests.processes import until

MESSAGES, CAMPAIGN = 60, 100
FAR_AWAY = Position(MOA.lat + 3, MOA.lon)
_STEP, _STEPS = timedelta(seconds=15), 60


@pytest.fixture(scope="module")
def processes() -> Iterator[list[Company]]:
    with companies(3) as found:
        yield found


@pytest.fixture
def found(processes: list[Company]) -> list[Company]:
    """Companies that hold nobody back from sending them a message twice."""
    for company in processes:
        company.behave("ok", latency_s=0.002, takes=0.0, repeats="taken")
    return processes


@pytest.fixture
def url(migrated_postgresql: str) -> Iterator[str]:
    url = shared_server().new_database(migrated_postgresql)
    yield url
    shared_server().drop(url)


def test_a_warning_goes_another_way_and_comes_back(
    url: str, found: list[Company], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.providers.infobip.Infobip.IDEMPOTENT", False)
    first, second, third = found
    before = [company.count() for company in found]
    roads = accounts({"timeout_s": 0.3}, cloud_a=first, cloud_b=second, phone=third)
    with fleet(url, tmp_path, **roads) as ours:
        first.behave("error500")
        ours.people(MESSAGES)
        ours.approve(ours.submitted())
        _send_all(ours)
        assert first.count() == before[0]
        assert second.count() - before[1] == MESSAGES
        first.behave("hang", takes=0.5)
        ours.approve(ours.submitted())
        with closing(Sender(ours.runtime)) as sender:
            sender.send_due()
        first.behave("ok")
        _send_all(ours)
        _wait(ours, timedelta(minutes=2))
        well = first.count()
        ours.approve(ours.submitted())
        _send_all(ours)
        outcome = ours.outcome(*found)
    assert outcome.states == {"submitted": 3 * MESSAGES}
    assert outcome.lost == set()
    assert outcome.twice <= outcome.doubtful
    assert first.count() > well


def test_a_killed_worker_leaves_nobody_without_and_nobody_with_two(
    url: str, found: list[Company], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.providers.infobip.Infobip.IDEMPOTENT", False)
    company, before = found[0], found[0].count()
    company.behave(latency_s=0.1)
    with fleet(url, tmp_path, FORGETFUL, **accounts(company=company)) as ours:
        ours.people(MESSAGES * 2)
        ours.approve(ours.submitted())
        (worker,) = ours.start("worker")
        until(lambda: company.count() - before >= MESSAGES, what="half of it")
        worker.kill()
        company.behave(latency_s=0.002)
        _send_all(ours)
        outcome = ours.outcome(company)
    assert outcome.states == {"submitted": 2 * MESSAGES}
    assert outcome.lost == outcome.twice == set()
    assert outcome.doubtful <= set(company.asked())


def test_a_warning_passes_what_waits_of_a_campaign(
    url: str, found: list[Company], tmp_path: Path
) -> None:
    company, before = found[0], found[0].count()
    roads = accounts({"connections": 1}, company=company)  # so that the order is plain
    with fleet(url, tmp_path, **roads) as ours:
        ours.people(CAMPAIGN, FAR_AWAY)
        assert ours.campaign() == CAMPAIGN
        ours.people(MESSAGES)
        ours.approve(ours.submitted())
        _send_all(ours)
        warned = ours.outcome(company).references
    order = [one.reference in warned for one in company.taken(before)]
    last = max(at for at, is_warning in enumerate(order) if is_warning)
    assert sum(order) == MESSAGES
    assert order[: last + 1].count(False) <= MESSAGES // 10


def _send_all(ours: Fleet) -> None:
    """Sweeps, each a while after the one before, until no warning waits or is in doubt."""
    with closing(Sender(ours.runtime)) as sender:
        for _ in range(_STEPS):
            sender.send_due()
            settle_lost(ours.runtime)
            if ours.is_settled():
                return
            _wait(ours, _STEP)
    pytest.fail(f"never settled: {ours.states()}")


def _wait(ours: Fleet, span: timedelta) -> None:
    """The gateway's clock goes on from so much later."""
    before = ours.runtime.clock
    ours.runtime.clock = lambda: before() + span
