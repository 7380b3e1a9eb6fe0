"""Puts a report into the incident it tells of, or opens one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, text
from sqlalchemy.orm import Session

from gateway.incidents.grading import Voice, grade
from gateway.incidents.matching import Match, Reach, Sighting, match
from gateway.store.tables import Incident, Message, Report, Subscriber
from gateway.terms.geo import Position, distance_m

_LOCK = 7_203_003  # pg_advisory_xact_lock: two reports of one event wait for each other
_TEXTS = 20  # of an incident, newest first, are compared
_SAME_PLACE_M = 2_000
_SAME_CORE, _NEWEST = 50, 300  # earlier reports a text is compared with at most
_DEGREE_M = 110_000.0  # of latitude, at the least


@dataclass(frozen=True, slots=True)
class Rules:
    """How near in metres and hours reports of one event are, and what counts as alike."""

    reach: Callable[[str], tuple[float, float]]  # hazard -> metres, hours
    max_distance_m: float
    join_score: float
    copy_hours: float
    fingerprint: Callable[[str], str | None]  # the same for a text and its forwarded copies
    likeness: Callable[[str, str], float]
    is_copy: Callable[[str, str], bool]


def gather(session: Session, report: Report, body: str, rules: Rules, now: datetime) -> Incident:
    """Links the report to its original, joins or opens its incident, and grades that anew."""
    one_at_a_time(session)
    report.copy_index = rules.fingerprint(body)
    original = _original(session, report, body, rules)
    if original is not None:
        report.copy_of_id = original.copy_of_id or original.id
    incident, why = _incident_for(session, report, body, original, rules)
    if incident is None:
        incident = open_incident(session, report, now)
    report.incident_id = incident.id
    report.match_why = json.dumps(why)
    incident.last_report_at = max(incident.last_report_at, report.received_at)
    session.flush()
    regrade(session, incident)
    return incident


def open_incident(session: Session, report: Report, now: datetime) -> Incident:
    """A new incident of the report's hazard; who calls puts the report into it and grades it."""
    incident = Incident(
        hazard=report.hazard,
        reliability="F",
        credibility=6,
        opened_at=now,
        last_report_at=report.received_at,
        exercise_id=report.exercise_id,
    )
    session.add(incident)
    session.flush()
    return incident


