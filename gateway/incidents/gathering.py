"""Puts a report into the incident it tells of, or opens one; suggests what is unsure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway.incidents.candidates import OPEN, Candidate, Rules, candidates, write_cells
from gateway.incidents.copies import Link, Reader, find_copy, keep_link, position_of
from gateway.incidents.movement import cells_around
from gateway.incidents.severity import recount
from gateway.incidents.standing import regrade
from gateway.store.history import move
from gateway.store.tables import Incident, Placement, Report, ReportCell, Suggestion
from gateway.terms.geo import distance_m

__all__ = [
    "Rules",
    "followed",
    "gather",
    "one_at_a_time",
    "open_incident",
    "place_anew",
    "place_report",
    "regrade",
]

_LOCK = 7_203_003  # pg_advisory_xact_lock: two reports of one event wait for each other
_GATEWAY = "gateway"
_MOST_SUGGESTED = 3
_QUIET_SPEAKS_FOR = timedelta(hours=12)  # all quiet now says nothing of last week


@dataclass(frozen=True, slots=True)
class Decision:
    """The incident a report joins, None for one of its own, and what else it may belong to."""

    incident: Incident | None
    act: str
    score: float | None
    why: tuple[str, ...]
    others: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a report copies, and where it belongs."""

    link: Link
    decision: Decision


def find(session: Session, report: Report, body: str, rules: Rules, reader: Reader) -> Finding:
    """Matches a report: looks for what it copies and for the incident it tells of; only reads."""
    link = find_copy(session, report, body, reader)
    copied = None
    if link.original is not None:
        copied = _of_copy(session, link.original.incident_id, link.why)
    return Finding(link, copied or _decide(session, report, body, rules))


def gather(
    session: Session, report: Report, body: str, rules: Rules, reader: Reader, now: datetime
) -> Incident:
    """Links the report to what it copies, joins or opens its incident, and grades that anew."""
    one_at_a_time(session)
    return put(session, report, find(session, report, body, rules, reader), rules, now)


def put(session: Session, report: Report, found: Finding, rules: Rules, now: datetime) -> Incident:
    """Writes down what was found; who calls has held `one_at_a_time` since before `find`."""
    decision = found.decision
    keep_link(session, report, found.link)
    write_cells(session, report)
    incident = decision.incident or open_incident(session, report, now)
    place_report(session, report, incident, decision.act, _GATEWAY, now, score=decision.score)
    report.match_why = json.dumps(decision.why)
    report.contradicts_id = _speaks_against(session, report, found, rules)
    _suggest(session, report, decision.others, now)
    regrade(session, incident, is_new=decision.incident is None)
    incident.last_report_at = max(incident.last_report_at, report.received_at)
    _regrade_contradicted(session, report, incident)
    return incident


def place_anew(
    session: Session, report: Report, body: str, rules: Rules, who: str, now: datetime
) -> Incident:
    """Decides again where a report belongs whose place or hazard became known later.

    An incident that it had alone goes with it; others keep what they have.
    """
    one_at_a_time(session)
    session.flush()
    write_cells(session, report, anew=True)
    left = session.get_one(Incident, report.incident_id)
    alone = left.reports <= 1 and left.state == "open"
    decision = _decide(session, report, body, rules)
    report.match_why = json.dumps(decision.why)
    into = decision.incident or (left if alone else open_incident(session, report, now))
    if into.id != left.id:
        act = "merged" if alone else "completed"
        place_report(session, report, into, act, who, now, score=decision.score)
        into.last_report_at = max(into.last_report_at, report.received_at)
    if alone and into.id != left.id:
        why = "its only report turned out to belong elsewhere"
        move(session, left, "merged", who=who, why=why, now=now)
        left.merged_into_id = into.id
    elif alone and left.hazard_by == "reports":
        left.hazard = report.hazard
    for incident in {left.id: left, into.id: into}.values():
        regrade(session, incident)
        recount(session, incident)
    return into


def open_incident(session: Session, report: Report, now: datetime) -> Incident:
    """A new incident of the report's hazard; who calls puts the report into it and grades it."""
    incident = Incident(
        hazard=report.hazard,
        reliability="F",
        credibility=6,
        opened_at=now,
        first_report_at=report.received_at,
        last_report_at=report.received_at,
        exercise_id=report.exercise_id,
    )
    session.add(incident)
    session.flush()
    return incident


