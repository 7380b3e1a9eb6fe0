"""The reports of an incident, copies under the text they repeat; who says no stands apart."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select, union_all
from sqlalchemy.orm import Session

from gateway.incidents.undoing import AGAINST, BY_HAND
from gateway.lists.exercises import in_mind
from gateway.lists.paging import SIZE, Page, page_within
from gateway.lists.report_facts import sentences
from gateway.store.tables import Delivery, Exercise, Message, Placement, Report, Subscriber

_MOST_AGAINST = 50


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report with its text and who wrote it; `text` is None when it was erased."""

    report: Report
    text: str | None
    pseudonym: str
    reliability: str
    focal_point: bool
    why: Sequence[str]
    match_why: Sequence[str]
    facts: Sequence[str] = ()
    came_from: int | None = None  # the incident that a coordinator took it out of
    copies: Sequence["ReportRow"] = ()
    drill: int | None = None  # the exercise that this real person was in when they wrote


@dataclass(frozen=True, slots=True)
class Voices:
    """The reports of an incident, a page of them, and those that say it is not so."""

    found: Page[ReportRow]
    against: Sequence[ReportRow]


def voices(session: Session, incident_id: int, page: int, zone: ZoneInfo) -> Voices:
    """The newest report first; a copy stands under its original when both are on the page.

    Times are told in `zone`. Who speaks against the incident stands apart, also where the report
    belongs to another one.
    """
    number = page_within(page)
    own = (
        select(Report.id)
        .where(
            Report.incident_id == incident_id, Report.contradicts_id.is_distinct_from(incident_id)
        )
        .order_by(Report.received_at.desc(), Report.id.desc())
        .offset((number - 1) * SIZE)
        .limit(SIZE + 1)
    )
    no = select(Report.id).where(Report.contradicts_id == incident_id).limit(_MOST_AGAINST)
    ids = union_all(select(own.subquery()), select(no.subquery())).subquery()
    rows = session.execute(_query().where(Report.id.in_(select(ids)))).all()
    here = [row for row in rows if row.Report.contradicts_id != incident_id]
    there = [row for row in rows if row.Report.contradicts_id == incident_id]
    found = Page(_read(here[:SIZE], zone), number, len(here) > SIZE)
    return Voices(found, _read(there, zone))


def of_incident(session: Session, incident_id: int, page: int, zone: ZoneInfo) -> Page[ReportRow]:
    """Only the reports that speak for it."""
    return voices(session, incident_id, page, zone).found


def against(session: Session, incident_id: int, zone: ZoneInfo) -> Sequence[ReportRow]:
    """Only who says no."""
    return voices(session, incident_id, 1, zone).against


def _query() -> Select[*tuple[Any, ...]]:
    """With each report its last placement and the exercise whose text its sender had last got."""
    last = (
        select(func.max(Placement.id))
        .where(Placement.report_id == Report.id, Placement.act != AGAINST)
        .correlate(Report)
        .scalar_subquery()
    )
    drill = (
        select(func.max(Delivery.exercise_id))
        .where(
            Delivery.subscriber_id == Report.subscriber_id,
            Delivery.exercise_id.is_not(None),
            Delivery.submitted_at <= Report.received_at,
        )
        .correlate(Report)
        .scalar_subquery()
    )
    return (
        select(
            Report,
            Message.body,
            Subscriber.pseudonym,
            Subscriber.reliability,
            Subscriber.focal_point,
            Placement.from_id,
            Placement.act,
            Exercise.id.label("drill"),
            Exercise.ended_at,
        )
        .join(Message, Message.id == Report.message_id)
        .join(Subscriber, Subscriber.id == Report.subscriber_id)
        .outerjoin(Placement, Placement.id == last)
        .outerjoin(Exercise, and_(Exercise.id == drill, Subscriber.exercise_id.is_(None)))
        .order_by(Report.received_at.desc(), Report.id.desc())
    )


def _read(found: Sequence[Any], zone: ZoneInfo) -> list[ReportRow]:
    return _folded([_row(row, zone) for row in found])


def _row(row: Any, zone: ZoneInfo) -> ReportRow:
    report: Report = row.Report
    drilled = row.drill is not None and in_mind(report.received_at, row.ended_at)
    return ReportRow(
        report,
        row.body,
        row.pseudonym,
        row.reliability,
        row.focal_point,
        _list(report.why),
        _list(report.match_why),
        sentences(report.facts, zone),
        row.from_id if row.act in BY_HAND else None,
        drill=row.drill if drilled else None,
    )


def _folded(rows: Sequence[ReportRow]) -> list[ReportRow]:
    here = {row.report.id for row in rows}
    copies: defaultdict[int, list[ReportRow]] = defaultdict(list)
    tops = []
    for row in rows:
        original = row.report.copy_of_id
        if original in here and original is not None:
            copies[original].append(row)
        else:
            tops.append(row)
    return [_with_copies(row, copies) for row in tops]


def _with_copies(row: ReportRow, copies: dict[int, list[ReportRow]]) -> ReportRow:
    """A copy of a copy is listed beside it, not deeper: phones are narrow."""
    waiting, found = [row.report.id], []
    while waiting:
        for copy in copies.pop(waiting.pop(), []):
            found.append(copy)
            waiting.append(copy.report.id)
    found.sort(key=lambda copy: (copy.report.received_at, copy.report.id))
    return replace(row, copies=tuple(found))


def _list(sealed: str) -> list[str]:
    try:
        values = json.loads(sealed)
    except ValueError:
        return [sealed]
    return [str(value) for value in values] if isinstance(values, list) else [str(values)]
