"""What one person and the gateway wrote to each other, the oldest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Delivery, Message, Subscriber
from gateway.terms.refusals import NotFound

LONGEST = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One SMS; `ours` when it went to them. `text` is None when it was erased or is a warning's."""

    ours: bool
    key: str
    text: str | None
    at: datetime
    state: str
    kind: str
    alert_id: int | None = None


def person(session: Session, subscriber_id: int) -> Subscriber:
    """Raises NotFound."""
    found = session.get(Subscriber, subscriber_id)
    if found is None:
        raise NotFound("There is no such subscriber.")
    return found


def conversation(session: Session, someone: Subscriber) -> list[Line]:
    """The latest sixty lines."""
    lines = [*_written(session, someone), *_sent(session, someone)]
    return sorted(lines, key=lambda line: line.at)[-LONGEST:]


def _written(session: Session, someone: Subscriber) -> list[Line]:
    """By the number's fingerprint: messages have no index by person."""
    if someone.phone_index is None:
        return []
    rows = session.execute(
        select(Message.id, Message.body, Message.received_at, Message.state, Message.kind)
        .where(Message.sender_index == someone.phone_index)
        .order_by(Message.id.desc())
        .limit(LONGEST)
    )
    return [
        Line(False, f"m{key}", body, at, state, kind or "") for key, body, at, state, kind in rows
    ]


def _sent(session: Session, someone: Subscriber) -> list[Line]:
    rows = session.execute(
        select(
            Delivery.id, Delivery.body, Delivery.created_at, Delivery.state, Delivery.kind,
            Delivery.alert_id,
        )
        .where(Delivery.subscriber_id == someone.id)
        .order_by(Delivery.id.desc())
        .limit(LONGEST)
    )  # fmt: skip
    return [
        Line(True, f"d{key}", body, at, state, kind, alert_id)
        for key, body, at, state, kind, alert_id in rows
    ]
