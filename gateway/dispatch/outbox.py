"""Puts messages for people into the outbox, where a job finds them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, insert, literal, select, true
from sqlalchemy.orm import Session

from gateway.dispatch.audience import People
from gateway.dispatch.routing import EXERCISE_PATH, HEARD_ON, ONLY_BY, path_of
from gateway.plumbing.settings_routes import Route
from gateway.store.history import move
from gateway.store.once import inserts, new_reference
from gateway.store.tables import Alert, Delivery, Subscriber, User

# Real people who take part in exercises; everybody else's copy stays on the machine.
VOLUNTEERS = select(Subscriber.id).where(
    Subscriber.exercise_id.is_(None), Subscriber.drills.is_(True)
)
# Priorities; the lower leaves first.
WARNINGS, QUESTIONS, ANSWERS, WELCOMES, REMINDERS = 0, 3, 5, 8, 9


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
    copies_in = inserts(session)(Delivery.__table__).from_select(
        ["subscriber_id", "language", "distance_m", "path", *_constants(copies), "reference"],
        _rows(session, copies, people),
    )
    done = session.execute(
        copies_in.on_conflict_do_nothing(index_elements=["alert_id", "subscriber_id", "round"]),
        execution_options={"preserve_rowcount": True},
    )
    return int(getattr(done, "rowcount", 0))


def _rows(session: Session, copies: Copies, people: People) -> Select[Any]:
    person = people.subquery()
    number, language, _, metres, own = person.columns
    path: ColumnElement[str] = own
    written = sorted(text.language for text in copies.alert.texts)
    first = next((one for one in copies.languages if one in written), written[0])
    read = case((language.in_(written), language), else_=first)
    if copies.alert.exercise_id is not None:
        path = case((number.in_(VOLUNTEERS), own), else_=EXERCISE_PATH)
    constants = [literal(value, type_) for value, type_ in _constants(copies).values()]
    reference = new_reference(session, number)
    return select(number, read, metres, path, *constants, reference).where(true())


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
    stale = now + timedelta(days=1)
    facts = _person(subscriber) | {"due_at": now, "expires_at": stale}
    _queue(session, kind, ANSWERS, text, now, facts)


def queue_welcomes(
    session: Session,
    texts: Iterable[tuple[Subscriber, Text]],
    now: datetime,
    *,
    due_at: datetime,
    expires_at: datetime,
) -> None:
    """The first words to people who were signed up on paper, behind every answer."""
    times = {"due_at": due_at, "expires_at": expires_at}
    rows = [_row("reply", WELCOMES, text, now, _person(person) | times) for person, text in texts]
    if rows:
        session.execute(insert(Delivery), rows)


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
    facts = _person(subscriber) | {"due_at": due_at, "expires_at": expires_at}
    _queue(session, "inquiry", QUESTIONS, text, now, facts)


def queue_page(
    session: Session,
    routes: Sequence[Route],
    user: User,
    text: Text,
    now: datetime,
    *,
    priority: int = WARNINGS,
) -> None:
    """An SMS that calls a coordinator to the page; before every warning's last copy it is due."""
    stale = now + timedelta(hours=2)
    facts = {"user_id": user.id, "path": path_of(routes, user.phone or "")}
    _queue(session, "page", priority, text, now, facts | {"due_at": now, "expires_at": stale})


def queue_test(session: Session, user: User, account: str, text: Text, now: datetime) -> None:
    """An SMS to try an account with: by that one or not at all."""
    stale = now + timedelta(minutes=15)
    facts = {"user_id": user.id, "path": ONLY_BY + account, "due_at": now, "expires_at": stale}
    _queue(session, "test", ANSWERS, text, now, facts)


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


def _person(subscriber: Subscriber) -> dict[str, Any]:
    """Whom it is for; an exercise stays on the machine whatever their row says."""
    drill = subscriber.exercise_id
    path = subscriber.path if drill is None else EXERCISE_PATH
    if drill is None and subscriber.heard_on:
        path += HEARD_ON + subscriber.heard_on
    return {"subscriber_id": subscriber.id, "exercise_id": drill, "path": path}


def _queue(
    session: Session, kind: str, priority: int, text: Text, now: datetime, facts: Mapping[str, Any]
) -> None:
    """One text of its own; `facts` say for whom, when it is due and when it is stale."""
    session.add(Delivery(**_row(kind, priority, text, now, facts)))


def _row(
    kind: str, priority: int, text: Text, now: datetime, facts: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "priority": priority,
        "language": text.language,
        "body": text.body,
        "reference": uuid.uuid4().hex,
        "created_at": now,
        **facts,
    }
