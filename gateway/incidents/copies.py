"""Finds the text that a report passes on, by keyed sketches in an index, and links the two."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from gateway.store.tables import Message, Report, ReportMark
from gateway.terms.geo import Position, distance_m

_MOST = 24  # earlier texts that share a piece are read at most
_SAME_PLACE_M = 2_000
_MARK_DIGITS = 15  # hexadecimal: 60 bits fit a signed 64-bit column


class Verdict(Protocol):
    """What a comparison of two texts found."""

    @property
    def kind(self) -> str: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """How texts are compared: copies share `pieces`, `compare` decides between two prepared."""

    prepare: Callable[[str], Any]
    pieces: Callable[[Any], tuple[str, ...]]
    compare: Callable[[Any, Any], Verdict | None]
    keyed: Callable[[str], str]  # the keyed fingerprint of a piece: hexadecimal digits
    hours: float  # within which a copy is looked for


def link(session: Session, report: Report, body: str, reader: Reader) -> tuple[Report, str] | None:
    """Notes the report's pieces and what it is a copy of; the first sender's report and why.

    The same words about another place are no copy, whoever copied the words.
    """
    told = reader.prepare(body)
    marks = sorted({int(reader.keyed(p)[:_MARK_DIGITS], 16) for p in reader.pieces(told)})
    found = _original(session, report, told, marks, reader) if marks else None
    if marks:
        at = report.received_at
        rows = [{"mark": mark, "at": at, "report_id": report.id} for mark in marks]
        session.execute(insert(ReportMark), rows)
    if found is None:
        return None
    original, verdict = found
    root = original.copy_of_id or original.id
    report.copy_of_id, report.copy_kind = root, verdict.kind
    return original, f"{verdict.kind} copy of report {root} ({verdict.why}): one source, not two"


def _original(
    session: Session, report: Report, told: Any, marks: list[int], reader: Reader
) -> tuple[Report, Verdict] | None:
    """The earliest of those that share the most; a chain leads to its first sender."""
    span = timedelta(hours=reader.hours)
    shared = (
        select(ReportMark.report_id, func.count().label("pieces"))
        .where(
            ReportMark.mark.in_(marks),
            ReportMark.at.between(report.received_at - span, report.received_at),
            ReportMark.report_id != report.id,
        )
        .group_by(ReportMark.report_id)
        .order_by(func.count().desc(), ReportMark.report_id)
        .limit(_MOST)
        .subquery()
    )
    rows = session.execute(
        select(Report, Message.body)
        .join(shared, shared.c.report_id == Report.id)
        .join(Message, Message.id == Report.message_id)
        .where(
            Report.subscriber_id != report.subscriber_id,
            Report.exercise_id.is_not_distinct_from(report.exercise_id),
        )
        .order_by(Report.id)
    ).all()
    for other, text in rows:
        if text and not _tells_of_elsewhere(report, other):
            verdict = reader.compare(told, reader.prepare(text))
            if verdict is not None:
                return other, verdict
    return None


def _tells_of_elsewhere(report: Report, other: Report) -> bool:
    here, there = position_of(report), position_of(other)
    if here is None or there is None or "sender" in (report.found_by, other.found_by):
        return False
    slack = (report.precision_m or 0) + (other.precision_m or 0)
    return distance_m(here, there) > slack + _SAME_PLACE_M


def position_of(report: Any) -> Position | None:
    """Where it happened, as far as the report tells."""
    if report.lat is None or report.lon is None:
        return None
    return Position(report.lat, report.lon)
