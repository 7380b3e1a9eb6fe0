"""Which report belongs to which incident, as coordinators decide it; each act can be undone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
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
from gateway.incidents.trust import JUDGED, learn_of
from gateway.incidents.undoing import AGAINST, brought, turn_against, turn_back
from gateway.store.audit import record
from gateway.store.history import move
from gateway.store.tables import Incident, Placement, Report, Subscriber, Suggestion, User
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.terms.saying import Said


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
    _put(session, reports, into, "merged", by, now)
    turn_against(session, incident, into, by.name, now)
    _settle(session, reports, now, incident, into)
    facts = {"into": into.id, "reports": len(reports)}
    _audit(session, incident, by, "incident.merged", reason, now, **facts)
    return into


def unmerge(session: Session, incident_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Undoes a merge: the incident is open again and has back what it brought."""
    one_at_a_time(session)
    need_reason(reason)
    incident = _incident(session, incident_id)
    if incident.merged_into_id is None:
        raise Refused("Incident %(id)s was not merged.", id=incident.id)
    into = _incident(session, incident.merged_into_id)
    end = followed(session, into.id)  # `into` itself may have been merged since
    move(session, incident, "open", who=by.name, why=reason, now=now)
    incident.merged_into_id = None
    back = brought(session, incident, into, end)
    _put(session, back, incident, "unmerged", by, now)
    turn_back(session, incident, into, end)
    _settle(session, back, now, incident, end)
    facts = {"from": end.id, "reports": len(back)}
    _audit(session, incident, by, "incident.unmerged", reason, now, **facts)
    return incident


def split(
    session: Session,
    incident_id: int,
    report_ids: Sequence[int],
    by: User,
    reason: str,
    now: datetime,
    into_id: int | None = None,
) -> Incident:
    """Takes some reports out, copies with their originals: into one of their own, or another."""
    one_at_a_time(session)
    need_reason(reason)
    left = _incident(session, incident_id)
    _check_not_merged(left)
    chosen = _chosen(session, left, report_ids)
    into = _target(session, into_id, chosen[0], left, now)
    _put(session, chosen, into, "split", by, now)
    _settle(session, chosen, now, left, into)
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
    into = _target(session, into_id, report, left, now)
    return _take(session, report, left, into, by, reason, now)


