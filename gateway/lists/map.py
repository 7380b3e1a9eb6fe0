"""What the map shows: incidents, circles of warnings, and the places between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.incidents.track import MOVING
from gateway.lists import sameness
from gateway.lists.ways import Leg, ways
from gateway.store.tables import Alert, Incident, Place

_MOST = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything with a position that matters now."""

    incidents: Sequence[Incident]
    unplaced: Sequence[Incident]
    alerts: Sequence[Alert]
    ways: Mapping[int, Sequence[Leg]]  # of what was seen to move
    same: Mapping[int, Sequence[int]]


def situation(session: Session) -> Situation:
    """Open and verified incidents, and warnings that hold."""
    incidents = session.scalars(
        select(Incident)
        .where(Incident.state.in_(("open", "verified")))
        .order_by(Incident.last_report_at.desc())
        .limit(_MOST)
    ).all()
    alerts = session.scalars(
        select(Alert)
        .where(Alert.state.in_(("approved", "live")), Alert.purpose != "campaign")
        .limit(_MOST)
    ).all()
    return Situation(
        incidents=[incident for incident in incidents if incident.lat is not None],
        unplaced=[incident for incident in incidents if incident.lat is None],
        alerts=alerts,
        ways=ways(session, [one.id for one in incidents if one.hazard in MOVING]),
        same=sameness.beside(session, incidents),
    )


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
