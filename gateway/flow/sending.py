"""Sends what is due: alerts go live, deliveries are claimed, handed over and recorded."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Select, select

from gateway.dispatch import sending
from gateway.dispatch.pacing import Pacer
from gateway.flow.reaching import account_for
from gateway.flow.receipts import collect_receipts as collect_receipts
from gateway.flow.receipts import keep_receipts as keep_receipts
from gateway.flow.receipts import opted_out
from gateway.flow.volunteering import is_for_volunteer
from gateway.plumbing import metrics
from gateway.providers.base import (
    HandoverUnknown,
    ProviderDown,
    RecipientOptedOut,
    SendError,
    Throttled,
)
from gateway.runtime import EXERCISE_ACCOUNT, EXERCISE_RATE, Runtime
from gateway.store.history import move
from gateway.store.tables import Alert, Delivery

log = structlog.get_logger()
_AHEAD_S = 4.0  # no worker claims more than it can hand over in this time


@dataclass
class Sender:
    """The hands of one process: a pacer an account and the threads that hand over."""

    runtime: Runtime
    pacers: Mapping[str, Pacer] = field(init=False)
    threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        accounts = self.runtime.settings.providers
        rates = {name: self.runtime.limits(name).per_second for name in accounts}
        slowest = min(rates.values())  # any account may be all that a batch goes through
        rates[EXERCISE_ACCOUNT] = EXERCISE_RATE
        self.pacers = {name: Pacer(rate) for name, rate in rates.items()}
        connections = sum(account.connections for account in accounts.values())
        self.batch = min(self.runtime.settings.dispatch.batch, max(1, round(slowest * _AHEAD_S)))
        self.threads = ThreadPoolExecutor(connections, thread_name_prefix="send")

    def send_due(self, batches: int = 20) -> int:
        """Sends until nothing is due or `batches` are done; returns how many were handed over."""
        go_live(self.runtime)
        done = 0
        for _ in range(batches):
            with self.runtime.database.writing() as session:
                now = self.runtime.clock()
                parcels = sending.claim(
                    session, now, self.batch, patience(self.runtime), self._route
                )
            if not parcels:
                break
            done += sum(self.threads.map(self._hand_over, parcels))
        return done

    def settle_lost(self) -> int:
        """Asks providers about messages that nobody knows to have left; sends the rest again."""
        with self.runtime.database.writing() as session:
            now = self.runtime.clock()
            parcels = sending.find_lost(session, now, self.batch)
        for parcel in parcels:
            self._settle(parcel)
        return len(parcels)

    def close(self) -> None:
        """Lets hand-overs that have begun end."""
        self.threads.shutdown(wait=True)

    def _hand_over(self, parcel: sending.Parcel) -> bool:
        account = parcel.account
        self.pacers[account].wait()
        database, clock = self.runtime.database, self.runtime.clock
        with database.reading() as session:
            leaves = sending.may_still_leave(session, parcel, clock())
        if not leaves:
            with database.writing() as session:
                sending.withdraw_claimed(session, parcel.delivery_id, clock())
            return False
        out = sending.outgoing(parcel, self.runtime.settings.public_url)
        try:
            submission = self.runtime.providers[account].send(out)
        except SendError as error:
            self._not_taken(parcel, error)
            return False
        with database.writing() as session:
            sending.record_submission(session, parcel, submission, clock())
        metrics.SUBMITTED.labels(account).inc()
        log.info("sms submitted", delivery=parcel.delivery_id, account=account)
        return True

    def _not_taken(self, parcel: sending.Parcel, error: SendError) -> None:
        name, account = type(error).__name__, parcel.account
        metrics.SEND_ERRORS.labels(account, name).inc()
        log.warning("sms not taken", delivery=parcel.delivery_id, account=account, error=name)
        if isinstance(error, Throttled):
            self.pacers[account].pause(error.retry_after_s or 1.0)
        elif isinstance(error, ProviderDown) and not isinstance(error, HandoverUnknown):
            self.pacers[account].pause(1.0)
        now = self.runtime.clock()
        with self.runtime.database.writing() as session:
            sending.record_failure(session, parcel, error, patience(self.runtime), now)
            if isinstance(error, RecipientOptedOut):
                delivery = session.get_one(Delivery, parcel.delivery_id)
                opted_out(session, delivery.subscriber_id, account, now)

    def _settle(self, parcel: sending.Parcel) -> None:
        out = sending.outgoing(parcel, self.runtime.settings.public_url)
        try:
            submission = self.runtime.providers[parcel.account].look_up(out, parcel.since)
        except (SendError, KeyError):  # a KeyError: that account was taken out of the settings
            return  # it stays unknown, and is asked about again later
        with self.runtime.database.writing() as session:
            now = self.runtime.clock()
            if submission is None:
                sending.send_again(session, parcel.delivery_id, now)
            else:
                sending.record_submission(session, parcel, submission, now)
        log.info("doubt settled", delivery=parcel.delivery_id, taken=submission is not None)

    def _route(self, delivery: Delivery, number: str) -> str:
        if delivery.exercise_id is not None and not is_for_volunteer(delivery):
            return EXERCISE_ACCOUNT
        return account_for(self.runtime, number, delivery.attempts)


def go_live(runtime: Runtime) -> int:
    """Approved alerts whose sending begins; returns how many."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        waiting = session.scalars(_approved(now)).all()
    if not waiting:
        return 0
    with runtime.database.writing() as session:
        alerts = session.scalars(_approved(now).with_for_update(skip_locked=True)).all()
        for alert in alerts:
            move(session, alert, "live", who="dispatch", now=now)
        return len(alerts)


def patience(runtime: Runtime) -> sending.Patience:
    """The deployment's rule of retrying."""
    rule = runtime.settings.dispatch
    return sending.Patience(rule.attempts, rule.backoff_s, rule.lease_s)


def _approved(now: datetime) -> Select[Alert]:
    """Also one that was approved amid a sweep, whose deliveries have all been claimed by now."""
    begun = select(Delivery.id).where(
        Delivery.alert_id == Alert.id, Delivery.state != "withdrawn", Delivery.due_at <= now
    )
    return select(Alert).where(Alert.state == "approved", begun.exists())
