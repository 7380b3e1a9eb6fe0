"""Puts messages for people into the outbox, where a job finds them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import Member
from gateway.store.history import move
from gateway.store.tables import Alert, Delivery, Subscriber, User

WARNINGS, QUESTIONS, ANSWERS = 0, 3, 5  # priorities; the lower leaves first
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Text:
    """What an answer says, in which language."""

    language: str
    body: str


def queue_alert(
    session: Session,
    alert: Alert,
    members: Sequence[Member],
    languages: Sequence[str],
    *,
    due_at: datetime,
    now: datetime,
) -> int:
    """One delivery a member, in their language where the alert has it; returns how many."""
    written = {text.language for text in alert.texts}
    first = next((language for language in languages if language in written), min(written))
    rows = [
        {
            "kind": "alert",
            "alert_id": alert.id,
            "subscriber_id": member.subscriber_id,
            "language": member.language if member.language in written else first,
            "reference": uuid.uuid4().hex,
            "state": "queued",
            "priority": WARNINGS,
            "distance_m": member.distance_m,
            "due_at": due_at,
            "expires_at": alert.expires_at,
            "attempts": 0,
            "doubtful": False,
            "exercise_id": alert.exercise_id,
            "created_at": now,
        }
        for member in members
    ]
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(Delivery), rows[start : start + _CHUNK])
    return len(rows)


def queue_answer(
    session: Session, subscriber: Subscriber, text: Text, now: datetime, *, kind: str = "reply"
) -> None:
    """A reply to someone who wrote; stale after a day."""
    session.add(
        Delivery(
            kind=kind,
            subscriber_id=subscriber.id,
            language=text.language,
            body=text.body,
            reference=uuid.uuid4().hex,
            priority=ANSWERS,
            due_at=now,
            expires_at=now + timedelta(days=1),
            exercise_id=subscriber.exercise_id,
            created_at=now,
        )
    )


def queue_question(
    session: Session,
    subscriber: Subscriber,
    text: Text,
    now: datetime,
    *,
    due_at: datetime,
    expires_at: datetime,
) -> None:
    """A question to somebody who did not write; it never leaves once its time is over."""
    session.add(
        Delivery(
            kind="inquiry",
            subscriber_id=subscriber.id,
            language=text.language,
            body=text.body,
            reference=uuid.uuid4().hex,
            priority=QUESTIONS,
            due_at=due_at,
            expires_at=expires_at,
            exercise_id=subscriber.exercise_id,
            created_at=now,
        )
    )


def queue_page(session: Session, user: User, text: Text, now: datetime) -> None:
    """An SMS that calls a coordinator to the page; before every warning's last copy it is due."""
    session.add(
        Delivery(
            kind="page",
            user_id=user.id,
            language=text.language,
            body=text.body,
            reference=uuid.uuid4().hex,
            priority=WARNINGS,
            due_at=now,
            expires_at=now + timedelta(hours=2),
            created_at=now,
        )
    )


def answers_since(session: Session, subscriber: Subscriber, since: datetime) -> int:
    """How many replies this person was given since then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(
                Delivery.subscriber_id == subscriber.id,
                Delivery.kind == "reply",
                Delivery.created_at >= since,
            )
        )
        or 0
    )


def withdraw(
    session: Session, rows: Iterable[Delivery], *, who: str, why: str, now: datetime
) -> int:
    """Takes deliveries back that have not left; returns how many."""
    count = 0
    for delivery in rows:
        move(session, delivery, "withdrawn", who=who, why=why, now=now)
        delivery.settled_at = now
        count += 1
    return count
