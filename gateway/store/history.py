"""Moves rows through their state machines and remembers each step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select, update
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

_STEP = ["machine", "row_id", "origin", "target", "who", "why", "at"]
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
    session: Session,
    row: Stateful,
    target: str,
    *,
    who: str,
    now: datetime,
    why: str | None = None,
    slip: bool = False,
) -> None:
    """Takes one step and writes who, when and why; raises MoveRefused when it is not allowed.

    A `slip` is a step that whoever made it takes back.
    """
    machine = _MACHINE[type(row)]
    check_move(machine, row.state, target, row_id=row.id, slip=slip)
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


def move_held(
    session: Session,
    ids: Sequence[int],
    origin: str,
    target: str,
    *,
    who: str,
    now: datetime,
    why: str | None,
    values: Mapping[str, Any],
) -> None:
    """Moves these deliveries, which the caller holds locked in `origin`, by two statements.

    `values` are columns that change with the state.
    """
    check_move("delivery", origin, target)
    step = (literal("delivery"), Delivery.id, literal(origin), literal(target), literal(who))
    sealed, at = literal(why, Move.why.type), literal(now, Move.at.type)
    session.execute(
        insert(Move).from_select(_STEP, select(*step, sealed, at).where(Delivery.id.in_(ids)))
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(state=target, **values)
        .execution_options(synchronize_session=False)
    )


def move_deliveries(
    session: Session,
    which: ColumnElement[bool],
    origin: str,
    target: str,
    *,
    who: str,
    now: datetime,
    why: str,
) -> int:
    """Moves all deliveries of one state that fit, by two statements; returns how many.

    Rows that another transaction changes meanwhile are waited for and looked at anew.
    """
    check_move("delivery", origin, target)
    session.flush()
    held = select(Delivery.id).where(which, Delivery.state == origin)
    ids = held.with_for_update().cte("held") if _locks(session) else held.subquery()
    step = (literal("delivery"), ids.c.id, literal(origin), literal(target), literal(who))
    sealed, at = literal(why, Move.why.type), literal(now, Move.at.type)
    session.execute(
        insert(Move).from_select(
            _STEP,
            select(*step, sealed, at),
        )
    )
    done = session.execute(
        update(Delivery)
        .where(which, Delivery.state == origin)
        .values(state=target, settled_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    for row in session.identity_map.values():
        if isinstance(row, Delivery):
            session.expire(row)
    return max(int(getattr(done, "rowcount", 0)), 0)


def _locks(session: Session) -> bool:
    """SQLite has one writer: nothing changes between two statements of it."""
    return session.get_bind().dialect.name == "postgresql"
