"""Keeps on the incident when it was judged, its warning approved, and half and most people reached.

The deliveries these are read from are erased in time; the moments stay.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.runtime import Runtime
from gateway.store.tables import Alert, Delivery, Incident

OUTCOMES = ("verified", "refuted", "unverifiable")
_SENT = ("live", "expired", "cancelled")
_RECEIPTS_COME = timedelta(days=3)  # after the approval at the latest
_SHARES = {"reached_50_at": 50, "reached_90_at": 90}  # percent


def note_judgement(incident: Incident, now: datetime) -> None:
    """The first judgement's moment stays, whatever is judged later; the grade is the last one's."""
    incident.judged_at = incident.judged_at or now
    incident.judged_grade = incident.grade


def note_approval(session: Session, alert: Alert, now: datetime) -> None:
    """Of the incident's first warning."""
    if alert.purpose == "warning":
        session.execute(
            update(Incident)
            .where(Incident.id == alert.incident_id, Incident.approved_at.is_(None))
            .values(approved_at=now)
        )


def note_reach(runtime: Runtime) -> int:
    """Looks how far first warnings have come; returns how many moments were new.

    Only what a company says is on the phone counts, against everybody the warning is for.
    """
    now = runtime.clock()
    with runtime.database.reading() as session:
        found = [
            (incident_id, column, at)
            for incident_id, alert_id, audience, missing in _first_warnings(session, now)
            for column in missing
            if (at := _reached_at(session, alert_id, -(-audience * _SHARES[column] // 100)))
        ]
    if found:
        with runtime.database.writing() as session:
            for incident_id, column, at in found:
                open_still = getattr(Incident, column).is_(None)
                session.execute(
                    update(Incident)
                    .where(Incident.id == incident_id, open_still)
                    .values({column: at})
                )
    return len(found)


def _first_warnings(session: Session, now: datetime) -> list[tuple[int, int, int, list[str]]]:
    """Incident, warning, audience, and which moments are not known yet."""
    rows = session.execute(
        select(Incident, Alert)
        .join(Alert, Alert.incident_id == Incident.id)
        .where(
            Alert.state.in_(_SENT),
            Alert.purpose == "warning",
            Alert.approved_at == Incident.approved_at,
            Alert.approved_at >= now - _RECEIPTS_COME,
            Incident.reached_90_at.is_(None),
        )
        .order_by(Alert.id)
    )
    return [
        (incident.id, alert.id, alert.audience, missing)
        for incident, alert in rows
        if alert.audience
        and (missing := [name for name in _SHARES if getattr(incident, name) is None])
    ]


def _reached_at(session: Session, alert_id: int, people: int) -> datetime | None:
    """When so many had it; None while fewer do."""
    return session.scalar(
        select(Delivery.settled_at)
        .where(Delivery.alert_id == alert_id, Delivery.state == "delivered")
        .order_by(Delivery.settled_at)
        .offset(people - 1)
        .limit(1)
    )
