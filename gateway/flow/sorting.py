"""Which report belongs to which incident, as coordinators decide it; each act can be undone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.incidents.candidates import OPEN
from gateway.incidents.gathering import (
    followed,
    one_at_a_time,
    open_incident,
    place_report,
    regrade,
)
from gateway.incidents.severity import recount
from gateway.store.audit import record
from gateway.store.history import move
from gateway.store.tables import Incident, Placement, Report, Suggestion, User
from gateway.terms.refusals import NotFound, Refused, need_reason


def merge(
    session: Session, incident_id: int, into_id: int, by: User, reason: str, now: datetime
) -> Incident:
    """Moves all reports into another incident; this one stays as a signpost to it."""
    one_at_a_time(session)
    need_reason(reason)
    if incident_id == into_id:
        raise Refused("An incident cannot be merged into itself.")
    incident, into = _locked(session, incident_id, into_id)
    _check_open(into)
    _check_same_world(incident, into.exercise_id)
    move(session, incident, "merged", who=by.name, why=reason, now=now)
    incident.merged_into_id = into.id
    incident.seen_at = incident.seen_at or now
    reports = _reports_of(session, incident)
    for report in reports:
        place_report(session, report, into, "merged", by.name, now)
    _follow(session, incident.id, into.id)
    into.last_report_at = max(into.last_report_at, incident.last_report_at)
    _settle(session, now, incident, into)
    _audit(
        session, incident, by, "incident.merged", reason, now, into=into.id, reports=len(reports)
    )
    return into


def unmerge(session: Session, incident_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Undoes a merge: the incident is open again and has back what it brought."""
    one_at_a_time(session)
    need_reason(reason)
    incident = _incident(session, incident_id)
    if incident.merged_into_id is None:
        raise Refused(f"Incident {incident.id} was not merged.")
    into = _incident(session, incident.merged_into_id)
    move(session, incident, "open", who=by.name, why=reason, now=now)
    incident.merged_into_id = None
    brought = _brought(session, incident, into)
    for report in brought:
        place_report(session, report, incident, "unmerged", by.name, now)
    _settle(session, now, incident, into)
    facts = {"from": into.id, "reports": len(brought)}
    _audit(session, incident, by, "incident.unmerged", reason, now, **facts)
    return incident


def split(
    session: Session,
    incident_id: int,
    report_ids: Sequence[int],
    by: User,
    reason: str,
    now: datetime,
) -> Incident:
    """Takes some reports out of an incident into one of their own, copies with their originals."""
    one_at_a_time(session)
    need_reason(reason)
    left = _incident(session, incident_id)
    _check_not_merged(left)
    here = _reports_of(session, left)
    chosen = [report for report in here if {report.id, report.copy_of_id} & set(report_ids)]
    if not chosen or not set(report_ids) <= {report.id for report in here}:
        raise Refused("Choose reports of this incident.")
    if len(chosen) == len(here):
        raise Refused("Leave at least one report here, or merge the whole incident instead.")
    into = open_incident(session, chosen[0], now)
    into.seen_at = now
    for report in chosen:
        place_report(session, report, into, "split", by.name, now)
        into.last_report_at = max(into.last_report_at, report.received_at)
    _settle(session, now, left, into)
    facts = {"from": left.id, "reports": [report.id for report in chosen]}
    _audit(session, into, by, "incident.split", reason, now, **facts)
    return into


def move_report(
    session: Session, report_id: int, into_id: int | None, by: User, reason: str, now: datetime
) -> Incident:
    """Takes a report out of its incident into another, or into one of its own."""
    one_at_a_time(session)
    need_reason(reason)
    report = _report(session, report_id)
    left = _incident(session, report.incident_id or 0)
    if into_id is None:
        into = open_incident(session, report, now)
        into.seen_at = now
    else:
        into = _incident(session, into_id)
    if into.id == left.id:
        raise Refused("Choose another incident that is open or verified.")
    _check_open(into)
    _check_same_world(into, report.exercise_id)
    place_report(session, report, into, "moved", by.name, now)
    into.last_report_at = max(into.last_report_at, report.received_at)
    _settle(session, now, left, into)
    facts = {"report": report.id, "from": left.id, "into": into.id}
    _audit(session, into, by, "report.move", reason, now, **facts)
    return into


