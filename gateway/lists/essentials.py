"""What a decision about one incident needs: its newest reports, answers, who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from gateway.incidents.deadlines import all_due
from gateway.lists.duty import Allowed
from gateway.lists.exercises import in_exercise
from gateway.lists.triage import Row
from gateway.store.tables import Alert, Incident, Inquiry, Message, Report, Subscriber, User
from gateway.terms.refusals import NotFound

_NEWEST = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A report's text and who wrote it; `copies` of it are folded away."""

    report: Report
    text: str | None
    pseudonym: str
    reliability: str
    focal_point: bool
    state: str
    copies: int
    drill: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a neighbour who was asked said."""

    pseudonym: str
    state: str
    answer: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Essentials:
    """What a decision about one incident needs."""

    row: Row
    reports: Sequence[Told]
    answers: Sequence[Answer]
    warned: bool


def of(
    session: Session, incident_id: int, allowed: Allowed, *, texts: bool, row: Row | None = None
) -> Essentials:
    """Raises NotFound; without `texts` none is read from the database. `row` spares two queries."""
    row = row or _row(session, incident_id, allowed)
    return Essentials(
        row,
        _reports(session, incident_id) if texts else (),
        _answers(session, incident_id),
        _is_warned(session, incident_id),
    )


def _row(session: Session, incident_id: int, allowed: Allowed) -> Row:
    found = session.execute(
        select(Incident, User.name)
        .outerjoin(User, User.id == Incident.owner_id)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such incident.")
    return Row(found[0], found[1], all_due(session, [found[0]], allowed)[incident_id])


def _reports(session: Session, incident_id: int) -> list[Told]:
    """The newest originals, those first that speak against it."""
    copy = Report.__table__.alias("copies")
    copies = (
        select(func.count())
        .select_from(copy)
        .where(copy.c.copy_of_id == Report.id, copy.c.incident_id == incident_id)
        .scalar_subquery()
    )
    against = Report.contradicts_id == incident_id
    rows = session.execute(
        select(
            Report, Message.body, Subscriber.pseudonym, Subscriber.reliability,
            Subscriber.focal_point, Subscriber.state, copies,
        )
        .join(Message, Message.id == Report.message_id)
        .join(Subscriber, Subscriber.id == Report.subscriber_id)
        .where(or_(Report.incident_id == incident_id, against), ~_has_original(incident_id))
        .order_by(case((against, 0), else_=1), Report.id.desc())
        .limit(_NEWEST)
    ).all()  # fmt: skip
    drills = in_exercise(session, [_key(row[0]) for row in rows])
    return [
        Told(report, text, name, letter, focal, state, copied, drills.get(_key(report)))
        for report, text, name, letter, focal, state, copied in rows
    ]


def _key(report: Report) -> tuple[int, datetime]:
    return report.subscriber_id, report.received_at


def _has_original(incident_id: int) -> ColumnElement[bool]:
    """Whether what it repeats stands in the same incident: then it is folded under that."""
    original = Report.__table__.alias("originals")
    return exists().where(original.c.id == Report.copy_of_id, original.c.incident_id == incident_id)


def _answers(session: Session, incident_id: int) -> list[Answer]:
    merged = select(Incident.id).where(Incident.merged_into_id == incident_id)
    rows = session.execute(
        select(
            Subscriber.pseudonym,
            Inquiry.state,
            Inquiry.answer,
            func.coalesce(Inquiry.answered_at, Inquiry.asked_at, Inquiry.created_at),
        )
        .join(Subscriber, Subscriber.id == Inquiry.subscriber_id)
        .where(or_(Inquiry.incident_id == incident_id, Inquiry.incident_id.in_(merged)))
        .order_by(Inquiry.answer.is_(None), Inquiry.id.desc())
        .limit(6)
    )
    return [Answer(*row) for row in rows]


def _is_warned(session: Session, incident_id: int) -> bool:
    states = ("draft", "submitted", "approved", "live")
    found = exists().where(Alert.incident_id == incident_id, Alert.state.in_(states))
    return bool(session.scalar(select(found)))
