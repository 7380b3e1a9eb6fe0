"""What waits in the outbox, by the path of its number and the lane of its kind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, text
from sqlalchemy.orm import Session

from gateway.dispatch.routing import Lane
from gateway.store.tables import Delivery

# Spelled out, so that partial indices fit.
_QUEUED = text("deliveries.state = 'queued'")
_OPEN = text("deliveries.state IN ('claimed', 'unknown')")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that are due and have not left; ``since``: when the oldest should have."""

    path: str
    lane: Lane
    count: int
    since: datetime


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """Of the real world, by one statement: what an exercise has waiting makes nobody hurry."""
    lane = _lane()
    # A message that was tried is put off again and again: it waits since it was written.
    since = case((Delivery.attempts == 0, Delivery.due_at), else_=Delivery.created_at)
    rows = session.execute(
        select(Delivery.path, lane, func.count(), func.min(since))
        .where(
            _QUEUED,
            Delivery.exercise_id.is_(None),
            (Delivery.due_at <= now) | (Delivery.attempts > 0),
        )
        .group_by(Delivery.path, lane)
    )
    return [Waiting(*row) for row in rows]


def doubtful(session: Session) -> dict[str, int]:
    """By account, messages of which nobody knows now whether they left."""
    rows: Any = session.execute(
        select(Delivery.account, func.count())
        .where(_OPEN, Delivery.state == "unknown", Delivery.exercise_id.is_(None))
        .group_by(Delivery.account)
    )
    return {account or "": count for account, count in rows}


def _lane() -> ColumnElement[Any]:
    """As `dispatch.routing.lane_of`."""
    return case(
        (Delivery.priority <= 2, "urgent"), (Delivery.priority < 9, "talk"), else_="campaign"
    )
