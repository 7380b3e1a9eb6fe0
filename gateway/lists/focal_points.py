"""Focal points: where they live, whether they still write and answer, how often they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, defer

from gateway.lists.paging import Page, read_page
from gateway.store.tables import Inquiry, Message, Place, Subscriber

_ASKED = ("asked", "answered", "expired")


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """One of them; `wrote_at` None: never, or it was erased."""

    subscriber: Subscriber
    place: str | None
    county: str | None
    wrote_at: datetime | None
    asked: int
    answered: int


def listed(session: Session, *, page: int) -> Page[FocalPoint]:
    """All but those of exercises, by county and village."""
    query = (
        select(Subscriber, Place.name, Place.county)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .options(defer(Subscriber.phone))
        .where(Subscriber.focal_point, Subscriber.exercise_id.is_(None))
        .order_by(Place.county, Place.name, Subscriber.id)
    )
    found = read_page(session, query, page)
    wrote = _wrote(session, [row[0].phone_index for row in found.rows])
    asked = _asked(session, [row[0].id for row in found.rows])
    rows = [
        FocalPoint(
            person, place, county, wrote.get(person.phone_index), *asked.get(person.id, (0, 0))
        )
        for person, place, county in found.rows
    ]
    return Page(rows, found.number, found.more)


def _wrote(session: Session, indexes: Sequence[str | None]) -> dict[str | None, datetime]:
    """By the fingerprint of the number: messages are found by it, not by the person."""
    rows: Any = session.execute(
        select(Message.sender_index, func.max(Message.received_at))
        .where(Message.sender_index.in_([one for one in indexes if one]))
        .group_by(Message.sender_index)
    )
    return dict(rows.all())


def _asked(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(
            Inquiry.subscriber_id,
            func.count(),
            func.sum(case((Inquiry.state == "answered", 1), else_=0)),
        )
        .where(Inquiry.subscriber_id.in_(ids), Inquiry.state.in_(_ASKED))
        .group_by(Inquiry.subscriber_id)
    )
    return {person: (asked, answered) for person, asked, answered in rows}
