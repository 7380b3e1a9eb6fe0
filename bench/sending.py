"""Messages a second of the real sender against a bare HTTP client, and the pace of four workers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.pooled import seconds_of
from bench.servers import durable_postgresql
from gateway.plumbing.logs import configure_logs
from tests.companies import Company, accounts, companies
from tests.fleet import Fleet, fleet, worst_window
from tests.postgres import PostgresServer
from tests.processes import until

_LATENCY_S = 0.05
_FAST = 5_000  # messages a second: no pace of ours is the bound
_CONNECTIONS, _ROUNDS, _ROUND_S = 16, 3, 7.0  # seconds of the bare client, about
_OTHERS, _OTHER_S = (8, 32), 4.0  # once each
_PACE, _PACE_S, _WORKERS = 100, 60, 4
_LEAD_S = 10  # the workers come one after the other; only then the minute begins
_QUIET = 40


def figures() -> Iterator[Figure]:
    """The ratio with 16 connections and what it is with 8 and 32; how the pace was kept.

    Ours counts from the first message that arrives at the company to the last record of one, in
    one worker process on a PostgreSQL that waits for its disk. The bare client sends as many equal
    requests over as many connections, right after it.
    """
    configure_logs(_QUIET)
    with durable_postgresql() as server:
        runs = [_run(server, _CONNECTIONS, _ROUND_S) for _ in range(_ROUNDS)]
        ours, bare = median(run.ours for run in runs), median(run.bare for run in runs)
        note = f"{ours:.0f}/s of {bare:.0f}/s, {_CONNECTIONS} connections, median of {_ROUNDS}"
        yield Figure("sending.postgresql.ratio", median(run.ratio for run in runs), note)
        for connections in _OTHERS:
            run = _run(server, connections, _OTHER_S)
            note = f"{run.ours:.0f}/s of {run.bare:.0f}/s, {connections} connections, once"
            yield Figure(f"sending.postgresql.ratio_{connections}", run.ratio, note)
        yield from _pace(server)


@dataclass(frozen=True, slots=True)
class _Run:
    ours: float  # messages a second
    bare: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def _run(server: PostgresServer, connections: int, seconds: float) -> _Run:
    count = round(connections / _LATENCY_S * seconds)
    settings = {"rate_per_second": _FAST, "connections": connections}
    with TemporaryDirectory(prefix="bench-") as name, companies() as (company,):
        company.behave(latency_s=_LATENCY_S)
        environ = accounts(settings, company=company)
        with fleet(server.new_database(), Path(name), **environ) as ours:
            _fill(ours, count)
            ours.start("worker")
            ours_s = _ours_s(ours, company, count)
        return _Run(count / ours_s, count / seconds_of(company, count, connections))


def _fill(ours: Fleet, count: int) -> None:
    ours.people(count)
    written = ours.approve(ours.submitted())
    assert written == count, f"{written} of {count} in the outbox"
    ours.vacuum()


def _ours_s(ours: Fleet, company: Company, count: int) -> float:
    until(company.count, 60, "the first message")
    until(lambda: company.count() >= count, 120, "the last message")
    until(lambda: ours.states()["submitted"] == count, 30, "the last record")
    ended = time.monotonic()
    taken = company.taken()
    assert len({one.reference for one in taken}) == len(taken) == count, "not each message once"
    return ended - taken[0].at


def _pace(server: PostgresServer) -> Iterator[Figure]:
    """Counted where the messages arrive: the share of the pace, and the worst second of any."""
    settings = {"rate_per_second": _PACE, "connections": 16}
    with TemporaryDirectory(prefix="bench-") as name, companies() as (company,):
        company.behave(latency_s=_LATENCY_S)
        environ = accounts(settings, company=company)
        with fleet(server.new_database(), Path(name), **environ) as ours:
            _fill(ours, _PACE * (_PACE_S + _LEAD_S + 10))
            ours.start(*["worker"] * _WORKERS)
            until(company.count, 60, "the first message")
            time.sleep(_LEAD_S + _PACE_S)
        moments = [one.at for one in company.taken()]
    first = moments[0] + _LEAD_S
    counted = [moment for moment in moments if first <= moment < first + _PACE_S]
    share = len(counted) / (_PACE * _PACE_S)
    note = f"{len(counted)} messages of {_WORKERS} workers in {_PACE_S} s at {_PACE}/s"
    yield Figure("sending.pace.share", share, note)
    worst = worst_window(moments)
    yield Figure("sending.pace.worst_second", worst, f"messages, at most {_PACE * 1.05:.0f} wanted")