def put_back(session: Session, report_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Undoes the last decision about a report: it goes back where it was before.

    If it leaves nothing behind, its incident is merged back, so that no empty one stays open.
    """
    one_at_a_time(session)
    need_reason(reason)
    report = _report(session, report_id)
    last = session.scalars(
        select(Placement)
        .where(Placement.report_id == report.id, Placement.act != AGAINST)
        .order_by(Placement.id.desc())
    ).first()
    if last is None or last.from_id is None:
        raise Refused("This report was never anywhere else.")
    if last.act in ("merged", "unmerged"):
        raise Refused("It came with its whole incident: undo that, not one report of it.")
    left, into = _locked(session, last.to_id, followed(session, last.from_id).id)
    if left.id == into.id:  # where it was before was merged into where it is
        raise Refused("It came with its whole incident: undo that, not one report of it.")
    if left.reports == 1 and left.state == "open" and into.state in OPEN:
        return merge(session, left.id, into.id, by, reason, now)
    return _take(session, report, left, into, by, reason, now)


def accept(session: Session, suggestion_id: int, by: User, reason: str, now: datetime) -> Incident:
    """Yes, it is the same: the incidents become one if the report opened its own, else it moves.

    A judged incident stays; the open one goes into it.
    """
    one_at_a_time(session)
    need_reason(reason)
    suggestion = _suggestion(session, suggestion_id)
    report = _report(session, suggestion.report_id)
    left = _incident(session, report.incident_id or 0)
    into = followed(session, suggestion.incident_id)
    _decided((suggestion,), "accepted", by, now)
    if not _began(session, report):
        return move_report(session, report.id, into.id, by, reason, now)
    if left.state != "open" and into.state == "open":
        left, into = into, left
    return merge(session, left.id, into.id, by, reason, now)


def dismiss(session: Session, suggestion_id: int, by: User, reason: str, now: datetime) -> Incident:
    """No, they are two: whatever else says so of the same two incidents is settled too."""
    one_at_a_time(session)
    need_reason(reason)
    suggestion = _suggestion(session, suggestion_id)
    incident = _incident(session, _report(session, suggestion.report_id).incident_id or 0)
    other = followed(session, suggestion.incident_id)
    _decided((suggestion, *_between(session, incident, other)), "dismissed", by, now)
    facts = {"report": suggestion.report_id, "not": other.id}
    _audit(session, incident, by, "incident.not_the_same", reason, now, **facts)
    return incident


def _take(
    session: Session,
    report: Report,
    left: Incident,
    into: Incident,
    by: User,
    reason: str,
    now: datetime,
) -> Incident:
    _check_same_world(into, report.exercise_id)
    _put(session, (report,), into, "moved", by, now)
    _settle(session, (report,), now, left, into)
    facts = {"report": report.id, "from": left.id, "into": into.id}
    _audit(session, into, by, "report.move", reason, now, **facts)
    return into


def _put(
    session: Session, reports: Sequence[Report], into: Incident, act: str, by: User, now: datetime
) -> None:
    """Who denied what they stand in denies what they are put into."""
    for report in reports:
        if report.contradicts_id is not None and report.contradicts_id == report.incident_id:
            report.contradicts_id = into.id
        place_report(session, report, into, act, by.name, now)


def _target(
    session: Session, into_id: int | None, first: Report, left: Incident, now: datetime
) -> Incident:
    """The incident chosen, or a new one that begins with this report."""
    if into_id is None:
        into = open_incident(session, first, now)
        into.seen_at = now
        return into
    if into_id == left.id:
        raise Refused("Choose another incident that is open or verified.")
    into = _incident(session, into_id)
    _check_open(into)
    _check_same_world(into, first.exercise_id)
    return into


def _chosen(session: Session, left: Incident, report_ids: Sequence[int]) -> list[Report]:
    here = _reports_of(session, left)
    chosen = [report for report in here if {report.id, report.copy_of_id} & set(report_ids)]
    if not chosen or not set(report_ids) <= {report.id for report in here}:
        raise Refused("Choose reports of this incident.")
    if len(chosen) == len(here):
        raise Refused("Leave at least one report here, or merge the whole incident instead.")
    return chosen


def _began(session: Session, report: Report) -> bool:
    """Whether the incident began with this report: then a likeness of it is one of the whole."""
    first = select(func.min(Report.id)).where(Report.incident_id == report.incident_id)
    return session.scalar(first) == report.id


def _between(session: Session, one: Incident, other: Incident) -> Sequence[Suggestion]:
    return session.scalars(
        select(Suggestion)
        .join(Report, Report.id == Suggestion.report_id)
        .where(
            Suggestion.state == "open",
            or_(
                (Report.incident_id == one.id) & (Suggestion.incident_id == other.id),
                (Report.incident_id == other.id) & (Suggestion.incident_id == one.id),
            ),
        )
    ).all()


def _settle(session: Session, moved: Sequence[Report], now: datetime, *incidents: Incident) -> None:
    """Counts anew what the incidents hold, and what their judgements say of who was moved."""
    session.flush()
    if any(incident.state in JUDGED for incident in incidents):
        for person in sorted({report.subscriber_id for report in moved}):
            learn_of(session, session.get_one(Subscriber, person), now)
    for incident in incidents:
        newest = select(func.max(Report.received_at)).where(Report.incident_id == incident.id)
        incident.last_report_at = session.scalar(newest) or incident.last_report_at
        regrade(session, incident, now)
        recount(session, incident)


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
        raise NotFound("There is no incident %(incident_id)s.", incident_id=incident_id)
    return incident


def _report(session: Session, report_id: int) -> Report:
    report = session.get(Report, report_id)
    if report is None or report.incident_id is None:
        raise NotFound("There is no report %(report_id)s.", report_id=report_id)
    return report


def _suggestion(session: Session, suggestion_id: int) -> Suggestion:
    suggestion = session.get(Suggestion, suggestion_id, with_for_update=True)
    if suggestion is None:
        raise NotFound("There is no such suggestion.")
    if suggestion.state != "open":
        raise Refused(
            "%(decided_by)s has decided this already: %(state)s.",
            decided_by=suggestion.decided_by,
            state=Said(suggestion.state),
        )
    return suggestion


def _decided(suggestions: Sequence[Suggestion], state: str, by: User, now: datetime) -> None:
    for one in suggestions:
        one.state, one.decided_by, one.decided_at = state, by.name, now


def _check_open(into: Incident) -> None:
    if into.state not in OPEN:
        raise Refused(
            "Incident %(id)s is %(state)s: choose one that is open or verified.",
            id=into.id,
            state=Said(into.state),
        )


def _check_not_merged(incident: Incident) -> None:
    if incident.state == "merged":
        raise Refused("Incident %(id)s was merged: split the one it went into.", id=incident.id)


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
