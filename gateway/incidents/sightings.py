"""Where witnesses saw what moves: the reports from which a way is worked out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.incidents.track import MOVING
from gateway.store.tables import Report

_MOST_REPORTS = 2_000


def sightings(session: Session, incident_ids: Iterable[int]) -> Mapping[int, list[Any]]:
    """Rows by incident: place, time, and what is told of the way. A sender's home is no sighting,
    nor is what somebody only heard of or passed on."""
    rows = session.execute(
        select(
            Report.id,
            Report.incident_id,
            Report.place_id,
            Report.place_name,
            Report.lat,
            Report.lon,
            Report.precision_m,
            Report.found_by,
            Report.happened_from,
            Report.happened_to,
            Report.received_at,
            Report.to_lat,
            Report.to_lon,
            Report.bearing_deg,
            Report.travel,
        )
        .where(
            Report.incident_id.in_(list(incident_ids)),
            Report.stance == "witness",
            Report.copy_of_id.is_(None),
            Report.hazard.in_(MOVING),
            Report.lat.is_not(None),
            or_(Report.found_by.is_(None), Report.found_by != "sender"),
        )
        .order_by(Report.id)
        .limit(_MOST_REPORTS)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(row)
    return found
