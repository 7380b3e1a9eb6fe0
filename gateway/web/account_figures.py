"""What /metrics says of the accounts, computed from the database whenever it is asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from gateway.lists.accounts import Standing, standings
from gateway.lists.doubts import Doubts, Settled
from gateway.lists.waiting import doubtful
from gateway.runtime import Runtime

log = structlog.get_logger()
_LANES = ("urgent", "talk", "campaign")
_STATES = ("well", "probing", "silent", "failing")
_Samples = Iterable[tuple[Sequence[str], float]]


@dataclass(frozen=True, eq=False)
class AccountFigures(Collector):
    """Gauges by account; none while the database does not answer."""

    runtime: Runtime
    doubts: Doubts

    def describe(self) -> Iterable[Metric]:
        """Nothing: to be registered costs no look at the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All figures of one moment."""
        try:
            with self.runtime.database.reading() as session:
                found = standings(self.runtime, session, self.runtime.clock())
                unknown, settled = doubtful(session), self.doubts.settled(session)
        except SQLAlchemyError as error:
            log.error("accounts not measured", error=type(error).__name__)
            return
        yield from _of_queues(found)
        yield from _of_pace(found)
        yield from _of_money(found, self.runtime.settings.policy.currency)
        yield from _of_doubts(found, unknown, settled)


def _of_queues(found: Sequence[Standing]) -> Iterator[Metric]:
    yield _gauge(
        "queue",
        "SMS that are due and would leave by this account",
        ["lane"],
        (([one.name, lane], one.queue.get(lane, 0)) for one in found for lane in _LANES),
    )
    yield _gauge(
        "oldest_urgent_seconds",
        "Age of the oldest urgent SMS that waits for it",
        [],
        (([one.name], one.oldest_urgent_s) for one in found),
    )
    yield _gauge(
        "state",
        "1 for the state that it is in; changes() of failing counts its failures",
        ["state"],
        (([one.name, word], float(one.state == word)) for one in found for word in _STATES),
    )
    yield _gauge(
        "failures",
        "Errors in a row",
        [],
        (([one.name], one.kept.failures) for one in found if one.kept),
    )


def _of_pace(found: Sequence[Standing]) -> Iterator[Metric]:
    yield _gauge(
        "rate_limit",
        "SMS a second that may leave by it",
        [],
        (([one.name], one.limits.per_second) for one in found),
    )
    yield _gauge(
        "rate",
        "SMS a second that left by it in the last full minute",
        [],
        (([one.name], one.use.last_minute / 60 if one.use else 0.0) for one in found),
    )
    kept = [(one.name, one.kept) for one in found if one.kept]
    for name, words, values in (
        ("answer_seconds", "Time to its answer, of late", [(n, k.answer_s) for n, k in kept]),
        ("receipt_seconds", "Time to its receipt, of late", [(n, k.receipt_s) for n, k in kept]),
    ):
        yield _gauge(name, words, [], (([n], value) for n, value in values if value is not None))


def _of_money(found: Sequence[Standing], ours: str) -> Iterator[Metric]:
    known = [(one.name, one.kept) for one in found if one.kept and one.kept.balance is not None]
    yield _gauge(
        "balance",
        "What is left, as the company says or as we reckon",
        ["currency"],
        (
            ([name, ours if kept.currency is None else kept.currency], kept.balance or 0.0)
            for name, kept in known
        ),
    )
    yield _gauge(
        "balance_low",
        "1 while somebody has to pay in",
        [],
        (([one.name], float(one.is_low)) for one in found),
    )


def _of_doubts(
    found: Sequence[Standing], unknown: Mapping[str, int], settled: Mapping[str, Settled]
) -> Iterator[Metric]:
    yield _gauge(
        "doubts",
        "SMS of which nobody knows now whether they left",
        [],
        (([one.name], unknown.get(one.name, 0)) for one in found),
    )
    total = CounterMetricFamily(
        "gateway_account_doubts_settled",
        "Doubts settled: the company had it (taken), or it was sent once more (again)",
        labels=["account", "how"],
    )
    for one in found:
        ended = settled.get(one.name, Settled())
        total.add_metric([one.name, "taken"], ended.taken)
        total.add_metric([one.name, "again"], ended.again)
    yield total


def _gauge(name: str, words: str, labels: Sequence[str], samples: _Samples) -> Metric:
    family = GaugeMetricFamily(f"gateway_account_{name}", words, labels=["account", *labels])
    for values, figure in samples:
        family.add_metric(values, figure)
    return family
