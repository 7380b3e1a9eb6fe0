"""Gives a phone that fetches its messages what is due for it, by the rules of every claim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from gateway.dispatch import claiming, doubts, pacing, sending
from gateway.dispatch.claiming import WHO, Parcel, Patience
from gateway.dispatch.leaving import standings, why_not
from gateway.dispatch.outbox import VOLUNTEERS
from gateway.dispatch.receipts import is_spoken_of
from gateway.dispatch.routing import LANES, Lane, priorities
from gateway.providers.base import Limits, Submission
from gateway.store.history import move
from gateway.store.tables import Delivery


@dataclass(frozen=True, slots=True)
class Phone:
    """An account that fetches, and which accounts carry a lane of a path just now, in order."""

    account: str
    limits: Limits
    carriers: Callable[[str, Lane], tuple[str, ...]]


def claim(
    session: Session, phone: Phone, most: int, patience: Patience, now: datetime
) -> list[Parcel]:
    """Claims up to `most` due messages that are the phone's to send, the most urgent first.

    The caller holds the account's row, so that two polls together keep its limits.
    """
    _offer_again(session, phone.account, now)
    most = pacing.left(session, phone.account, phone.limits, now, most)
    ids = _waiting(session, phone, most, now) if most else []
    parcels = claiming.claim(session, ids, lambda _delivery: phone.account, patience, now)
    if parcels:
        segments = sum(parcel.segments for parcel in parcels)
        pacing.count(session, phone.account, len(parcels), segments, now)
    return parcels


def taken(
    session: Session, account: str, references: Sequence[str], patience: Patience, now: datetime
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
    told, waiting = [row for row in rows if row.state == "submitted"], []
    known = standings(session, [row.id for row in rows])
    for delivery in (row for row in rows if row.state != "submitted"):
        why = why_not(session, known[delivery.id], now)
        if why:
            move(session, delivery, "withdrawn", who=WHO, why=why, now=now)
            delivery.settled_at, delivery.lease_until = now, None
        else:
            waiting.append(delivery)
    outcomes = [
        sending.Outcome(parcel, Submission(parcel.reference))
        for _, parcel in claiming.packed(session, waiting)
    ]
    sending.record(session, outcomes, patience, now, lambda _delivery: False)
    return tuple(row.reference for row in (*told, *waiting))


def _offer_again(session: Session, account: str, now: datetime) -> None:
    """What it was given and never told to have taken: that it asks again is its answer."""
    silent = and_(Delivery.state == "claimed", Delivery.lease_until <= now)
    rows = session.scalars(
        select(Delivery)
        .where(or_(Delivery.state == "unknown", silent), Delivery.account == account)
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery, parcel in list(claiming.packed(session, rows)):
        if delivery.state == "claimed":
            move(session, delivery, "unknown", who=WHO, why="its phone went silent", now=now)
            delivery.doubtful = True
        if not is_spoken_of(session, delivery, now):
            session.flush()
            doubts.send_again(session, parcel, "its phone never took it", now, never_taken=True)
    session.flush()


def _waiting(session: Session, phone: Phone, most: int, now: datetime) -> list[int]:
    """The ids of due messages whose first account is this phone."""
    own = [
        and_(Delivery.path == path, Delivery.priority.between(*priorities(lane)))
        for path in claiming.paths(session)
        for lane in LANES
        if phone.carriers(path, lane)[:1] == (phone.account,)
    ]
    due = (
        select(Delivery.id)
        .where(
            Delivery.state == "queued",
            Delivery.due_at <= now,
            or_(Delivery.exercise_id.is_(None), Delivery.subscriber_id.in_(VOLUNTEERS)),
            or_(false(), *own),
        )
        .order_by(Delivery.priority, Delivery.distance_m, Delivery.id)
    )
    return list(session.scalars(due.limit(most)))
