"""Moves rows through their state machines and remembers each step."""

from datetime import datetime

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
