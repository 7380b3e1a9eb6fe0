"""Messages as they came in, by the pseudonyms of their writers."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.lists.exercises import in_exercise
from gateway.lists.paging import Page, read_page
from gateway.store.tables import Message, Report, Subscriber

STATES = ("failed", "received", "processed")
KINDS = ("report", "command", "answer", "chat", "notice", "order", "blocked")


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message without its number; `text` is None when it was erased."""

    id: int
    state: str
    kind: str | None
    failure: str | None
    text: str | None
    received_at: datetime
    account: str
    pseudonym: str | None
    subscriber_id: int | None
    incident_id: int | None
    exercise_id: int | None
    drill: int | None = None  # a real message of somebody who was in this exercise


def listed(
    session: Session, *, state: str, page: int, kind: str = "", account: str = ""
) -> Page[MessageRow]:
    """Messages of one state, kind and account, the newest first; "" lets all through."""
    query = (
        select(
            Message.id,
            Message.state,
            Message.kind,
            Message.failure,
            Message.body,
            Message.received_at,
            Message.account,
            Subscriber.pseudonym,
            Subscriber.id,
            Report.incident_id,
            Message.exercise_id,
        )
        .outerjoin(Subscriber, Subscriber.id == Message.subscriber_id)
        .outerjoin(Report, Report.message_id == Message.id)
        .order_by(Message.id.desc())
    )
    if state:
        query = query.where(Message.state == state)
    if kind:
        query = query.where(Message.kind == kind)
    if account:
        query = query.where(Message.account == account)
    found = read_page(session, query, page)
    rows = [MessageRow(*row) for row in found.rows]
    drills = in_exercise(
        session, [(row.subscriber_id, row.received_at) for row in rows if row.subscriber_id]
    )
    marked = [
        replace(row, drill=drills.get((row.subscriber_id or 0, row.received_at))) for row in rows
    ]
    return Page(marked, found.number, found.more)
