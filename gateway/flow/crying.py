"""A cry for help after a warning becomes a report at once, in an incident that is nobody else's."""

import json
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from gateway.flow.rules import matching_rules
from gateway.incidents.copies import Link
from gateway.incidents.gathering import Decision, Finding, followed, one_at_a_time, put
from gateway.incidents.severity import count_in
from gateway.runtime import Runtime
from gateway.store.tables import (
    Alert,
    AlertReply,
    Incident,
    Message,
    Report,
    Subscriber,
    Subscription,
)
from gateway.terms.geo import Position
from gateway.understanding.entries import Entry

_IN_HAND = ("open", "verified")  # a later cry joins such an incident
_LEVEL = "high"
_NAMED, _HOME = ("name", 0.9), ("sender", 0.5)  # how the place was found, and how sure that is


def report_cry(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    message: Message,
    alert: Alert,
    named: Entry | None,
    now: datetime,
) -> tuple[Incident, Report]:
    """Opens the incident of this warning and place, or joins it; never that of the warning.

    `named` is where they say they are; the transaction holds `one_at_a_time` from here on.
    """
    one_at_a_time(session)
    place = named or _moved_to(runtime, session, person, alert)
    found = _NAMED if place else _HOME
    place = place or _home(runtime, session, person, alert)
    report = _report(runtime, person, message, alert, place, *found)
    session.add(report)
    session.flush()
    known = _crying_at(session, alert, report)
    act = "joined" if known else "opened"
    finding = Finding(Link([]), Decision(known, act, None, (_why(alert),)))
    incident = put(session, report, finding, matching_rules(runtime), now)
    count_in(incident, report, _LEVEL)
    incident.asked_at = incident.asked_at or now  # who hides is not asked what they see
    return incident, report


def _why(alert: Alert) -> str:
    """A coordinator reads it, and later cries are found by it."""
    return f"asked for help after warning W{alert.id}"


def _moved_to(runtime: Runtime, session: Session, person: Subscriber, alert: Alert) -> Entry | None:
    place_id = session.scalar(
        select(AlertReply.place_id).where(
            AlertReply.alert_id == alert.id,
            AlertReply.subscriber_id == person.id,
            AlertReply.said == "moved",
        )
    )
    return None if place_id is None else runtime.gazetteer(session).get(place_id)


def _home(runtime: Runtime, session: Session, person: Subscriber, alert: Alert) -> Entry | None:
    """Their home, or else the place for which they were warned."""
    gazetteer = runtime.gazetteer(session)
    if person.place_id is not None:
        return gazetteer.get(person.place_id)
    joined = session.scalars(
        select(Subscription.place_id)
        .where(Subscription.subscriber_id == person.id)
        .order_by(Subscription.id)
    )
    entries = [entry for one in joined if (entry := gazetteer.get(one)) is not None]
    zone = alert.zone
    inside = (one for one in entries if zone.holds(Position(one.lat, one.lon), one.id))
    return next(inside, None)


def _report(
    runtime: Runtime,
    person: Subscriber,
    message: Message,
    alert: Alert,
    place: Entry | None,
    found_by: str,
    certainty: float,
) -> Report:
    why = [_why(alert)]
    report = Report(
        message_id=message.id,
        subscriber_id=person.id,
        language=person.language or runtime.settings.languages[0],
        hazard="other",
        hazards={"other": 1.0},
        why=json.dumps(why),
        match_why="[]",
        facts=json.dumps({"severity": {"level": _LEVEL, "cues": why}}),
        stance="witness",
        exercise_id=alert.exercise_id,
        received_at=message.received_at,
    )
    if place is not None:
        report.place_id, report.place_name = place.id, place.name
        report.lat, report.lon, report.precision_m = place.lat, place.lon, place.precision_m
        report.role, report.found_by, report.certainty = "at", found_by, certainty
    return report


def _crying_at(session: Session, alert: Alert, report: Report) -> Incident | None:
    """The incident of earlier cries there after the same warning, if it is in hand."""
    of_this_warning = and_(
        AlertReply.subscriber_id == Report.subscriber_id, AlertReply.alert_id == alert.id
    )
    cries = session.scalars(
        select(Report)
        .join(AlertReply, of_this_warning)
        .where(
            Report.id != report.id,
            Report.place_id.is_not_distinct_from(report.place_id),
            Report.exercise_id.is_not_distinct_from(alert.exercise_id),
            Report.received_at >= alert.created_at,
        )
        .order_by(Report.id.desc())
    )
    for cry in cries:
        if cry.incident_id is not None and _why(alert) in json.loads(cry.why):
            incident = followed(session, cry.incident_id)
            if incident.state in _IN_HAND and incident.id != alert.incident_id:
                return incident
    return None
