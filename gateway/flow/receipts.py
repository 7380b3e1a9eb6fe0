"""Keeps what companies say of our messages, and applies it in batches."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gateway.dispatch import receipts
from gateway.dispatch.second_try import SecondTries
from gateway.dispatch.traces import note_pace
from gateway.flow.roads import patience
from gateway.plumbing import metrics
from gateway.providers.base import Receipt, SendError
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Subscriber
from gateway.subscribers import consent, membership

log = structlog.get_logger()
_BATCH = 500
# How often a sweep looks again at receipts it found no message for, and how far back: most were
# early by an instant, the rest may be nobody's and many.
_AGAIN = (
    (timedelta(minutes=15), None),
    (timedelta(seconds=30), timedelta(minutes=2)),
    (timedelta(seconds=2), timedelta(seconds=10)),
)


def keep_receipts(runtime: Runtime, account: str, said: Sequence[Receipt], now: datetime) -> None:
    """Commits what a company said of our messages; the caller may then answer.

    The sweep applies it. An opt-out is obeyed in the very transaction that keeps it.
    """
    if not said:
        return
    rows = [receipts.as_row(account, receipt, now) for receipt in said]
    if any(receipt.opted_out for receipt in said):
        _keep_and_obey(runtime, rows, now)
    else:
        runtime.database.write_one(partial(receipts.keep, rows=rows))
    for receipt in said:
        metrics.RECEIPTS.labels(account, receipt.state or "unknown").inc()
    runtime.database.nudge("receipts")


def fetch_receipts(runtime: Runtime) -> None:
    """Fetches receipts of companies that do not post them."""
    now = runtime.clock()
    for account, provider in runtime.providers.items():
        try:
            said = provider.collect_receipts(now)
        except SendError as error:
            log.warning("receipts not fetched", account=account, error=type(error).__name__)
        else:
            keep_receipts(runtime, account, said, now)


def collect_receipts(runtime: Runtime) -> None:
    """Fetches receipts and applies all that wait."""
    fetch_receipts(runtime)
    ReceiptSweep(runtime).apply()


class ReceiptSweep:
    """Applies receipts that were not applied yet; several may go round at once.

    One whose message is not known (it came before the record of its sending, or speaks of nobody's
    message) is looked at again ever more seldom. The record of a sending looks for it too.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen = 0  # the highest id that was looked at
        self._again_at = [datetime.min.replace(tzinfo=UTC)] * len(_AGAIN)

    def apply(self) -> int:
        """Goes round once; returns how many receipts were applied."""
        database, now = self._runtime.database, self._runtime.clock()
        with database.reading() as session:
            newest = receipts.last_id(session, now)  # asked first: what comes later, comes next
            after = self._begin(session, now)
            waits = receipts.first_waiting(session, after) is not None
        done, limit = 0, _BATCH
        while waits:
            try:
                batch = self._apply_some(after, limit, now)
            except OperationalError:  # the database is away, or two waited for each other
                raise
            except Exception as error:  # one bad receipt must not stop all others for ever
                if limit == 1:
                    after = self._pass_over(after, error)
                limit = _BATCH if limit == 1 else 1
                continue
            done += batch.applied
            waits, after = batch.count == limit, batch.last_id or after
            limit = min(2 * limit, _BATCH)
        self._seen = max(self._seen, newest)
        return done

    def _apply_some(self, after: int, limit: int, now: datetime) -> receipts.Batch:
        database = self._runtime.database
        with database.writing() as session:
            batch = _apply_batch(self._runtime, session, after, limit, now)
        for account, seconds in batch.seconds.items():
            with database.writing() as session:
                note_pace(session, account, seconds)
        return batch

    def _pass_over(self, after: int, error: Exception) -> int:
        with self._runtime.database.reading() as session:
            bad = receipts.first_waiting(session, after)
        log.error("receipt not applied", receipt=bad, error=type(error).__name__)
        return bad or after

    def _begin(self, session: Session, now: datetime) -> int:
        """The id behind which to look this time."""
        for number, (every, back) in enumerate(_AGAIN):
            if now >= self._again_at[number] + every:
                self._again_at[number:] = [now] * (len(_AGAIN) - number)
                return min(self._seen, receipts.last_id(session, now - back)) if back else 0
        return self._seen


def opted_out(session: Session, subscriber_id: int | None, account: str, now: datetime) -> None:
    """A company tells us that it holds a STOP of this person: so they said it, and we obey.

    It is remembered once, until the person takes it back.
    """
    if subscriber_id is None:
        return
    person = session.get_one(Subscriber, subscriber_id)
    membership.lock(session, person)
    if account not in consent.open_stops(session, person.id):
        via = f"provider {account}"[:64]
        membership.stop(session, person, via=via, message_id=None, now=now)


def _keep_and_obey(runtime: Runtime, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    with runtime.database.writing() as session:
        before = receipts.last_id(session, now)
        receipts.keep(session.connection(), rows)
        _apply_batch(runtime, session, before, _BATCH, now)


def _apply_batch(
    runtime: Runtime, session: Session, after: int, limit: int, now: datetime
) -> receipts.Batch:
    rule = patience(runtime)
    tries = SecondTries(rule.attempts, rule.pause)
    batch = receipts.apply_batch(session, after, limit, tries, now)
    for subscriber_id, account in batch.opted_out:
        opted_out(session, subscriber_id, account, now)
    if batch.tried_again:
        nudge_after_commit(session, "send_due")
    return batch
