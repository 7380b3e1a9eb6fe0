"""Answers a phone that asks for messages to send, or tells what became of those it has."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch import breaking, costing, polls, sending
from gateway.dispatch.routing import Lane
from gateway.flow.receipts import keep_receipts
from gateway.flow.roads import patience
from gateway.plumbing import metrics
from gateway.providers.base import Acknowledgement, Outgoing, Poll, PolledProvider
from gateway.runtime import Runtime
from gateway.store.tables import AccountState

log = structlog.get_logger()


def answer(runtime: Runtime, provider: PolledProvider, poll: Poll) -> Acknowledgement:
    """Keeps what it tells, and then gives it what is due; all of that is on disk before."""
    account = provider.account
    taken = _taken(runtime, account, poll)
    _receipts(runtime, account, poll)
    if poll.taken and not (taken or poll.most):
        return provider.acknowledge()  # none of these may leave any more
    given = _given(runtime, account, poll.most)
    return provider.answer_poll(replace(poll, taken=taken), given)


def _taken(runtime: Runtime, account: str, poll: Poll) -> tuple[str, ...]:
    """Those that may leave: a phone sends only what is said back to it."""
    if not poll.taken:
        return ()
    with runtime.database.writing() as session:
        taken = polls.taken(session, account, poll.taken, patience(runtime), runtime.clock())
    metrics.SUBMITTED.labels(account).inc(len(taken))
    log.info("sms submitted", account=account, messages=len(taken))
    return taken


def _receipts(runtime: Runtime, account: str, poll: Poll) -> None:
    """A phone knows messages by our references alone, so they are its ids too."""
    named = [
        receipt if receipt.provider_id else replace(receipt, provider_id=receipt.reference or "")
        for receipt in poll.receipts
    ]
    keep_receipts(runtime, account, named, runtime.clock())


def _given(runtime: Runtime, account: str, most: int) -> list[Outgoing]:
    if most <= 0:
        return []
    most = min(most, runtime.settings.dispatch.batch)
    with runtime.database.writing() as session:
        now = runtime.clock()
        breaking.held(session, account)
        phone = _phone(runtime, session, account, now)
        parcels = polls.claim(session, phone, most, patience(runtime), now)
    public_url = runtime.settings.public_url
    return [sending.outgoing(parcel, public_url) for parcel in parcels]


def _phone(runtime: Runtime, session: Session, account: str, now: datetime) -> polls.Phone:
    """What goes by it: also that of accounts before it, while those fail."""
    states = session.scalars(select(AccountState))
    failing = [one.account for one in states if breaking.stance(one, now) != "well"]
    usable = frozenset(runtime.settings.providers).difference(failing) | {account}
    limits = runtime.limits(account)
    return polls.Phone(account, limits, partial(_carriers, runtime, usable))


def _carriers(runtime: Runtime, usable: frozenset[str], path: str, lane: Lane) -> tuple[str, ...]:
    found = costing.carriers(runtime.settings, path, lane)
    return tuple(account for account in found if account in usable)
