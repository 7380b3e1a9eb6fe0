"""How long it took from the first report: to the first look, judgement, approval, and to people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident
from gateway.terms.saying import Said

# In the order things happen; what is counted from is the first report.
_STEPS = {
    "seen_at": Said("first look"),
    "judged_at": Said("judgement"),
    "approved_at": Said("approval"),
    "reached_50_at": Said("half of the people reached"),
    "reached_90_at": Said("nine in ten reached"),
}
_MOST = 5_000  # incidents that medians are taken of, the newest


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes from the first report to a step; `of` is how many incidents a median is of."""

    step: Said
    minutes: int
    of: int = 1


def of_incident(incident: Incident) -> list[Span]:
    """The steps that were taken."""
    begin = incident.first_report_at or incident.opened_at
    taken = ((words, getattr(incident, name)) for name, words in _STEPS.items())
    return [Span(words, _minutes(begin, at)) for words, at in taken if at is not None]


def medians(session: Session, now: datetime, days: int = 30) -> list[Span]:
    """Of real incidents opened in the last days; steps that none of them came to are left out."""
    columns = [getattr(Incident, name) for name in _STEPS]
    rows = session.execute(
        select(Incident.opened_at, Incident.first_report_at, *columns)
        .where(
            Incident.opened_at >= now - timedelta(days=days),
            Incident.exercise_id.is_(None),
            Incident.state != "merged",
        )
        .order_by(Incident.id.desc())
        .limit(_MOST)
    ).all()
    found = []
    for place, words in enumerate(_STEPS.values(), start=2):
        spans = [_minutes(row[1] or row[0], row[place]) for row in rows if row[place] is not None]
        if spans:
            found.append(Span(words, round(median(spans)), len(spans)))
    return found


def _minutes(begin: datetime, end: datetime) -> int:
    """A report read late may tell of what was seen already: never below nought."""
    return max(0, round((end - begin).total_seconds() / 60))
