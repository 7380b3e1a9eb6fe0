"""A cry for help after a warning becomes a report at once, in an incident that is nobody else's."""

import json
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from gateway.flow.rules import matching_rules
from gateway.incidents.copies import Link, position_of
from gateway.incidents.gathering import Decision, Finding, followed, one_at_a_time, put
from gateway.incidents.severity import count_in
from gateway.runtime import Runtime
from gateway.store.tables import (
    Alert,
    AlertReply,
    Incident,
    Message,
    Place,
    Report,
    Subscriber,
    Subscription,
)
from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import Entry

_IN_HAND = ("open", "verified")  # a later cry joins such an incident
_LEVEL = "high"
_APART_M = 3_000
_NAMED, _HOME = ("name", 0.9), ("sender", 0.5)  # how the place was found, and how sure that is


def report_cry(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    message: Message,
    alert: Alert,
    named: Place | None,
    now: datetime,
) -> tuple[Incident, Report]:
    """Opens the incident of this warning and place, or joins it; never that of the warning.

    `named` is where they say they are; the transaction holds `one_at_a_time` from here on.
    """
    one_at_a_time(session)
    place = named or _moved_to(session, person, alert)
    found = _NAMED if place else _HOME
    report = _report(runtime, person, message, alert)
    _put_at(report, person, place or _home(session, person, alert), *found)
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


def _moved_to(session: Session, person: Subscriber, alert: Alert) -> Place | None:
    return session.scalar(
        select(Place)
        .join(AlertReply, AlertReply.place_id == Place.id)
        .where(
            AlertReply.alert_id == alert.id,
            AlertReply.subscriber_id == person.id,
            AlertReply.said == "moved",
        )
    )


def _home(session: Session, person: Subscriber, alert: Alert) -> Place | None:
    """Their home, or else the place for which they were warned."""
    if person.place_id is not None:
        return session.get(Place, person.place_id)
    joined = session.scalars(
        select(Place)
        .join(Subscription, Subscription.place_id == Place.id)
        .where(Subscription.subscriber_id == person.id)
        .order_by(Subscription.id)
    )
    zone = alert.zone
    return next((one for one in joined if zone.holds(Position(one.lat, one.lon), one.id)), None)


def _report(runtime: Runtime, person: Subscriber, message: Message, alert: Alert) -> Report:
    why = [_why(alert)]
    return Report(
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


def _put_at(
    report: Report, person: Subscriber, place: Place | None, found_by: str, certainty: float
) -> None:
    if place is None:  # a home whose place has left the list
        report.lat, report.lon = person.lat, person.lon
        report.precision_m = None if person.lat is None else _APART_M
        return
    entry = Entry(
        place.id, place.name, place.lat, place.lon, place.kind,
        population=place.population, extent_m=place.extent_m,
    )  # fmt: skip
    report.place_id, report.place_name = place.id, place.name
    report.lat, report.lon, report.precision_m = place.lat, place.lon, entry.precision_m
    report.role, report.found_by, report.certainty = "at", found_by, certainty


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
        if (
            cry.incident_id is not None
            and _why(alert) in json.loads(cry.why)
            and _same(cry, report)
        ):
            incident = followed(session, cry.incident_id)
            if incident.state in _IN_HAND and incident.id != alert.incident_id:
                return incident
    return None


def _same(one: Report, other: Report) -> bool:
    """Of reports with one place, or with none: then by where they are."""
    here, there = position_of(one), position_of(other)
    if here is None or there is None:
        return here is there
    return one.place_id is not None or distance_m(here, there) <= _APART_M
