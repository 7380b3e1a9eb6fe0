"""How long each stage of an exercise took, and whether that was within what the hazard allows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.seen import Seen
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Delivery, Incident

_SHARES = {50: "half", 90: "nine in ten"}  # percent of the people
_OUT = ("submitted", "delivered", "failed")  # handed over, whatever became of it


@dataclass(frozen=True, slots=True)
class Warned:
    """How far one warning came: when copies were handed over and delivered, the earliest first."""

    alert_id: int
    incident_id: int | None
    people: int
    handed: Sequence[datetime]
    delivered: Sequence[datetime]

    def moments(self) -> Iterator[tuple[str, datetime]]:
        """The first copy, half and nine in ten of its people; only what was reached."""
        if self.handed:
            yield "first SMS handed over", self.handed[0]
        if self.delivered:
            yield "first SMS delivered", self.delivered[0]
        for name, times in (("handed over", self.handed), ("delivered", self.delivered)):
            for share, part in _SHARES.items():
                at = _reached(times, self.people, share)
                if at is not None:
                    yield f"{name} to {part}", at


def warnings_of(session: Session, seen: Seen) -> list[Warned]:
    """Each warning that left, with the moments of its copies."""
    found = []
    for alert in seen.alerts:
        rows = session.execute(
            select(Delivery.state, Delivery.submitted_at, Delivery.settled_at).where(
                Delivery.alert_id == alert.id, Delivery.state != "withdrawn"
            )
        ).all()
        handed = [row.submitted_at for row in rows if row.submitted_at and row.state in _OUT]
        got = [row.settled_at for row in rows if row.settled_at and row.state == "delivered"]
        found.append(Warned(alert.id, alert.incident_id, len(rows), sorted(handed), sorted(got)))
    return found


def of_incident(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    sent: Sequence[Warned],
    real: Callable[[datetime], datetime],
    now: datetime,
) -> dict[str, Any]:
    """Its stages with the minutes since the first report, and its two deadlines."""
    begin = real(incident.first_report_at or incident.opened_at)
    first = session.scalars(
        select(Alert)
        .where(Alert.incident_id == incident.id, Alert.purpose == "warning")
        .order_by(Alert.approved_at.is_(None), Alert.id)
        .limit(1)
    ).first()
    stages = [("first report", begin), ("seen", incident.seen_at)]
    stages += [(incident.state if incident.judged_at else "judged", incident.judged_at)]
    if first is not None:
        stages += [("drafted", first.created_at), ("submitted", first.submitted_at)]
        stages += [("approved", first.approved_at)]
        came = dict(next((one.moments() for one in sent if one.alert_id == first.id), ()))
        steps = ("first SMS handed over", "delivered to half", "delivered to nine in ten")
        stages += [(step, came.get(step)) for step in steps]
    return {
        "id": incident.id,
        "hazard": incident.hazard,
        "place": incident.place_name or "",
        "state": incident.state,
        "grade": incident.judged_grade or incident.grade,
        "reports": incident.reports,
        "stages": [
            {"step": step, "at": at.isoformat() if at else None, "minutes": _minutes(begin, at)}
            for step, at in stages
        ],
        "deadlines": _deadlines(runtime, incident, now),
    }


def _deadlines(runtime: Runtime, incident: Incident, now: datetime) -> list[dict[str, Any]]:
    """What the hazard allows, from when the incident was opened; 0 allows for ever."""
    minutes, factor = runtime.allowed(incident)
    found = []
    for step, allowed, at in (
        ("looked at", minutes.look * factor, incident.seen_at),
        ("judged", minutes.judge * factor, incident.judged_at),
    ):
        took = _minutes(incident.opened_at, at or now)
        late = bool(allowed) and took is not None and took > allowed
        found.append({"step": step, "allowed": allowed, "took": took if at else None, "late": late})
    return found


def _reached(times: Sequence[datetime], people: int, share: int) -> datetime | None:
    needed = -(-people * share // 100)
    return times[needed - 1] if 0 < needed <= len(times) else None


def _minutes(begin: datetime, end: datetime | None) -> float | None:
    """Never below nought: a message read late may tell of what was seen already."""
    return None if end is None else round(max(0.0, (end - begin).total_seconds()) / 60, 2)
