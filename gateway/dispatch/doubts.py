"""Messages of which nobody knows whether they left: asked about first, and only then sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import NEVER_TAKEN
from gateway.dispatch.claiming import WHO, Parcel, packed
from gateway.dispatch.receipts import apply_waiting, is_spoken_of
from gateway.providers.base import Submission
from gateway.store.history import move
from gateway.store.tables import Delivery, FormerAttempt, Move

_ASK_AGAIN_S = 30.0


def find(session: Session, now: datetime, limit: int) -> list[Parcel]:
    """Claimed deliveries whose worker went silent become unknown; all unknown that are due."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.state.in_(("claimed", "unknown")), Delivery.lease_until <= now)
        .order_by(Delivery.priority, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    unknown = [delivery for delivery in rows if not _is_settled(session, delivery, now)]
    goods = {delivery.id: parcel for delivery, parcel in packed(session, unknown)}
    for delivery in unknown:
        delivery.lease_until = now + timedelta(seconds=_ASK_AGAIN_S)
        if delivery.id not in goods:
            move(session, delivery, "withdrawn", who=WHO, why="nobody to send to", now=now)
            delivery.settled_at, delivery.lease_until = now, None
    return list(goods.values())


def since(session: Session, delivery_id: int) -> datetime | None:
    """When it last became unknown whether it left."""
    return session.scalar(
        select(func.max(Move.at)).where(
            Move.machine == "delivery", Move.row_id == delivery_id, Move.target == "unknown"
        )
    )


def was_taken(session: Session, parcel: Parcel, submission: Submission, now: datetime) -> None:
    """The company has it after all."""
    delivery = _unknown(session, parcel)
    if delivery is None:
        return
    move(session, delivery, "submitted", who=WHO, why="the company has it", now=now)
    delivery.account, delivery.provider_id = parcel.account, submission.provider_id or None
    delivery.submitted_at, delivery.lease_until = now, None
    session.flush()
    apply_waiting(session, delivery, now)


def send_again(
    session: Session, parcel: Parcel, why: str, now: datetime, *, never_taken: bool = False
) -> None:
    """Back into the queue; should its receipt come after all, it is known whose it is.

    `never_taken`: the company says that it surely does not have it.
    """
    delivery = _unknown(session, parcel)
    if delivery is None:
        return
    _remember(session, delivery, NEVER_TAKEN if never_taken else "doubt", now)
    delivery.due_at, delivery.lease_until = now, None
    move(session, delivery, "queued", who=WHO, why=why, now=now)


def silent_paths(session: Session, silent_since: datetime) -> list[str]:
    """The paths of warnings that were handed over before then and wait for a receipt."""
    silent = select(Delivery.path).where(*_silent(silent_since)).distinct()
    return list(session.scalars(silent))


def hedge(
    session: Session, paths: Sequence[str], silent_since: datetime, now: datetime, limit: int
) -> int:
    """Sends warnings of these paths once more that were handed over before `silent_since` and of
    which no receipt came since; each once at most. Returns how many."""
    rows: Sequence[Delivery] = session.scalars(
        select(Delivery)
        .where(
            *_silent(silent_since),
            Delivery.kind == "alert",
            Delivery.path.in_(paths),
            Delivery.exercise_id.is_(None),
            Delivery.expires_at > now,
        )
        .order_by(Delivery.submitted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in rows:
        _remember(session, delivery, "hedge", now)
        delivery.hedged_at, delivery.due_at, delivery.doubtful = now, now, True
        delivery.provider_id = None
        move(session, delivery, "queued", who=WHO, why="no receipt: by another way", now=now)
    return len(rows)


def _silent(since: datetime) -> list[ColumnElement[bool]]:
    return [
        Delivery.state == "submitted",
        Delivery.priority <= 2,
        Delivery.hedged_at.is_(None),
        Delivery.submitted_at <= since,
    ]


def _is_settled(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Its worker went silent, but a receipt speaks of it."""
    if delivery.state != "claimed":
        return False
    move(session, delivery, "unknown", who=WHO, why="its worker went silent", now=now)
    delivery.doubtful = True
    return is_spoken_of(session, delivery, now)


def _unknown(session: Session, parcel: Parcel) -> Delivery | None:
    delivery = session.get_one(Delivery, parcel.delivery_id, with_for_update=True)
    return delivery if delivery.state == "unknown" else None


def _remember(session: Session, delivery: Delivery, cause: str, now: datetime) -> None:
    session.add(
        FormerAttempt(
            delivery_id=delivery.id,
            account=delivery.account or "",
            provider_id=delivery.provider_id,
            cause=cause,
            at=now,
        )
    )
