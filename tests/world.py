"""A small world for figures: nine incidents of ten days in March 2026, and what must not count."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from gateway.store.tables import (
    Alert,
    Delivery,
    Exercise,
    Incident,
    Message,
    Report,
    Subscriber,
    User,
)
from tests.make import make_incident, make_subscriber, make_user

VILLAGE, TEXT, PSEUDONYM = "Kipuzi-Ndogo", "glimmerfax saba", "Quetzal-4711"
NUMBER, LAT, LON = "+254700000155", -2.12345, 40.54321
_MINUTE = timedelta(minutes=1)
# hazard, area, state, minutes until somebody looked and judged
_INCIDENTS = (
    ("attack", "Tana River", "verified", 1, 10),
    ("attack", "Tana River", "verified", 2, 10),
    ("attack", "Tana River", "closed", 3, 10),
    ("abduction", "Tana River", "refuted", 4, 12),
    ("attack", "Lamu", "verified", 5, 10),
    ("abduction", "Lamu", "refuted", 6, 10),
    ("attack", "Lamu", "unverifiable", 7, 30),
    ("attack", "Lamu", "verified", 9, 45),
    ("abduction", None, "open", None, None),
)
_OUTBOX = {
    1: ("delivered", "delivered", "delivered", "submitted", "failed", "unknown"),
    2: ("failed", "failed"),
}


def make_world(session: Session, keys: Any, now: datetime) -> User:
    """`now` is the evening of 10 March 2026 in Nairobi; returns who drafted the warnings.

    Warned of: the first (6 people), the fourth, which was refuted (2 people, two rounds), and the
    fifth, whose copies are erased (40 people).
    """
    asha = make_user(session, "asha")
    focal = make_subscriber(
        session, keys, NUMBER, pseudonym=PSEUDONYM, focal_point=True, reliability="B"
    )
    other = make_subscriber(session, keys, "+254700000156")
    found = [_incident(session, now, place) for place in range(len(_INCIDENTS))]
    for place, incident in enumerate(found):
        sender = other if place in (2, 3, 5, 8) else focal
        report = _report(session, incident, sender, incident.opened_at)
        if place == 4:
            _report(session, incident, other, incident.opened_at, copy_of_id=report.id)
            _report(session, incident, other, incident.opened_at, stance="asks")
    _warn(session, asha, found[0], audience=6)
    _warn(session, asha, found[3], audience=2, round=1)
    _warn(session, asha, found[4], audience=40)
    _not_counted(session, now, found[0], other)
    session.flush()
    return asha


def _incident(session: Session, now: datetime, place: int) -> Incident:
    hazard, area, state, seen, judged = _INCIDENTS[place]
    # The open one at 22:30 UTC of the 9th: in Nairobi that is the 10th.
    is_open = state == "open"
    at = now - timedelta(hours=17) if is_open else now - timedelta(days=1 + place)
    return make_incident(
        session,
        at,
        hazard=hazard,
        area=area,
        state=state,
        place_name=VILLAGE,
        lat=None if is_open else LAT,
        lon=None if is_open else LON,
        contradictions=int(is_open),
        first_report_at=at,
        seen_at=at + seen * _MINUTE if seen else None,
        judged_at=at + judged * _MINUTE if judged else None,
        grade_why='["two witnesses who are not copies"]',
    )


def _report(
    session: Session, incident: Incident, sender: Subscriber, at: datetime, **facts: Any
) -> Report:
    number = session.query(Message).count() + 1
    message = Message(
        account="sim", provider_id=f"m{number}", sender=NUMBER, sender_index="x", body=TEXT,
        state="processed", kind="report", received_at=at, subscriber_id=sender.id,
    )  # fmt: skip
    session.add(message)
    session.flush()
    report = Report(
        message_id=message.id, subscriber_id=sender.id, incident_id=incident.id, language="en",
        hazard=incident.hazard, hazards={}, place_name=VILLAGE, why=f'["{TEXT}"]', match_why="[]",
        received_at=at, exercise_id=incident.exercise_id, **facts,
    )  # fmt: skip
    session.add(report)
    session.flush()
    return report


def _warn(session: Session, by: User, incident: Incident, audience: int, round: int = 0) -> None:
    approved = incident.opened_at + 20 * _MINUTE
    incident.approved_at = approved
    alert = Alert(
        incident_id=incident.id, state="expired", hazard=incident.hazard, urgency="Immediate",
        severity="Severe", certainty="Observed", place_name=VILLAGE, lat=LAT, lon=LON,
        radius_m=20_000, expires_at=approved + timedelta(hours=6), drafted_by=by.id,
        created_at=incident.opened_at, approved_at=approved, audience=audience, round=round,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    for person, state in enumerate(_OUTBOX.get(alert.id, ())):
        _copy(session, alert, person, state, approved + (5 + person) * _MINUTE)
        if round:
            again = "delivered" if person == 0 else "failed"
            _copy(session, alert, person, again, approved + 50 * _MINUTE, round=1)


def _copy(
    session: Session, alert: Alert, person: int, state: str, at: datetime, round: int = 0
) -> None:
    row = Delivery(
        kind="alert", alert_id=alert.id, subscriber_id=100 + person, round=round,
        language="en", reference=f"r{alert.id}-{person}-{round}", state=state, priority=0,
        due_at=at, created_at=at, submitted_at=at, settled_at=at,
    )  # fmt: skip
    session.add(row)


def _not_counted(session: Session, now: datetime, into: Incident, sender: Subscriber) -> None:
    """A merged incident, one of an exercise, and one of the days before."""
    make_incident(session, now, state="merged", merged_into_id=into.id)
    exercise = Exercise(scenario="drill", started_at=now)
    session.add(exercise)
    session.flush()
    drill = make_incident(session, now, exercise_id=exercise.id)
    _report(session, drill, sender, now)
    old = make_incident(session, now - timedelta(days=14), state="refuted", area="Lamu")
    _report(session, old, sender, old.opened_at)
