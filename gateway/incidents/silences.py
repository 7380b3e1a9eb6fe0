"""Incidents of silence: nothing comes from where people used to write."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Place
from gateway.terms.geo import Position, area_of, cell_of

HAZARD = "silence"
PLACED_BY = "gateway"  # reports neither place it nor move it


def raise_silence(
    session: Session, centre: Position, place: Place | None, radius_m: int, now: datetime
) -> Incident:
    """A new incident that a coordinator judges; nobody is asked or warned by itself."""
    incident = Incident(
        hazard=HAZARD,
        place_id=place.id if place else None,
        place_name=place.name if place else None,
        lat=centre.lat,
        lon=centre.lon,
        precision_m=radius_m,
        placed_by=PLACED_BY,
        reliability="F",
        credibility=6,
        opened_at=now,
        last_report_at=now,
        asked_at=now,
    )
    session.add(incident)
    session.flush()
    return incident


def is_open_at(session: Session, place_id: int) -> bool:
    """Whether an unjudged silence of this place is there already."""
    query = select(Incident.id).where(
        Incident.hazard == HAZARD, Incident.state == "open", Incident.place_id == place_id
    )
    return session.scalar(query.limit(1)) is not None


def since(session: Session, moment: datetime) -> list[tuple[int, Incident]]:
    """Those opened after the moment, each with its area."""
    rows = session.scalars(
        select(Incident).where(Incident.hazard == HAZARD, Incident.opened_at >= moment)
    )
    return [
        (area_of(cell_of(Position(row.lat, row.lon))), row)
        for row in rows
        if row.lat is not None and row.lon is not None
    ]
