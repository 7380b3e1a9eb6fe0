"""The triage queue: incidents by filters, and the essentials of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from gateway.incidents.deadlines import Deadlines, all_due
from gateway.lists.duty import Allowed
from gateway.lists.exercises import in_exercise
from gateway.store.tables import (
    Alert,
    Incident,
    Inquiry,
    Message,
    Move,
    Report,
    Subscriber,
    User,
)
from gateway.terms.refusals import NotFound

STATES = ("open", "verified", "refuted", "unverifiable", "closed", "merged")
SORTS = ("urgent", "newest", "oldest")
SEVERITIES = ("extreme", "high", "medium", "low")
SIZE = 50
_NEWEST = 3
_LEAST = ("coordinator", "admin")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters; empty ones let all through."""

    state: str = "open"
    hazard: str = ""
    place: str = ""
    severity: str = ""
    owner_id: int | None = None
    unseen: bool = False
    unplaced: bool = False
    overdue: bool = False
    drill: bool = False
    sort: str = "urgent"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue; `owner` is a name."""

    incident: Incident
    owner: str | None
    due: Deadlines


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the queue, how many there are in all, and the newest incident of the table."""

    rows: Sequence[Row]
    total: int
    newest_id: int


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


def listed(
    session: Session,
    wanted: Wanted,
    hazards: Mapping[str, Any],
    allowed: Allowed,
    now: datetime,
    page: int = 1,
) -> Found:
    """Rows of one page with their deadlines, in three queries however many there are."""
    query = _filtered(wanted, hazards, allowed, now)
    newest = select(func.max(Incident.id)).scalar_subquery()
    rows = session.execute(
        query.add_columns(func.count().over(), newest)
        .order_by(*_order(wanted.sort, list(hazards)))
        .offset((min(max(page, 1), 1000) - 1) * SIZE)
        .limit(SIZE)
    ).all()
    due = all_due(session, [row[0] for row in rows], allowed) if rows else {}
    found = [Row(row[0], row[1], due[row[0].id]) for row in rows]
    if rows:
        return Found(found, rows[0][2], rows[0][3])
    return Found((), 0, session.scalar(select(func.max(Incident.id))) or 0)


def arrived(
    session: Session,
    wanted: Wanted,
    hazards: Mapping[str, Any],
    allowed: Allowed,
    now: datetime,
    after_id: int,
) -> int:
    """How many that fit the filters came after the page was read."""
    rows = _filtered(wanted, hazards, allowed, now).where(Incident.id > after_id).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def essentials(
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


def coordinators(session: Session) -> Sequence[tuple[int, str]]:
    """Who may have an incident."""
    query = select(User.id, User.name).where(User.role.in_(_LEAST), User.disabled.is_(False))
    return [(key, name) for key, name in session.execute(query.order_by(User.name))]


def _filtered(
    wanted: Wanted, hazards: Mapping[str, Any], allowed: Allowed, now: datetime
) -> Select[Incident, str]:
    query = select(Incident, User.name).outerjoin(User, User.id == Incident.owner_id)
    drill = Incident.exercise_id.is_not(None) if wanted.drill else Incident.exercise_id.is_(None)
    rules: list[ColumnElement[bool]] = [drill]
    if wanted.state:
        rules.append(Incident.state == wanted.state)
    if wanted.hazard:
        rules.append(Incident.hazard == wanted.hazard)
    if wanted.place:
        rules.append(Incident.place_name.icontains(wanted.place, autoescape=True))
    if wanted.severity:
        rules.append(Incident.severity == wanted.severity)
    if wanted.owner_id is not None:
        rules.append(Incident.owner_id == wanted.owner_id)
    if wanted.unseen:
        rules.append(Incident.seen_at.is_(None))
    if wanted.unplaced:
        rules.append(Incident.lat.is_(None))
    if wanted.overdue:
        rules.append(_is_overdue(hazards, allowed, now))
    return query.where(*rules)


def _is_overdue(
    hazards: Mapping[str, Any], allowed: Allowed, now: datetime
) -> ColumnElement[bool]:
    """Begun before the latest moment that its hazard and severity allow."""
    again = (
        select(func.max(Move.at))
        .where(
            Move.machine == "incident", Move.row_id == Incident.id, Move.target == "open"
        )
        .correlate(Incident)
        .scalar_subquery()
    )
    begun = func.coalesce(again, Incident.opened_at)
    late = []
    for key in hazards:
        for severity in (None, *SEVERITIES):
            minutes, factor = allowed(Incident(hazard=key, severity=severity))
            same = and_(Incident.hazard == key, Incident.severity.is_not_distinct_from(severity))
            look, judge = (
                begun <= now - timedelta(minutes=span * factor) if span > 0 else None
                for span in (minutes.look, minutes.judge)
            )
            if look is not None:
                late.append(and_(same, Incident.seen_at.is_(None), look))
            if judge is not None:
                late.append(and_(same, judge))
    return and_(Incident.state == "open", or_(*late))


def _order(sort: str, hazards: Sequence[str]) -> Sequence[ColumnElement[Any]]:
    if sort == "newest":
        return Incident.last_report_at.desc(), Incident.id.desc()
    if sort == "oldest":
        return Incident.opened_at.asc(), Incident.id.asc()
    rank = {hazard: number for number, hazard in enumerate(hazards)}
    return (
        case((and_(Incident.state == "open", Incident.seen_at.is_(None)), 0), else_=1),
        case(rank, value=Incident.hazard, else_=len(rank)),
        Incident.last_report_at.desc(),
        Incident.id.desc(),
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
    drills = in_exercise(session, [(row[0].subscriber_id, row[0].received_at) for row in rows])
    return [Told(*row, drills.get((row[0].subscriber_id, row[0].received_at))) for row in rows]


def _has_original(incident_id: int) -> ColumnElement[bool]:
    """Whether what it repeats stands in the same incident: then it is folded under that."""
    original = Report.__table__.alias("originals")
    return exists().where(
        original.c.id == Report.copy_of_id, original.c.incident_id == incident_id
    )


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
