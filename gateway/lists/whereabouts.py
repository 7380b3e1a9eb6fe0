"""Where an incident is on the map: coordinates only, so that no text travels with them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway.lists.ways import ways
from gateway.store.tables import Alert, Incident, Inquiry, Place, Report, Subscriber
from gateway.terms.area import Area

_MOST_SPOTS = 300
_MOST_PLACES = 200
_SHOWN = ("draft", "submitted", "approved", "live")


def of_incident(session: Session, incident: Incident, *, people: bool) -> dict[str, Any]:
    """Latitudes, longitudes, metres and times; villages of who was asked only with `people`."""
    legs = ways(session, [incident.id]).get(incident.id, ())
    placed = incident.lat is not None
    return {
        "incident": [incident.lat, incident.lon, incident.precision_m or 0] if placed else None,
        "reports": _reports(session, incident.id),
        "way": [
            [leg.stop.position.lat, leg.stop.position.lon, leg.stop.precision_m] for leg in legs
        ],
        "areas": [_area(alert.zone) for alert in _alerts(session, incident.id)],
        "asked": _asked(session, incident.id) if people else [],
    }


def _reports(session: Session, incident_id: int) -> list[list[Any]]:
    """Each place once: its radius, how many reports, the last of them. Nobody's home is one."""
    rows = session.execute(
        select(
            Report.lat,
            Report.lon,
            Report.precision_m,
            func.count(),
            func.max(Report.received_at),
        )
        .where(
            Report.incident_id == incident_id,
            Report.lat.is_not(None),
            or_(Report.found_by.is_(None), Report.found_by != "sender"),
        )
        .group_by(Report.lat, Report.lon, Report.precision_m)
        .order_by(func.max(Report.received_at).desc())
        .limit(_MOST_SPOTS)
    )
    return [[lat, lon, reach or 0, count, at.isoformat()] for lat, lon, reach, count, at in rows]


def _alerts(session: Session, incident_id: int) -> Sequence[Alert]:
    return session.scalars(
        select(Alert).where(Alert.incident_id == incident_id, Alert.state.in_(_SHOWN)).limit(20)
    ).all()


def _area(area: Area) -> dict[str, Any]:
    corners = area.corridor.corners() if area.corridor is not None else []
    return {
        "circles": [[one.lat, one.lon, one.radius_m] for one in area.circles],
        "spots": [[one.lat, one.lon] for one in area.spots[:_MOST_SPOTS]],
        "strip": [[corner.lat, corner.lon] for corner in corners],
    }


def _asked(session: Session, incident_id: int) -> list[list[float]]:
    rows = session.execute(
        select(Place.lat, Place.lon)
        .join(Subscriber, Subscriber.place_id == Place.id)
        .join(Inquiry, Inquiry.subscriber_id == Subscriber.id)
        .where(Inquiry.incident_id == incident_id, Inquiry.asked_at.is_not(None))
        .distinct()
        .limit(_MOST_PLACES)
    )
    return [[row.lat, row.lon] for row in rows]
