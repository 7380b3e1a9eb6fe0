"""Claims deliveries, hands them to a provider, records what it said. The only retry rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import earlier
from gateway.dispatch.receipts import apply_waiting, is_spoken_of
from gateway.dispatch.sparing import in_danger
from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Outgoing,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Throttled,
)
from gateway.store.history import move
from gateway.store.tables import Alert, AlertText, Delivery, Incident, Subscriber, User

_WORKER = "dispatch"
_FINAL: tuple[type[SendError], ...] = (BadRecipient, RecipientOptedOut, Rejected)
_ASK_AGAIN_S = 30.0
_AFTER_S = 2.0
_FOLLOW_UPS = ("cancel", "all_clear")
_MAY_HAVE_IT = ("submitted", "delivered", "unknown")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how slowly a message is tried again."""

    attempts: int
    backoff_s: float
    lease_s: float


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery, ready to be handed over with no transaction open."""

    delivery_id: int
    attempt: int
    account: str
    to: str
    text: str
    reference: str
    since: datetime  # no provider can have it from before


Route = Callable[[Delivery, str], str]  # a delivery and its number -> the account that carries it


def claim(
    session: Session, now: datetime, limit: int, patience: Patience, route: Route
) -> list[Parcel]:
    """Takes due deliveries, the most urgent and nearest first; other workers pass them over."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.state == "queued", Delivery.due_at <= now)
        .order_by(Delivery.priority, Delivery.distance_m, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    parcels = []
    chains: dict[int, list[int]] = {}  # asked once an alert, not once a copy
    for delivery in rows:
        if _would_overtake(session, delivery, chains):
            delivery.due_at = now + timedelta(seconds=_AFTER_S)
            continue
        parcel = _parcel(session, delivery, now, route)
        if parcel is None:
            continue
        delivery.lease_until = now + timedelta(seconds=patience.lease_s)
        move(session, delivery, "claimed", who=_WORKER, now=now)
        parcels.append(parcel)
    return parcels


def may_still_leave(session: Session, parcel: Parcel, now: datetime) -> bool:
    """Asked right before each hand-over: a STOP, a cancel, or another claim after the lease."""
    delivery = session.get(Delivery, parcel.delivery_id)
    return (
        delivery is not None
        and _is_held(delivery, parcel)
        and delivery.lease_until is not None
        and delivery.lease_until > now
        and _why_withdraw(session, delivery, now) is None
    )


def withdraw_claimed(session: Session, delivery_id: int, now: datetime) -> None:
    """Takes back a claimed delivery that may no longer leave."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    why = _why_withdraw(session, delivery, now)
    if delivery.state == "claimed" and why:
        move(session, delivery, "withdrawn", who=_WORKER, why=why, now=now)
        delivery.settled_at = now


def record_submission(
    session: Session, parcel: Parcel, submission: Submission, now: datetime
) -> None:
    """The provider has it. Receipts that overtook this record are applied at once."""
    delivery = session.get_one(Delivery, parcel.delivery_id, with_for_update=True)
    if delivery.state not in ("claimed", "unknown"):
        return
    move(session, delivery, "submitted", who=_WORKER, now=now)
    delivery.account, delivery.provider_id = parcel.account, submission.provider_id
    delivery.submitted_at, delivery.lease_until = now, None
    session.flush()
    apply_waiting(session, delivery, now)


def record_failure(
    session: Session,
    parcel: Parcel,
    error: SendError,
    patience: Patience,
    now: datetime,
) -> None:
    """Decides what becomes of a message that was not surely handed over."""
    delivery = session.get_one(Delivery, parcel.delivery_id, with_for_update=True)
    if not _is_held(delivery, parcel):
        return
    delivery.error_code = error.code[:64] or type(error).__name__
    why = f"{type(error).__name__} {error.code}".strip()
    if isinstance(error, HandoverUnknown):
        delivery.doubtful, delivery.lease_until = True, now
        move(session, delivery, "unknown", who=_WORKER, why=why, now=now)
    elif isinstance(error, _FINAL) or delivery.attempts >= patience.attempts:
        move(session, delivery, "failed", who=_WORKER, why=why, now=now)
        delivery.settled_at, delivery.lease_until = now, None
    else:
        delivery.due_at = now + timedelta(seconds=_pause(error, delivery.attempts, patience))
        delivery.lease_until = None
        move(session, delivery, "queued", who=_WORKER, why=why, now=now)


def find_lost(session: Session, now: datetime, limit: int) -> list[Parcel]:
    """Claimed deliveries whose worker went silent become unknown; all unknown that are due."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.state.in_(("claimed", "unknown")), Delivery.lease_until <= now)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    parcels = []
    for delivery in rows:
        if delivery.state == "claimed":
            move(session, delivery, "unknown", who=_WORKER, why="its worker went silent", now=now)
            delivery.doubtful = True
            if is_spoken_of(session, delivery, now):
                continue
        delivery.lease_until = now + timedelta(seconds=_ASK_AGAIN_S)
        recipient, body = _recipient(session, delivery), _body(session, delivery)
        if recipient and body is not None:
            parcels.append(_packed(delivery, recipient, body))
        else:
            move(session, delivery, "withdrawn", who=_WORKER, why="nobody to send to", now=now)
            delivery.settled_at, delivery.lease_until = now, None
    return parcels


def send_again(session: Session, delivery_id: int, now: datetime) -> None:
    """The provider was asked and never took it: back into the queue."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.state == "unknown":
        delivery.due_at, delivery.lease_until = now, None
        move(session, delivery, "queued", who=_WORKER, why="the provider never took it", now=now)


def outgoing(parcel: Parcel, public_url: str) -> Outgoing:
    """The parcel as a provider takes it."""
    door = f"{public_url.rstrip('/')}/sms/{parcel.account}/receipt"
    receipt_url = f"{door}?reference={parcel.reference}"
    return Outgoing(parcel.to, parcel.text, parcel.reference, receipt_url)


def _is_held(delivery: Delivery, parcel: Parcel) -> bool:
    """Whether it is still this claim's, and not a later one's."""
    return delivery.state == "claimed" and delivery.attempts == parcel.attempt


def _pause(error: SendError, attempt: int, patience: Patience) -> float:
    doubled: float = patience.backoff_s * 2.0 ** min(attempt - 1, 10)
    if isinstance(error, Throttled) and error.retry_after_s is not None:
        return max(error.retry_after_s, 1.0)
    return doubled


def _parcel(session: Session, delivery: Delivery, now: datetime, route: Route) -> Parcel | None:
    why = _why_withdraw(session, delivery, now)
    recipient, body = _recipient(session, delivery), _body(session, delivery)
    if why or recipient is None or body is None:
        reason = why or "nobody to send to"
        move(session, delivery, "withdrawn", who=_WORKER, why=reason, now=now)
        delivery.settled_at = now
        return None
    delivery.attempts += 1  # before routing: the attempt says which account carries the message
    # Kept now: after a crash the company that may have it is the one to ask.
    delivery.account = route(delivery, recipient)
    return _packed(delivery, recipient, body)


def _packed(delivery: Delivery, recipient: str, body: str) -> Parcel:
    return Parcel(
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        account=delivery.account or "",
        to=recipient,
        text=body,
        reference=delivery.reference,
        since=delivery.created_at,
    )


def _why_withdraw(session: Session, delivery: Delivery, now: datetime) -> str | None:
    if delivery.expires_at is not None and delivery.expires_at <= now:
        return "expired"
    if delivery.subscriber_id is not None and delivery.kind != "confirmation":
        person = session.get_one(Subscriber, delivery.subscriber_id)
        if person.state in ("stopped", "blocked"):
            return f"the subscriber is {person.state}"
    if delivery.alert_id is not None:
        return _why_not_any_more(session, delivery, delivery.alert_id, now)
    return None


def _why_not_any_more(
    session: Session, delivery: Delivery, alert_id: int, now: datetime
) -> str | None:
    alert = session.execute(
        select(Alert.state, Alert.purpose, Alert.refers_to_id, Incident.state.label("incident"))
        .outerjoin(Incident, Incident.id == Alert.incident_id)
        .where(Alert.id == alert_id)
    ).one()
    if alert.state not in ("approved", "live"):
        return f"the alert is {alert.state}"
    if alert.purpose == "warning" and alert.incident != "verified":
        return f"its incident is {alert.incident}"
    if alert.purpose in _FOLLOW_UPS:
        chain = earlier(session, alert_id)
        if not _has(session, delivery, chain, _MAY_HAVE_IT):
            return "they were never sent what it speaks of"
    if alert.purpose == "campaign" and in_danger(session, delivery.subscriber_id, now):
        return "a warning holds where they live"
    return None


def _would_overtake(session: Session, delivery: Delivery, chains: dict[int, list[int]]) -> bool:
    """Whether what it takes back or follows is just being handed over to the same person."""
    if delivery.alert_id is None:
        return False
    if delivery.alert_id not in chains:
        chains[delivery.alert_id] = earlier(session, delivery.alert_id)
    return _has(session, delivery, chains[delivery.alert_id], ("claimed",))


def _has(session: Session, delivery: Delivery, chain: Sequence[int], states: Sequence[str]) -> bool:
    """Whether this person's copy of an alert of the chain is in one of the states."""
    if not chain:
        return False
    copies = select(Delivery.id).where(
        Delivery.alert_id.in_(chain),
        Delivery.subscriber_id == delivery.subscriber_id,
        Delivery.state.in_(states),
    )
    return session.scalar(copies.limit(1)) is not None


def _recipient(session: Session, delivery: Delivery) -> str | None:
    if delivery.subscriber_id is not None:
        return session.get_one(Subscriber, delivery.subscriber_id).phone
    return session.get_one(User, delivery.user_id).phone


def _body(session: Session, delivery: Delivery) -> str | None:
    if delivery.alert_id is None:
        return delivery.body
    return session.scalar(
        select(AlertText.body).where(
            AlertText.alert_id == delivery.alert_id, AlertText.language == delivery.language
        )
    )
