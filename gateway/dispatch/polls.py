"""Gives a phone that fetches its messages what is due for it, by the rules of every claim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from gateway.dispatch import sending
from gateway.dispatch.outbox import VOLUNTEERS
from gateway.dispatch.receipts import is_spoken_of
from gateway.dispatch.routing import LANES, Lane, lane_of, preferred, priorities
from gateway.providers.base import Submission
from gateway.store.history import move
from gateway.store.tables import Delivery, Subscriber

_WHO = "dispatch"
_LOOKED_AT = 10  # candidates for each message given: some prefer another account
_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Phone:
    """An account that fetches, and which accounts carry a lane of a path just now, in order."""

    account: str
    carriers: Callable[[str, Lane], tuple[str, ...]]
    usable: frozenset[str]  # all accounts that are well


def claim(
    session: Session, phone: Phone, most: int, patience: sending.Patience, now: datetime
) -> list[sending.Parcel]:
    """Claims up to `most` due messages that are the phone's to send, the most urgent first."""
    _offer_again(session, phone, now)
    return _claimed(session, phone.account, _waiting(session, phone, most, now), patience, now)


def taken(
    session: Session, account: str, references: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """The phone has these messages of ours; returns those that it may send now, or has sent.

    What has to stay here meanwhile (a STOP, a cancel) is withdrawn and left out, and so is what
    another account has by now. One that is told twice is answered twice: the first answer was lost.
    """
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.account == account,
            Delivery.reference.in_(references),
            Delivery.state.in_(("claimed", "unknown", "submitted")),
        )
        .order_by(Delivery.id)
        .with_for_update()
    ).all()
    return tuple(row.reference for row in rows if _is_taken(session, account, row, now))


def _is_taken(session: Session, account: str, delivery: Delivery, now: datetime) -> bool:
    if delivery.state == "submitted":
        return True
    why = sending._why_withdraw(session, delivery, now)
    if why:
        move(session, delivery, "withdrawn", who=_WHO, why=why, now=now)
        delivery.settled_at, delivery.lease_until = now, None
        return False
    name = delivery.reference
    parcel = sending.Parcel(delivery.id, delivery.attempts, account, "", "", name, now)
    sending.record_submission(session, parcel, Submission(name), now)
    return True


def _offer_again(session: Session, phone: Phone, now: datetime) -> None:
    """What it was given and never told to have taken: that it asks again is its answer."""
    silent = and_(Delivery.state == "claimed", Delivery.lease_until <= now)
    rows = session.scalars(
        select(Delivery)
        .where(or_(Delivery.state == "unknown", silent), Delivery.account == phone.account)
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in rows:
        if delivery.state == "claimed":
            move(session, delivery, "unknown", who=_WHO, why="its phone went silent", now=now)
            delivery.doubtful = True
        if not is_spoken_of(session, delivery, now):
            delivery.due_at, delivery.lease_until = now, None
            move(session, delivery, "queued", who=_WHO, why="its phone never took it", now=now)
    session.flush()


def _waiting(session: Session, phone: Phone, most: int, now: datetime) -> list[int]:
    """The ids of due messages whose first account is this phone."""
    found = []
    for row in session.execute(_candidates(session, phone, most, now)):
        number, kind, path, priority, heard_on, reached_by = row
        heard = heard_on if heard_on in phone.usable else None
        accounts = phone.carriers(path, lane_of(priority))
        if preferred(accounts, heard, reached_by, kind)[:1] == (phone.account,):
            found.append(number)
    return found[:most]


def _candidates(
    session: Session, phone: Phone, most: int, now: datetime
) -> Select[int, str, str, int, str | None, str | None]:
    paths = session.scalars(
        select(Delivery.path).where(Delivery.state == "queued").distinct()
    ).all()
    own = [
        and_(Delivery.path == path, Delivery.priority.between(*priorities(lane)))
        for path in paths
        for lane in LANES
        if phone.carriers(path, lane)[:1] == (phone.account,)
    ]
    theirs = or_(Subscriber.heard_on == phone.account, Subscriber.reached_by == phone.account)
    return (
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.path,
            Delivery.priority,
            Subscriber.heard_on,
            Subscriber.reached_by,
        )
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.state == "queued",
            Delivery.due_at <= now,
            or_(Delivery.exercise_id.is_(None), Delivery.subscriber_id.in_(VOLUNTEERS)),
            or_(false(), *own, theirs),
        )
        .order_by(Delivery.priority, Delivery.distance_m, Delivery.id)
        .limit(most * _LOOKED_AT)
    )


def _claimed(
    session: Session,
    account: str,
    ids: Sequence[int],
    patience: sending.Patience,
    now: datetime,
) -> list[sending.Parcel]:
    """As `sending.claim` does, with its own checks."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == "queued")
        .order_by(Delivery.priority, Delivery.distance_m, Delivery.id)
        .with_for_update(skip_locked=True)
    ).all()
    parcels, chains = [], dict[int, list[int]]()
    for delivery in rows:
        if sending._would_overtake(session, delivery, chains):
            delivery.due_at = now + timedelta(seconds=_AFTER_S)
            continue
        parcel = sending._parcel(session, delivery, now, lambda *_: account)
        if parcel is not None:
            delivery.lease_until = now + timedelta(seconds=patience.lease_s)
            move(session, delivery, "claimed", who=_WHO, now=now)
            parcels.append(parcel)
    return parcels
