"""All that happened about an incident in one list: reports, questions, decisions, warnings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.lists import duty, timeline
from gateway.lists.timeline import Step
from gateway.store.tables import Delivery, Inquiry, Report, Subscriber
from gateway.terms.saying import Said

KINDS = ("reports", "questions", "decisions", "warnings")
MOST = 100
_READ = 300  # rows of one kind for one page
_MOMENT = timedelta(microseconds=1)
_TOGETHER = timedelta(minutes=30)  # reports with nothing between them that are told as one line
_ANSWERS = {
    "yes": Said("says yes"),
    "no": Said("says no"),
    "unsure": Said("is not sure"),
    "quiet": Said("says that all is quiet"),
    "told": Said("told more"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line; `who` is a name, a pseudonym or empty, `until` the end of what is told as one."""

    at: datetime
    kind: str
    what: str
    who: str = ""
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The newest first; `older` is the moment to go on from, None where there is nothing older."""

    rows: Sequence[Happening]
    older: datetime | None


def of_incident(
    session: Session,
    incident_id: int,
    alerts: Sequence[int],
    steps: Sequence[Step],
    kind: str = "",
    before: datetime | None = None,
) -> Chronicle:
    """At most MOST lines, those before a moment; an empty kind lets all through.

    `alerts` are the warnings about it, `steps` what the timeline says was done.
    """
    found: list[Happening] = []
    horizon: datetime | None = None
    for name, read in _readers(session, incident_id, alerts, steps).items():
        if kind not in ("", name):
            continue
        rows = sorted(_earlier(read(before), before), key=lambda row: row.at)
        if len(rows) >= _READ:  # there may be more, so nothing before the oldest is known whole
            horizon = max(horizon or rows[0].at, rows[0].at)
        found += rows
    known = [row for row in found if horizon is None or row.at > horizon] or found
    lines = _folded(sorted(known, key=lambda row: row.at))[::-1]
    end = MOST
    while end < len(lines) and lines[end].at == lines[end - 1].at:
        end += 1  # what happened in one moment is not torn apart
    if end < len(lines):
        return Chronicle(lines[:end], lines[end - 1].at)
    onward = horizon and (horizon + _MOMENT if len(known) < len(found) else horizon)
    return Chronicle(lines, onward)


_Reader = Callable[[datetime | None], Iterable[Happening]]


def _readers(
    session: Session, incident_id: int, alerts: Sequence[int], steps: Sequence[Step]
) -> Mapping[str, _Reader]:
    return {
        "reports": lambda before: _reports(session, incident_id, before),
        "questions": lambda before: _questions(session, incident_id, before),
        "decisions": lambda before: _decisions(session, incident_id, steps),
        "warnings": lambda before: _warnings(session, incident_id, alerts),
    }


def _earlier(rows: Iterable[Happening], before: datetime | None) -> list[Happening]:
    return [row for row in rows if before is None or row.at < before]


def _reports(session: Session, incident_id: int, before: datetime | None) -> Iterable[Happening]:
    query = select(Report.received_at).where(Report.incident_id == incident_id)
    if before is not None:
        query = query.where(Report.received_at < before)
    times = session.scalars(query.order_by(Report.received_at.desc()).limit(_READ))
    return [Happening(at, "reports", Said("a report arrived")) for at in times]


def _questions(session: Session, incident_id: int, before: datetime | None) -> Iterable[Happening]:
    query = (
        select(Inquiry, Subscriber.pseudonym)
        .join(Subscriber, Subscriber.id == Inquiry.subscriber_id)
        .where(Inquiry.incident_id == incident_id)
        .order_by(Inquiry.id.desc())
        .limit(_READ)
    )
    if before is not None:
        query = query.where(Inquiry.created_at < before)
    for asked, name in session.execute(query):
        if asked.asked_at is not None:
            by = Said("was asked by %(who)s", who=asked.asked_by)
            yield Happening(asked.asked_at, "questions", by, name)
        if asked.reminded_at is not None:
            yield Happening(asked.reminded_at, "questions", Said("was reminded"), name)
        if asked.answered_at is not None:
            answer = _ANSWERS.get(asked.answer or "", Said("answered"))
            yield Happening(asked.answered_at, "questions", answer, name)


def _decisions(session: Session, incident_id: int, steps: Sequence[Step]) -> Iterable[Happening]:
    for step in steps:
        yield Happening(step.at, "decisions", step.what, step.who, step.why)
    for call in duty.calls(session, incident_id, _READ):
        yield Happening(call.at, "decisions", call.why, call.name)


def _warnings(session: Session, incident_id: int, alerts: Sequence[int]) -> Iterable[Happening]:
    if not alerts:
        return
    for step in timeline.of_alerts(session, alerts):
        yield Happening(step.at, "warnings", step.what, step.who, step.why)
    rows = session.execute(
        select(
            Delivery.alert_id,
            func.min(Delivery.settled_at),
            func.max(Delivery.settled_at),
            func.count(),
        )
        .where(Delivery.alert_id.in_(alerts), Delivery.state == "delivered")
        .group_by(Delivery.alert_id)
    )
    for alert_id, first, last, count in rows:
        if first is None or last is None:
            continue
        told = Said("Warning %(number)s reached the first person", number=alert_id)
        yield Happening(first, "warnings", told)
        if count > 1:
            told = Said(
                "Warning %(number)s reached the last person so far, %(count)s in all",
                number=alert_id,
                count=f"{count:,}",
            )
            yield Happening(last, "warnings", told)


def _folded(rows: Sequence[Happening]) -> list[Happening]:
    """Reports that follow one another closely are one line with their number."""
    found: list[Happening] = []
    count = 0
    for row in rows:
        last = found[-1] if found else None
        near = last is not None and row.at - last.at <= _TOGETHER
        if row.kind == "reports" and last is not None and last.kind == "reports" and near:
            count += 1
            said = Said("%(count)s reports arrived", count=count)
            found[-1] = Happening(last.at, "reports", said, until=row.at)
        else:
            count = 1
            found.append(row)
    return found