def put_back(session: Session, report_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Undoes the last decision about a report: it goes back where it was before."""
    last = session.scalars(
        select(Placement).where(Placement.report_id == report_id).order_by(Placement.id.desc())
    ).first()
    if last is None or last.from_id is None:
        raise Refused("This report was never anywhere else.")
    return move_report(session, report_id, last.from_id, by, reason, now)


def accept(session: Session, suggestion_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Yes, it is the same: an incident of this report alone is merged, else the report moves."""
    suggestion = _suggestion(session, suggestion_id)
    report = _report(session, suggestion.report_id)
    left = _incident(session, report.incident_id or 0)
    into_id = followed(session, suggestion.incident_id).id
    _decided(suggestion, "accepted", by, now)
    if left.reports == 1 and left.state == "open":
        return merge(session, left.id, into_id, by, reason, now)
    return move_report(session, report.id, into_id, by, reason, now)


def dismiss(session: Session, suggestion_id: int, by: User, reason: str, now: datetime) -> Incident:
    """No, they are two."""
    need_reason(reason)
    suggestion = _suggestion(session, suggestion_id)
    _decided(suggestion, "dismissed", by, now)
    incident = _incident(session, _report(session, suggestion.report_id).incident_id or 0)
    facts = {"report": suggestion.report_id, "not": suggestion.incident_id}
    _audit(session, incident, by, "incident.not_the_same", reason, now, **facts)
    return incident


def _settle(session: Session, now: datetime, *incidents: Incident) -> None:
    session.flush()
    for incident in incidents:
        regrade(session, incident, now)
        recount(session, incident)


def _follow(session: Session, old: int, new: int) -> None:
    """Who spoke against the old incident speaks against the new one."""
    session.execute(update(Report).where(Report.contradicts_id == old).values(contradicts_id=new))


def _brought(session: Session, incident: Incident, into: Incident) -> list[Report]:
    """Reports that came here by the merge and were not moved on since."""
    rows = session.scalars(
        select(Report)
        .join(Placement, Placement.report_id == Report.id)
        .where(
            Placement.from_id == incident.id,
            Placement.to_id == into.id,
            Placement.act == "merged",
            Report.incident_id == into.id,
        )
        .order_by(Report.id)
    )
    return list(dict.fromkeys(rows))


def _reports_of(session: Session, incident: Incident) -> Sequence[Report]:
    return session.scalars(
        select(Report).where(Report.incident_id == incident.id).order_by(Report.id)
    ).all()


def _locked(session: Session, one: int, other: int) -> tuple[Incident, Incident]:
    """Both rows, locked in one order: two who merge crosswise do not wait for each other."""
    rows = {number: _incident(session, number) for number in sorted((one, other))}
    return rows[one], rows[other]


def _incident(session: Session, incident_id: int) -> Incident:
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.")
    return incident


def _report(session: Session, report_id: int) -> Report:
    report = session.get(Report, report_id)
    if report is None or report.incident_id is None:
        raise NotFound(f"There is no report {report_id}.")
    return report


def _suggestion(session: Session, suggestion_id: int) -> Suggestion:
    suggestion = session.get(Suggestion, suggestion_id, with_for_update=True)
    if suggestion is None:
        raise NotFound("There is no such suggestion.")
    if suggestion.state != "open":
        raise Refused(f"{suggestion.decided_by} has decided this already: {suggestion.state}.")
    return suggestion


def _decided(suggestion: Suggestion, state: str, by: User, now: datetime) -> None:
    suggestion.state, suggestion.decided_by, suggestion.decided_at = state, by.name, now


def _check_open(into: Incident) -> None:
    if into.state not in OPEN:
        raise Refused(f"Incident {into.id} is {into.state}: choose one that is open or verified.")


def _check_not_merged(incident: Incident) -> None:
    if incident.state == "merged":
        raise Refused(f"Incident {incident.id} was merged: split the one it went into.")


def _check_same_world(incident: Incident, exercise_id: int | None) -> None:
    if incident.exercise_id != exercise_id:
        raise Refused("An exercise and a real incident are never mixed.")


def _audit(
    session: Session,
    incident: Incident,
    by: User,
    act: str,
    reason: str,
    now: datetime,
    **facts: object,
) -> None:
    subject = f"incident {incident.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
