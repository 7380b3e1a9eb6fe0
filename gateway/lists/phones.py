"""Conversations of simulated phones: what they wrote and what arrived. Invented numbers only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store.tables import AlertText, Delivery, Message, Subscriber, User
from gateway.terms.phones import normalise

LONGEST = 60
_TABS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble; `mine` when the phone wrote it."""

    mine: bool
    text: str
    at: datetime
    state: str
    kind: str


def writers(session: Session, country: str) -> list[str]:
    """Numbers that wrote lately, the newest first; the phones of exercises are not among them."""
    rows = session.scalars(
        select(Message.sender)
        .where(Message.exercise_id.is_(None))
        .order_by(Message.id.desc())
        .limit(300)
    )
    numbers = (normalise(sender, country) for sender in rows if sender)
    return list(dict.fromkeys(number for number in numbers if number))[:_TABS]


def conversation(session: Session, keys: Keys, phone: str) -> list[Line]:
    """All that this phone wrote and got, the oldest first."""
    index = keys.index.of(phone)
    lines = [*_written(session, index), *_arrived(session, index)]
    return sorted(lines, key=lambda line: line.at)[-LONGEST:]


def _written(session: Session, index: str) -> list[Line]:
    rows = session.execute(
        select(Message.body, Message.received_at, Message.state, Message.kind)
        .where(Message.sender_index == index)
        .order_by(Message.id.desc())
        .limit(LONGEST)
    )
    return [Line(True, body or "(erased)", at, state, kind or "") for body, at, state, kind in rows]


def _arrived(session: Session, index: str) -> list[Line]:
    rows = session.execute(
        select(Delivery, AlertText.body)
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(User, User.id == Delivery.user_id)
        .outerjoin(AlertText, _same_text())
        .where(or_(Subscriber.phone_index == index, User.phone_index == index))
        .order_by(Delivery.id.desc())
        .limit(LONGEST)
    )
    return [_line(delivery, alert_text) for delivery, alert_text in rows]


def _same_text() -> ColumnElement[bool]:
    return and_(AlertText.alert_id == Delivery.alert_id, AlertText.language == Delivery.language)


def _line(delivery: Delivery, alert_text: str | None) -> Line:
    at = delivery.submitted_at or delivery.created_at
    return Line(False, delivery.body or alert_text or "", at, delivery.state, delivery.kind)
