"""Records what became of hand-overs, and alone decides what is tried again, when and how often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.claiming import WHO, Parcel, Patience
from gateway.dispatch.leaving import standings, why_not
from gateway.dispatch.receipts import apply_waiting_many
from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    Outgoing,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Throttled,
)
from gateway.store.history import move
from gateway.store.tables import Delivery

_FINAL: tuple[type[SendError], ...] = (BadRecipient, RecipientOptedOut, Rejected)
_CHANCE = SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a company said to a hand-over: it took the message, or why not; None: never offered.

    `missed`: it may leave, but missed its moment; by now something more urgent may wait.
    """

    parcel: Parcel
    said: Submission | SendError | None
    missed: bool = False


def may_still_leave(session: Session, parcel: Parcel, now: datetime) -> bool:
    """Asked right before each hand-over: a STOP, a cancel, or another claim after the lease."""
    standing = standings(session, [parcel.delivery_id]).get(parcel.delivery_id)
    return (
        standing is not None
        and standing.is_held(parcel.attempt, now)
        and why_not(session, standing, now) is None
    )


def record(
    session: Session,
    outcomes: Sequence[Outcome],
    patience: Patience,
    now: datetime,
    goes_elsewhere: Callable[[Delivery], bool],
) -> list[Delivery]:
    """Records many hand-overs in one transaction; returns those whose people have opted out.

    Where an account fails and another stands in for it, the message is tried again at once.
    """
    ids = sorted(outcome.parcel.delivery_id for outcome in outcomes)
    rows = session.scalars(
        select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id).with_for_update()
    )
    by_id = {row.id: row for row in rows}
    opted_out = []
    for outcome in outcomes:
        delivery, said = by_id[outcome.parcel.delivery_id], outcome.said
        if outcome.missed:
            _give_back(session, delivery, outcome.parcel, now)
        elif said is None:
            _withdraw(session, delivery, outcome.parcel, now)
        elif isinstance(said, Submission):
            _submitted(session, delivery, outcome.parcel, said, now)
        elif _is_held(delivery, outcome.parcel):
            at_once = is_of_account(said) and goes_elsewhere(delivery)
            _not_taken(session, delivery, said, patience, now, at_once=at_once)
            if isinstance(said, Throttled) or (outcome.parcel.probe and is_of_account(said)):
                delivery.attempts -= 1  # the account was tried, not the message
            if isinstance(said, RecipientOptedOut):
                opted_out.append(delivery)
    session.flush()
    submitted = [delivery for delivery in by_id.values() if delivery.state == "submitted"]
    apply_waiting_many(session, submitted, now)
    return opted_out


def give_back(session: Session, parcels: Sequence[Parcel], now: datetime) -> None:
    """Claimed, but never offered: their account fails, or this process ends."""
    ids = [parcel.delivery_id for parcel in parcels]
    rows = session.scalars(select(Delivery).where(Delivery.id.in_(ids)).with_for_update()).all()
    by_id = {row.id: row for row in rows}
    for parcel in parcels:
        _give_back(session, by_id[parcel.delivery_id], parcel, now)


def is_of_account(error: SendError) -> bool:
    """Whether it says something of the account, and not of this one message."""
    return isinstance(error, ProviderDown | Misconfigured)


def outgoing(parcel: Parcel, public_url: str) -> Outgoing:
    """The parcel as a provider takes it."""
    door = f"{public_url.rstrip('/')}/sms/{parcel.account}/receipt"
    return Outgoing(
        to=parcel.to,
        text=parcel.text,
        reference=parcel.reference,
        receipt_url=f"{door}?reference={parcel.reference}",
        expires_at=parcel.expires_at,
        urgent=parcel.urgent,
    )


def _give_back(session: Session, delivery: Delivery, parcel: Parcel, now: datetime) -> None:
    if _is_held(delivery, parcel):
        delivery.attempts -= 1
        delivery.lease_until = None
        if not delivery.attempts:
            delivery.account = None  # or it would count as tried there
        move(session, delivery, "queued", who=WHO, why="not offered", now=now)


def _submitted(
    session: Session, delivery: Delivery, parcel: Parcel, submission: Submission, now: datetime
) -> None:
    if delivery.state not in ("claimed", "unknown"):
        return
    move(session, delivery, "submitted", who=WHO, now=now)
    delivery.account, delivery.provider_id = parcel.account, submission.provider_id or None
    delivery.submitted_at, delivery.lease_until = now, None


def _not_taken(
    session: Session,
    delivery: Delivery,
    error: SendError,
    patience: Patience,
    now: datetime,
    *,
    at_once: bool,
) -> None:
    """Decides what becomes of a message that was not surely handed over."""
    delivery.error_code = error.code[:64] or type(error).__name__
    why = f"{type(error).__name__} {error.code}".strip()
    if isinstance(error, HandoverUnknown):
        delivery.doubtful, delivery.lease_until = True, now
        move(session, delivery, "unknown", who=WHO, why=why, now=now)
    elif isinstance(error, _FINAL) or delivery.attempts >= patience.attempts:
        move(session, delivery, "failed", who=WHO, why=why, now=now)
        delivery.settled_at, delivery.lease_until = now, None
    else:
        pause = _CHANCE.uniform(0, 1) if at_once else _pause(error, delivery.attempts, patience)
        delivery.due_at, delivery.lease_until = now + timedelta(seconds=pause), None
        move(session, delivery, "queued", who=WHO, why=why, now=now)


def _withdraw(session: Session, delivery: Delivery, parcel: Parcel, now: datetime) -> None:
    """Takes back a claimed delivery that may no longer leave."""
    if not _is_held(delivery, parcel):
        return
    session.flush()
    why = why_not(session, standings(session, [delivery.id])[delivery.id], now)
    if why:
        move(session, delivery, "withdrawn", who=WHO, why=why, now=now)
        delivery.settled_at = now


def _is_held(delivery: Delivery, parcel: Parcel) -> bool:
    """Whether it is still this claim's, and not a later one's."""
    return delivery.state == "claimed" and delivery.attempts == parcel.attempt


def _pause(error: SendError, attempt: int, patience: Patience) -> float:
    if isinstance(error, Throttled):
        return max(error.retry_after_s or patience.backoff_s, 1.0)
    return patience.pause(attempt)
