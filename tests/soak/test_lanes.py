"""A warning that is issued while 200,000 messages of a campaign wait: it passes them all."""

import time
from pathlib import Path

import pytest

from bench.servers import durable_postgresql
from gateway.terms.geo import Position
from tests.companies import accounts, companies
from tests.fleet import Outcome, fleet
from tests.make import MOA
from tests.processes import until

pytestmark = pytest.mark.soak
CAMPAIGN, WARNED = 200_000, 500
RATE, SHARE = 100, 0.05
FIRST_S = 2.0
FAR_AWAY = Position(MOA.lat + 3, MOA.lon)


def test_a_warning_passes_a_campaign(tmp_path: Path) -> None:
    environ = {"rate_per_second": RATE, "connections": 16}
    with durable_postgresql() as server, companies() as (company,):
        url, roads = server.new_database(), accounts(environ, company=company)
        with fleet(url, tmp_path, **roads) as ours:
            ours.people(CAMPAIGN, FAR_AWAY)
            assert ours.campaign() == CAMPAIGN
            ours.people(WARNED)
            alert = ours.submitted()
            ours.vacuum()
            ours.start("worker", "worker")
            until(lambda: company.count() > RATE * 5, 60, "the campaign")
            issued_at = time.monotonic()
            assert ours.approve(alert) == WARNED
            ours.settled(120)
            outcome = ours.outcome(company)
    _judge(outcome, issued_at)


def _judge(outcome: Outcome, issued_at: float) -> None:
    warnings = [one.at for one in outcome.taken]
    first, last = warnings[0], warnings[-1]
    between = [one.at for one in outcome.others if first < one.at < last]
    share = len(between) / (len(between) + len(warnings))
    print(  # noqa: T201 (a soak prints its figures)
        f"\n{outcome}\nfirst warning after {first - issued_at:.2f} s, last after "
        f"{last - issued_at:.2f} s; of the campaign meanwhile {len(between)} ({share:.1%}), "
        f"{sum(moment < first + 1 for moment in between)} of them in the first second"
    )
    assert outcome.lost == outcome.twice == set()
    assert outcome.states == {"submitted": WARNED}
    assert first - issued_at <= FIRST_S
    assert len(between) <= SHARE * (len(between) + len(warnings)) + 1
