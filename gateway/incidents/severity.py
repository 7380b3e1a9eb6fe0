"""What an incident keeps of its reports beside grade and place: the worst, and the first."""

import json
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Report

LEVELS = ("low", "medium", "high", "extreme")


def severity_of(levels: Iterable[str | None]) -> str | None:
    """The worst of them; None when nobody tells how bad it is."""
    known = [level for level in levels if level in LEVELS]
    return max(known, key=LEVELS.index, default=None)


def count_in(incident: Incident, report: Report, level: str | None) -> None:
    """A report has joined; only a witness's words make it worse."""
    if report.stance == "witness":
        incident.severity = severity_of((incident.severity, level))
    first = incident.first_report_at or report.received_at
    incident.first_report_at = min(first, report.received_at)


def recount(session: Session, incident: Incident) -> None:
    """The same from all reports, after one was moved; an incident left empty keeps what it had."""
    of_incident = Report.incident_id == incident.id
    first = session.scalar(select(func.min(Report.received_at)).where(of_incident))
    if first is None:
        return
    incident.first_report_at = first
    facts = session.scalars(select(Report.facts).where(of_incident, Report.stance == "witness"))
    incident.severity = severity_of(_level(sealed) for sealed in facts)


def _level(facts: str | None) -> str | None:
    try:
        told = json.loads(facts or "{}").get("severity") or {}
    except (ValueError, AttributeError):
        return None
    level: str | None = told.get("level")
    return level
