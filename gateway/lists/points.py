"""What lies on the small map of the first page: open incidents, and areas of live warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from gateway.store.tables import Alert, Incident
from gateway.terms.area import Area

_MOST = 200


@dataclass(frozen=True, slots=True)
class Point:
    """An open or verified incident whose place is known."""

    id: int
    hazard: str
    state: str
    place: str | None
    lat: float
    lon: float
    precision_m: int | None
    is_exercise: bool


@dataclass(frozen=True, slots=True)
class LiveArea:
    """Whom a warning that holds is for."""

    alert_id: int
    zone: Area
    is_exercise: bool


@dataclass(frozen=True, slots=True)
class Points:
    """The newest first."""

    incidents: Sequence[Point]
    areas: Sequence[LiveArea]


def read(session: Session) -> Points:
    """By two statements."""
    located: Any = session.execute(
        select(
            Incident.id,
            Incident.hazard,
            Incident.state,
            Incident.place_name,
            Incident.lat,
            Incident.lon,
            Incident.precision_m,
            Incident.exercise_id.is_not(None),
        )
        .where(Incident.state.in_(("open", "verified")), Incident.lat.is_not(None))
        .order_by(Incident.last_report_at.desc())
        .limit(_MOST)
    )
    alerts = session.scalars(
        select(Alert)
        .where(Alert.state.in_(("approved", "live")), Alert.purpose != "campaign")
        .order_by(Alert.id.desc())
        .limit(_MOST)
        .options(
            load_only(
                Alert.area, Alert.lat, Alert.lon, Alert.radius_m, Alert.place_name,
                Alert.exercise_id,
            )
        )
    )  # fmt: skip
    return Points(
        [Point(*row) for row in located],
        [LiveArea(one.id, one.zone, one.exercise_id is not None) for one in alerts],
    )
