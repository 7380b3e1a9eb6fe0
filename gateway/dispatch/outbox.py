"""Puts messages for people into the outbox, where a job finds them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal, select, true
from sqlalchemy.orm import Session

from gateway.dispatch.audience import People
from gateway.store.history import move
from gateway.store.once import inserts, new_reference
from gateway.store.tables import Alert, Delivery, Subscriber, User

WARNINGS, QUESTIONS, ANSWERS, REMINDERS = 0, 3, 5, 9  # priorities; the lower leaves first


@dataclass(frozen=True, slots=True)
class Text:
    """What an answer says, in which language."""

    language: str
    body: str


@dataclass(frozen=True, slots=True)
class Copies:
    """What one round of an alert puts into the outbox, besides for whom."""

    alert: Alert
    languages: Sequence[str]  # of the deployment, the usual one first
    due_at: datetime
    now: datetime
    round: int = 0
    priority: int = 0
    expires_at: datetime | None = None  # None: with the alert


def spread(session: Session, copies: Copies, people: People) -> int:
    """One delivery for each person of the query, by one statement; returns how many are new.

    Whoever has a copy of this round keeps it: it is of a nearer ring, or as near.
    """
    insert = inserts(session)(Delivery.__table__).from_select(
        ["subscriber_id", "language", "distance_m", *_constants(copies), "reference"],
        _rows(session, copies, people),
    )
    done = session.execute(
        insert.on_conflict_do_nothing(index_elements=["alert_id", "subscriber_id", "round"]),
        execution_options={"preserve_rowcount": True},
    )
    return int(getattr(done, "rowcount", 0))


def _rows(session: Session, copies: Copies, people: People) -> Select[Any]:
    person = people.subquery()
    number, language, _, metres = person.columns
    written = sorted(text.language for text in copies.alert.texts)
    first = next((one for one in copies.languages if one in written), written[0])
    read = case((language.in_(written), language), else_=first)
    constants = [literal(value, type_) for value, type_ in _constants(copies).values()]
    reference = new_reference(session, number)
    return select(number, read, metres, *constants, reference).where(true())


def _constants(copies: Copies) -> dict[str, tuple[Any, Any]]:
    """The columns that are the same in every row."""
    alert, columns = copies.alert, Delivery.__table__.c
    values: dict[str, Any] = {
        "kind": "alert",
        "alert_id": alert.id,
        "round": copies.round,
        "state": "queued",
        "priority": copies.priority,
        "due_at": copies.due_at,
        "expires_at": copies.expires_at or alert.expires_at,
        "attempts": 0,
        "doubtful": False,
        "exercise_id": alert.exercise_id,
        "created_at": copies.now,
    }
    return {name: (value, columns[name].type) for name, value in values.items()}


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


def queue_page(
    session: Session, user: User, text: Text, now: datetime, *, priority: int = WARNINGS
) -> None:
    """An SMS that calls a coordinator to the page; before every warning's last copy it is due."""
    session.add(
        Delivery(
            kind="page",
            user_id=user.id,
            language=text.language,
            body=text.body,
            reference=uuid.uuid4().hex,
            priority=priority,
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
