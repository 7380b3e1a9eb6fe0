"""The reports of an incident, copies under the text they repeat; who says no stands apart."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.incidents.undoing import AGAINST, BY_HAND
from gateway.lists.exercises import in_exercise
from gateway.lists.paging import Page, read_page
from gateway.lists.report_facts import sentences
from gateway.store.tables import Message, Placement, Report, Subscriber

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


def of_incident(session: Session, incident_id: int, page: int, zone: ZoneInfo) -> Page[ReportRow]:
    """In the order they came; a copy stands under its original when both are on the page.

    Times are told in `zone`. Reports that speak against the incident are in `against`.
    """
    query = _query().where(
        Report.incident_id == incident_id, Report.contradicts_id.is_distinct_from(incident_id)
    )
    found = read_page(session, query, page)
    return Page(_read(session, found.rows, zone), found.number, found.more)


def against(session: Session, incident_id: int, zone: ZoneInfo) -> list[ReportRow]:
    """Reports that say it is not so, also those that stand in another incident."""
    query = _query().where(Report.contradicts_id == incident_id).limit(_MOST_AGAINST)
    return _read(session, session.execute(query).all(), zone)


def _query() -> Select[Report, str | None, str, str, bool]:
    return (
        select(
            Report,
            Message.body,
            Subscriber.pseudonym,
            Subscriber.reliability,
            Subscriber.focal_point,
        )
        .join(Message, Message.id == Report.message_id)
        .join(Subscriber, Subscriber.id == Report.subscriber_id)
        .order_by(Report.received_at, Report.id)
    )


def _read(session: Session, found: Sequence[Any], zone: ZoneInfo) -> list[ReportRow]:
    origins = _origins(session, [row.Report.id for row in found])
    drills = in_exercise(
        session, [(row.Report.subscriber_id, row.Report.received_at) for row in found]
    )
    rows = [
        ReportRow(
            report,
            body,
            name,
            reliability,
            focal,
            _list(report.why),
            _list(report.match_why),
            sentences(report.facts, zone),
            origins.get(report.id),
            drill=drills.get((report.subscriber_id, report.received_at)),
        )
        for report, body, name, reliability, focal in found
    ]
    return _folded(rows)


def _origins(session: Session, ids: Sequence[int]) -> dict[int, int | None]:
    """Where reports were before, if the last that was done to them was to take them out."""
    rows = session.execute(
        select(Placement.report_id, Placement.from_id, Placement.act)
        .where(Placement.report_id.in_(ids), Placement.act != AGAINST)
        .order_by(Placement.id)
    )
    last = {row.report_id: row for row in rows}
    return {key: row.from_id for key, row in last.items() if row.act in BY_HAND}


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
