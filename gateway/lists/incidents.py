"""Incidents: the list, one incident, and the others it could be merged with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Label, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from gateway.lists.paging import Page, read_page
from gateway.store.tables import (
    Alert,
    AlertReply,
    AuditRow,
    Campaign,
    Incident,
    Inquiry,
    Move,
    Report,
    User,
)
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import NotFound

STATES = ("open", "verified", "closed", "refuted", "unverifiable", "merged")
OPEN = ("open", "verified")
JUDGED = ("verified", "refuted", "unverifiable")
_NEAR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Choice:
    """An incident to merge with or to move a report to; `away_m` when both are placed."""

    incident: Incident
    away_m: float | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of the list; empty lets all through."""

    state: str = ""
    hazard: str = ""
    place: str = ""  # part of the name of its place, its county or its region
    since: datetime | None = None  # its last report came then or later
    source: str = ""  # a letter of the grade
    information: int | None = None  # a number of the grade

    def rules(self, *, of_state: bool = True) -> list[ColumnElement[bool]]:
        """Without `of_state` whatever its state."""
        found: list[ColumnElement[bool]] = []
        if self.state and of_state:
            found.append(Incident.state == self.state)
        if self.hazard:
            found.append(Incident.hazard == self.hazard)
        if self.place:
            parts = [
                column.icontains(self.place, autoescape=True)
                for column in (Incident.place_name, Incident.area)
            ]
            found.append(or_(*parts))
        if self.since is not None:
            found.append(Incident.last_report_at >= self.since)
        if self.source:
            found.append(Incident.reliability == self.source)
        if self.information is not None:
            found.append(Incident.credibility == self.information)
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it was judged last: by whom, when, why."""

    outcome: str
    who: str
    at: datetime
    why: str | None


class Stamp(NamedTuple):
    """The newest rows of each kind that an incident's page tells of."""

    moves: int | None
    acts: int | None
    warnings: int | None
    drafts: int | None
    cries: datetime | None
    reports: int
    newest: int | None
    against: int | None
    answers: int | None
    questions: int | None

    @property
    def voices(self) -> tuple[int | None, ...]:
        """Only reports, questions and answers."""
        return self[5:]


@dataclass(frozen=True, slots=True)
class Whole:
    """An incident with what its page says of it at once."""

    incident: Incident
    owner: str | None  # a name
    begun_at: datetime  # opened, or opened again for the last time
    taken_in: int  # incidents that were merged into it
    verdict: Verdict | None
    stamp: Stamp


def listed(
    session: Session,
    *,
    state: str = "",
    hazard: str = "",
    page: int,
    filter: Filter | None = None,
) -> Page[Incident]:
    """Incidents by their last report, the newest first."""
    rules = (filter or Filter(state=state, hazard=hazard)).rules()
    query = (
        select(Incident).where(*rules).order_by(Incident.last_report_at.desc(), Incident.id.desc())
    )
    found = read_page(session, query, page)
    return Page([row[0] for row in found.rows], found.number, found.more)


def counts(session: Session, filter: Filter) -> dict[str, int]:
    """How many of each state the other filters let through."""
    query = select(Incident.state, func.count()).where(*filter.rules(of_state=False))
    rows = session.execute(query.group_by(Incident.state))
    return {row[0]: row[1] for row in rows}


def whole(session: Session, incident_id: int) -> Whole:
    """In one query; raises NotFound."""
    opened = (
        select(func.max(Move.at))
        .where(Move.machine == "incident", Move.row_id == incident_id, Move.target == "open")
        .scalar_subquery()
    )
    merged = aliased(Incident)
    inside = select(func.count()).where(merged.merged_into_id == incident_id).scalar_subquery()
    judged = (
        select(func.max(Move.id))
        .where(Move.machine == "incident", Move.row_id == incident_id, Move.target.in_(JUDGED))
        .scalar_subquery()
    )
    verdict = aliased(Move)
    row = session.execute(
        select(Incident, User.name, verdict, opened, inside, *_marks(incident_id))
        .outerjoin(User, User.id == Incident.owner_id)
        .outerjoin(verdict, verdict.id == judged)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such incident.")
    incident, owner, move, begun_at, taken_in, *marks = row
    last = Verdict(move.target, move.who, move.at, move.why) if move else None
    return Whole(incident, owner, begun_at or incident.opened_at, taken_in, last, Stamp(*marks))


def stamp(session: Session, incident_id: int) -> Stamp:
    """Differs when what the page tells may have changed; all marks of no incident are empty."""
    return Stamp(*session.execute(select(*_marks(incident_id))).one())


def _marks(incident_id: int) -> list[Label[Any]]:
    """One indexed look each."""
    asked = select(Inquiry.id).where(Inquiry.incident_id == incident_id)
    warned = select(Alert.id).where(Alert.incident_id == incident_id)

    def moved(machine: str, which: ColumnElement[bool]) -> Select[Any]:
        return select(func.max(Move.id)).where(Move.machine == machine, which)

    found = {
        "moves": moved("incident", Move.row_id == incident_id),
        "acts": select(func.max(AuditRow.id)).where(AuditRow.subject == f"incident {incident_id}"),
        "warnings": moved("alert", Move.row_id.in_(warned)),
        "drafts": select(func.max(Alert.id)).where(Alert.incident_id == incident_id),
        "cries": select(func.max(AlertReply.at))
        .join(Report, Report.id == AlertReply.report_id)
        .where(Report.incident_id == incident_id),
        "reports": select(func.count()).where(Report.incident_id == incident_id),
        "newest": select(func.max(Report.id)).where(Report.incident_id == incident_id),
        "against": select(func.max(Report.id)).where(Report.contradicts_id == incident_id),
        "answers": moved("inquiry", Move.row_id.in_(asked)),
        "questions": select(func.max(Inquiry.id)).where(Inquiry.incident_id == incident_id),
    }
    return [query.scalar_subquery().label(name) for name, query in found.items()]


def find(session: Session, incident_id: int) -> Incident:
    """Raises NotFound."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("There is no such incident.")
    return incident


def choices(session: Session, incident: Incident, limit: int = 30) -> list[Choice]:
    """Open and verified incidents of about the same time, the nearest first."""
    rows = session.scalars(
        select(Incident)
        .where(
            Incident.id != incident.id,
            Incident.state.in_(OPEN),
            Incident.exercise_id.is_not_distinct_from(incident.exercise_id),
            Incident.last_report_at.between(
                incident.opened_at - _NEAR, incident.last_report_at + _NEAR
            ),
        )
        .order_by(Incident.last_report_at.desc())
        .limit(200)
    )
    found = [Choice(other, apart_m(incident, other)) for other in rows]
    found.sort(key=lambda choice: float("inf") if choice.away_m is None else choice.away_m)
    return found[:limit]


def alerts_of(session: Session, incident_id: int) -> Sequence[Alert]:
    """All warnings about the incident and campaigns that answer it, the newest first."""
    rows = session.scalars(
        select(Alert)
        .outerjoin(Alert.campaign)
        .where(or_(Alert.incident_id == incident_id, Campaign.about_id == incident_id))
        .options(contains_eager(Alert.campaign))
        .order_by(Alert.id.desc())
    )
    return rows.all()


def apart_m(one: Incident, other: Incident) -> float | None:
    """Metres between two incidents; None unless both have a place."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return distance_m(Position(one.lat, one.lon), Position(other.lat, other.lon))
