"""Incidents: the list, one incident, and the others it could be merged with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.lists.paging import Page, read_page
from gateway.store.tables import Alert, Incident
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


def listed(session: Session, *, state: str, hazard: str, page: int) -> Page[Incident]:
    """Incidents by their last report, the newest first; empty filters let all through."""
    query = select(Incident).order_by(Incident.last_report_at.desc(), Incident.id.desc())
    if state:
        query = query.where(Incident.state == state)
    if hazard:
        query = query.where(Incident.hazard == hazard)
    found = read_page(session, query, page)
    return Page([row[0] for row in found.rows], found.number, found.more)


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
    """All warnings about the incident, the newest first."""
    return session.scalars(
        select(Alert).where(Alert.incident_id == incident_id).order_by(Alert.id.desc())
    ).all()


def apart_m(one: Incident, other: Incident) -> float | None:
    """Metres between two incidents; None unless both have a place."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return distance_m(Position(one.lat, one.lon), Position(other.lat, other.lon))
