"""What the map shows: incidents, areas of warnings, and the places between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from gateway.incidents.track import MOVING
from gateway.lists import sameness
from gateway.lists.incidents import OPEN, STATES
from gateway.lists.ways import Leg, ways
from gateway.store.tables import (
    Alert,
    AuditRow,
    Delivery,
    Incident,
    Move,
    Place,
    Placement,
    Receipt,
    Report,
)

MOST = 200
SORTS = ("", "pressing", "reports", "oldest")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the map; an empty one lets all through."""

    state: str = ""  # one of STATES or "all"; empty: open and verified
    hazards: tuple[str, ...] | None = None
    place: str = ""  # a place's number, or letters of its name or its county's
    owner_id: int | None = None
    unplaced: bool = False
    since: datetime | None = None  # of the last report
    sort: str = ""  # empty: the newest report first
    pressing: tuple[str, ...] = ()  # hazards, the most pressing first


_EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Situation:
    """Incidents as asked for, and the warnings that hold."""

    incidents: Sequence[Incident]
    unplaced: Sequence[Incident]
    more: bool
    alerts: Sequence[Alert]
    ways: Mapping[int, Sequence[Leg]]  # of what was seen to move
    same: Mapping[int, Sequence[int]]


def situation(session: Session, wanted: Wanted = _EVERYTHING) -> Situation:
    """At most MOST incidents; `more` says whether others were left out."""
    rows = session.scalars(_asked(wanted).limit(MOST + 1)).all()
    incidents = rows[:MOST]
    alerts = session.scalars(
        select(Alert)
        .where(Alert.state.in_(("approved", "live")), Alert.purpose != "campaign")
        .options(joinedload(Alert.campaign))
        .order_by(Alert.id.desc())
        .limit(MOST)
    ).all()
    return Situation(
        incidents=[incident for incident in incidents if incident.lat is not None],
        unplaced=[incident for incident in incidents if incident.lat is None],
        more=len(rows) > MOST,
        alerts=alerts,
        ways=ways(session, [one.id for one in incidents if one.hazard in MOVING]),
        same=sameness.beside(session, incidents),
    )


def stamp(session: Session) -> tuple[Any, ...]:
    """Differs when anything on the map may have changed; one indexed look each."""
    tables = (Move, AuditRow, Placement, Report, Incident, Alert, Delivery, Receipt)
    newest = [select(func.max(table.id)).scalar_subquery() for table in tables]
    return tuple(session.execute(select(*newest)).one())


def places_in(
    session: Session, south: float, west: float, north: float, east: float, limit: int = 40
) -> Sequence[Place]:
    """Places in the box, those with most people first."""
    return session.scalars(
        select(Place)
        .where(Place.lat.between(south, north), Place.lon.between(west, east))
        .order_by(Place.population.desc(), Place.id)
        .limit(limit)
    ).all()


def _asked(wanted: Wanted) -> Select[Incident]:
    query = select(Incident).where(Incident.state.in_(_states(wanted.state)))
    if wanted.hazards is not None:
        query = query.where(Incident.hazard.in_(wanted.hazards) if wanted.hazards else false())
    if wanted.place:
        query = query.where(_at(wanted.place))
    if wanted.owner_id is not None:
        query = query.where(Incident.owner_id == wanted.owner_id)
    if wanted.unplaced:
        query = query.where(Incident.lat.is_(None))
    if wanted.since is not None:
        query = query.where(Incident.last_report_at >= wanted.since)
    return query.order_by(*_order(wanted), Incident.id.desc())


def _states(state: str) -> Sequence[str]:
    if state == "all":
        return [one for one in STATES if one != "merged"]
    return (state,) if state else OPEN


def _at(place: str) -> Any:
    if place.isascii() and place.isdecimal() and len(place) < 16:
        return Incident.place_id == int(place)
    return or_(
        Incident.place_name.icontains(place, autoescape=True),
        Incident.area.icontains(place, autoescape=True),
    )


def _order(wanted: Wanted) -> Sequence[Any]:
    newest = Incident.last_report_at.desc()
    if wanted.sort == "oldest":
        return (Incident.last_report_at,)
    if wanted.sort == "reports":
        return (Incident.reports.desc(), newest)
    if wanted.sort == "pressing" and wanted.pressing:
        rank = {hazard: number for number, hazard in enumerate(wanted.pressing)}
        return (case(rank, value=Incident.hazard, else_=len(rank)), newest)
    return (newest,)
