"""The triage queue: incidents by filters, and how many came since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from gateway.incidents.deadlines import Deadlines, all_due
from gateway.lists.duty import Allowed
from gateway.store.tables import Incident, Move, User

STATES = ("open", "verified", "refuted", "unverifiable", "closed", "merged")
SORTS = ("urgent", "newest", "oldest")
SEVERITIES = ("extreme", "high", "medium", "low")
SIZE = 50
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


def _is_overdue(hazards: Mapping[str, Any], allowed: Allowed, now: datetime) -> ColumnElement[bool]:
    """Begun before the latest moment that its hazard and severity allow."""
    again = (
        select(func.max(Move.at))
        .where(Move.machine == "incident", Move.row_id == Incident.id, Move.target == "open")
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