def place_report(
    session: Session,
    report: Report,
    incident: Incident,
    act: str,
    who: str,
    now: datetime,
    *,
    score: float | None = None,
) -> None:
    """Puts a report into an incident and remembers from where, by whom and how surely."""
    session.add(
        Placement(
            report_id=report.id,
            from_id=report.incident_id,
            to_id=incident.id,
            act=act,
            score=score,
            who=who,
            at=now,
        )
    )
    report.incident_id = incident.id


def followed(session: Session, incident_id: int) -> Incident:
    """The incident itself, or the one that it was merged into."""
    incident = session.get_one(Incident, incident_id)
    while incident.merged_into_id is not None:
        incident = session.get_one(Incident, incident.merged_into_id)
    return incident


def one_at_a_time(session: Session) -> None:
    """Lets one transaction at a time decide which incident is whose; SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _of_copy(session: Session, incident_id: int, why: str) -> Decision | None:
    """A copy goes where its original went, unless that is over."""
    incident = followed(session, incident_id)
    return None if incident.state == "closed" else Decision(incident, "copied", None, (why,))


def _decide(session: Session, report: Report, body: str, rules: Rules) -> Decision:
    found = candidates(session, report, body, rules)
    if not found:
        return Decision(None, "opened", None, ("opened a new incident: none was near",))
    best, *rest = found
    facts = (f"like report {best.like_report}", *best.match.why)
    percent = f"{best.match.score:.0%}"
    if best.match.score >= rules.join:
        incident = session.get_one(Incident, best.incident_id)
        why = (f"joined incident {best.incident_id}: {percent} likely", *facts)
        rivals = tuple(one for one in rest if one.match.score >= rules.join)
        return Decision(incident, "joined", best.match.score, why, rivals)
    why = (f"opened a new incident: {best.incident_id} is only {percent} likely", *facts)
    unsure = tuple(one for one in found if one.match.score >= rules.suggest)
    return Decision(None, "opened", best.match.score, why, unsure)


def _suggest(session: Session, report: Report, others: Sequence[Candidate], now: datetime) -> None:
    for other in others[:_MOST_SUGGESTED]:
        why = (f"like report {other.like_report}", *other.match.why)
        session.add(
            Suggestion(
                report_id=report.id,
                incident_id=other.incident_id,
                score=other.match.score,
                why=json.dumps(why),
                created_at=now,
            )
        )


def _speaks_against(session: Session, report: Report, found: Finding, rules: Rules) -> int | None:
    """What it denies: its own incident if it joined one, else the danger nearby, as all quiet."""
    if report.stance != "denies":
        return _contradicted(session, report, rules) if report.hazard == "all_quiet" else None
    if found.decision.act == "copied":
        against: int | None = found.link.original.contradicts_id
        return against
    if found.decision.incident is not None:
        return found.decision.incident.id
    return _contradicted(session, report, rules)


def _contradicted(session: Session, report: Report, rules: Rules) -> int | None:
    """The dangerous incident nearby that a denial or a word of all quiet speaks against."""
    here = position_of(report)
    if here is None:
        return None
    reach = rules.scale(report.hazard).spread_m * 2 + (report.precision_m or 0)
    rows = session.execute(
        select(Report.lat, Report.lon, Report.precision_m, Report.incident_id)
        .join(ReportCell, ReportCell.report_id == Report.id)
        .join(Incident, Incident.id == Report.incident_id)
        .where(
            ReportCell.cell.in_(sorted(cells_around(here, reach))),
            ReportCell.at.between(report.received_at - _QUIET_SPEAKS_FOR, report.received_at),
            Incident.state.in_(OPEN),
            Incident.hazard != "all_quiet",
            Report.stance != "denies",
            Incident.exercise_id.is_not_distinct_from(report.exercise_id),
            Report.subscriber_id != report.subscriber_id,
            Report.lat.is_not(None),
        )
        .order_by(ReportCell.at.desc())
        .limit(50)
    )
    for row in rows:
        there = position_of(row)
        if there and distance_m(here, there) <= reach + (row.precision_m or 0):
            found: int = row.incident_id
            return found
    return None


def _regrade_contradicted(session: Session, report: Report, own: Incident) -> None:
    if report.contradicts_id is not None and report.contradicts_id != own.id:
        regrade(session, session.get_one(Incident, report.contradicts_id))
