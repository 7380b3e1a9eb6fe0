"""The reports of an incident, copies under the text they repeat."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.lists.paging import Page, read_page
from gateway.lists.report_facts import sentences
from gateway.store.tables import Message, Report, Subscriber


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
    copies: Sequence["ReportRow"] = ()


def of_incident(session: Session, incident_id: int, page: int, zone: ZoneInfo) -> Page[ReportRow]:
    """In the order they came; a copy stands under its original when both are on the page.

    Times are told in `zone`.
    """
    query = (
        select(
            Report,
            Message.body,
            Subscriber.pseudonym,
            Subscriber.reliability,
            Subscriber.focal_point,
        )
        .join(Message, Message.id == Report.message_id)
        .join(Subscriber, Subscriber.id == Report.subscriber_id)
        .where(Report.incident_id == incident_id)
        .order_by(Report.received_at, Report.id)
    )
    found = read_page(session, query, page)
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
        )
        for report, body, name, reliability, focal in found.rows
    ]
    return Page(_folded(rows), found.number, found.more)


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
    return replace(row, copies=tuple(found))


def _list(sealed: str) -> list[str]:
    try:
        values = json.loads(sealed)
    except ValueError:
        return [sealed]
    return [str(value) for value in values] if isinstance(values, list) else [str(values)]
