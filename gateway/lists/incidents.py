"""Incidents: the list, one incident, and the others it could be merged with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from gateway.lists.paging import Page, read_page
from gateway.store.tables import (
    Alert,
    Campaign,
    Incident,
)
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import NotFound

STATES = ("open", "verified", "closed", "refuted", "unverifiable", "merged")
OPEN = ("open", "verified")
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
