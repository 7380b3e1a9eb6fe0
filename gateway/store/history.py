"""Moves rows through their state machines and remembers each step."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from gateway.store.tables import (
    Alert,
    Delivery,
    Incident,
    Inquiry,
    Message,
    Move,
    Subscriber,
)
from gateway.terms.states import check_move

Stateful = Message | Incident | Inquiry | Alert | Delivery | Subscriber
_MACHINE = {
    Message: "message",
    Incident: "incident",
    Inquiry: "inquiry",
    Alert: "alert",
    Delivery: "delivery",
    Subscriber: "subscriber",
}
_AT_ONCE = 1_000


def move(
    session: Session, row: Stateful, target: str, *, who: str, now: datetime, why: str | None = None
) -> None:
    """Takes one step and writes who, when and why; raises MoveRefused when it is not allowed."""
    machine = _MACHINE[type(row)]
    check_move(machine, row.state, target)
    session.add(
        Move(
            machine=machine,
            row_id=row.id,
            origin=row.state,
            target=target,
            who=who,
            why=why,
            at=now,
        )
    )
    row.state = target


def move_deliveries(
    session: Session, ids: Sequence[int], target: str, *, who: str, now: datetime, why: str
) -> None:
    """The same step for many queued deliveries, in two statements a thousand of them."""
    check_move("delivery", "queued", target)
    step = {"machine": "delivery", "origin": "queued", "target": target, "who": who, "why": why}
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        session.execute(insert(Move), [{**step, "row_id": row_id, "at": now} for row_id in part])
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(part))
            .values(state=target, settled_at=now if target == "withdrawn" else None)
        )
