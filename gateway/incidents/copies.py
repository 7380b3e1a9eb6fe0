"""Finds the text that a report passes on, by keyed sketches in an index, and links the two."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Row, Select, Table, bindparam, func, insert, or_, select
from sqlalchemy.orm import Session

from gateway.store.lists import filled, is_one_of
from gateway.store.tables import Message, Report, ReportMark
from gateway.terms.geo import Position, distance_m

_MOST = 8  # earlier texts that share a piece are read at most
_SAME_PLACE_M = 2_000
_MOST_MARKS = 16  # of a text
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


@dataclass(frozen=True, slots=True)
class Link:
    """A text's keyed pieces, and where it copies another: a row of that, how, and why."""

    marks: list[int]
    original: Any = None
    kind: str | None = None
    why: str = ""

    @property
    def root_id(self) -> int | None:
        """The report of the first sender, however long the chain."""
        return None if self.original is None else self.original.copy_of_id or self.original.id


def find_copy(session: Session, report: Report, body: str, reader: Reader) -> Link:
    """What the report copies; the same words about another place are another event."""
    told = reader.prepare(body)
    marks = sorted({int(reader.keyed(p)[:_MARK_DIGITS], 16) for p in reader.pieces(told)})
    marks = marks[:_MOST_MARKS]
    found = _original(session, report, told, marks, reader) if marks else None
    if found is None:
        return Link(marks)
    original, verdict = found
    link = Link(marks, original, verdict.kind)
    why = f"{verdict.kind} copy of report {link.root_id} ({verdict.why}): one source, not two"
    return Link(marks, original, verdict.kind, why)


def keep_link(session: Session, report: Report, link: Link) -> None:
    """Notes the pieces and what they are a copy of."""
    if link.marks:
        at = report.received_at
        rows = [{"mark": mark, "at": at, "report_id": report.id} for mark in link.marks]
        session.connection().execute(_ADD_MARKS, rows)
    report.copy_of_id, report.copy_kind = link.root_id, link.kind


def _original(
    session: Session, report: Report, told: Any, marks: list[int], reader: Reader
) -> tuple[Row[Any], Verdict] | None:
    """The earliest of those that share the most; a chain leads to its first sender."""
    facts = filled("mark", marks, _MOST_MARKS) | {
        "begin": report.received_at - timedelta(hours=reader.hours),
        "end": report.received_at,
        "own": report.id,
        "who": report.subscriber_id,
        "exercise": -1 if report.exercise_id is None else report.exercise_id,
    }
    for other in session.connection().execute(_SHARING, facts).all():
        if other.body and not _tells_of_elsewhere(report, other):
            verdict = reader.compare(told, reader.prepare(other.body))
            if verdict is not None:
                return other, verdict
    return None


def _tells_of_elsewhere(report: Report, other: Row[Any]) -> bool:
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


# Core and written once, as in candidates.py.
_R: Table = Report.__table__  # type: ignore[assignment]
_K: Table = ReportMark.__table__  # type: ignore[assignment]
_M: Table = Message.__table__  # type: ignore[assignment]
_ADD_MARKS = insert(_K)
_PIECES = (
    select(_K.c.report_id, func.count().label("shared"))
    .where(
        is_one_of(_K.c.mark, "mark", _MOST_MARKS),
        _K.c.at.between(bindparam("begin"), bindparam("end")),
        _K.c.report_id != bindparam("own"),
    )
    .group_by(_K.c.report_id)
    .order_by(func.count().desc(), _K.c.report_id)
    .limit(_MOST)
    .subquery()
)
_SHARING: Select[Any] = (
    select(
        _R.c.id,
        _R.c.copy_of_id,
        _R.c.incident_id,
        _R.c.contradicts_id,
        _R.c.lat,
        _R.c.lon,
        _R.c.precision_m,
        _R.c.found_by,
        _M.c.body,
    )
    .join(_PIECES, _PIECES.c.report_id == _R.c.id)
    .join(_M, _M.c.id == _R.c.message_id)
    .where(
        _R.c.subscriber_id != bindparam("who"),
        or_(
            _R.c.exercise_id == bindparam("exercise"),
            (bindparam("exercise") == -1) & _R.c.exercise_id.is_(None),
        ),
        _R.c.incident_id.is_not(None),
    )
    .order_by(_R.c.id)
)