def one_at_a_time(session: Session) -> None:
    """Lets one transaction at a time decide which incident is whose; SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def regrade(session: Session, incident: Incident) -> None:
    """Counts reports and sources again, and takes the best place unless a person set it."""
    reports = session.scalars(
        select(Report).where(Report.incident_id == incident.id).order_by(Report.id)
    ).all()
    reliabilities = _reliabilities(session, reports)
    voices = [
        Voice(r.subscriber_id, reliabilities[r.subscriber_id], r.copy_of_id is not None)
        for r in reports
    ]
    incident.reports = len(reports)
    incident.tagged_at = None  # its risk factors are looked for again
    if reports:
        incident.reliability, incident.credibility, incident.sources = grade(voices)
    if incident.placed_by == "reports":
        _place_best(incident, reports)


def _original(session: Session, report: Report, body: str, rules: Rules) -> Report | None:
    """The earliest other sender's report of which this text is a copy.

    The same core is found at any distance within the hours; light edits among the newest.
    """
    others = _others(report, rules)
    if report.copy_index is not None:
        same = others.where(Report.copy_index == report.copy_index).order_by(Report.id)
        for row in session.execute(same.limit(_SAME_CORE)):
            if not _tells_of_elsewhere(report, row.Report):
                found: Report = row.Report
                return found
    newest = session.execute(others.order_by(Report.id.desc()).limit(_NEWEST)).all()
    copied = [
        row.Report
        for row in newest
        if row.body
        and rules.is_copy(body, row.body)
        and not _tells_of_elsewhere(report, row.Report)
    ]
    return copied[-1] if copied else None


def _others(report: Report, rules: Rules) -> Select[Report, str | None]:
    return (
        select(Report, Message.body)
        .join(Message, Message.id == Report.message_id)
        .where(
            Report.received_at >= report.received_at - timedelta(hours=rules.copy_hours),
            Report.subscriber_id != report.subscriber_id,
            Report.exercise_id.is_not_distinct_from(report.exercise_id),
            Report.id != report.id,
        )
    )


def _tells_of_elsewhere(report: Report, other: Report) -> bool:
    """The same words about another place are another event, whoever copied the words."""
    here, there = _position(report), _position(other)
    if here is None or there is None or "sender" in (report.found_by, other.found_by):
        return False
    slack = (report.precision_m or 0) + (other.precision_m or 0)
    return distance_m(here, there) > slack + _SAME_PLACE_M


def _incident_for(
    session: Session, report: Report, body: str, original: Report | None, rules: Rules
) -> tuple[Incident | None, list[str]]:
    if original is not None and original.incident_id is not None:
        incident = _followed(session, original.incident_id)
        if incident.state != "closed":
            return incident, [f"copy of report {report.copy_of_id}: one source, not two"]
    scored = [
        (_fit(session, report, body, incident, rules), incident)
        for incident in _candidates(session, report, rules)
    ]
    if not scored:
        return None, ["opened a new incident: none was near"]
    best, nearest = max(scored, key=lambda pair: pair[0].score)
    if best.score >= rules.join_score:
        return nearest, [f"joined incident {nearest.id} with {best.score}", *best.why]
    return None, [f"opened a new incident: {nearest.id} fits only {best.score}", *best.why]


def _followed(session: Session, incident_id: int) -> Incident:
    incident = session.get_one(Incident, incident_id)
    while incident.merged_into_id is not None:
        incident = session.get_one(Incident, incident.merged_into_id)
    return incident


def _candidates(session: Session, report: Report, rules: Rules) -> Sequence[Incident]:
    _, hours = rules.reach(report.hazard)
    statement = select(Incident).where(
        Incident.state.in_(("open", "verified")),
        Incident.last_report_at >= report.received_at - timedelta(hours=hours),
        Incident.exercise_id.is_not_distinct_from(report.exercise_id),
    )
    if report.lat is not None:
        near = rules.max_distance_m / _DEGREE_M
        inside = Incident.lat.between(report.lat - near, report.lat + near)
        statement = statement.where(or_(Incident.lat.is_(None), inside))
    return session.scalars(statement).all()


def _fit(session: Session, report: Report, body: str, incident: Incident, rules: Rules) -> Match:
    """How well they fit; texts are read only where hazard, place and time do not rule it out."""
    here = _sighting(report, report.received_at)
    there = _sighting(incident, incident.last_report_at)
    metres, hours = rules.reach(incident.hazard)
    reach = Reach(metres, hours, rules.max_distance_m)
    rough = match(here, there, reach, rules.likeness)
    if rough.score == 0:
        return rough
    told = session.execute(
        select(Message.body, Report.subscriber_id)
        .join(Report, Report.message_id == Message.id)
        .where(Report.incident_id == incident.id)
        .order_by(Report.id.desc())
        .limit(_TEXTS)
    ).all()
    here = replace(here, texts=(body,), senders=frozenset({report.subscriber_id}))
    there = replace(
        there,
        texts=tuple(row.body for row in told if row.body),
        senders=frozenset(row.subscriber_id for row in told),
    )
    return match(here, there, reach, rules.likeness)


def _sighting(row: Report | Incident, at: datetime) -> Sighting:
    return Sighting(row.hazard, _position(row), row.precision_m or 0, at)


def _position(row: Report | Incident) -> Position | None:
    return None if row.lat is None or row.lon is None else Position(row.lat, row.lon)


def _reliabilities(session: Session, reports: Sequence[Report]) -> dict[int, str]:
    ids = {report.subscriber_id for report in reports}
    people = session.execute(
        select(Subscriber.id, Subscriber.reliability, Subscriber.focal_point).where(
            Subscriber.id.in_(ids)
        )
    )
    return {
        row.id: min(row.reliability, "B") if row.focal_point else row.reliability for row in people
    }


def _place_best(incident: Incident, reports: Sequence[Report]) -> None:
    """The place of the most exact report, the earliest of equals; a sender's home only at need."""
    placed = [report for report in reports if report.lat is not None]
    if not placed:
        incident.place_id = incident.place_name = incident.lat = incident.lon = None
        incident.precision_m = None
        return
    best = min(placed, key=lambda r: (r.found_by == "sender", r.precision_m or 0, r.id))
    incident.place_id, incident.place_name = best.place_id, best.place_name
    incident.lat, incident.lon = best.lat, best.lon
    incident.precision_m = best.precision_m
