"""The last hour in pieces of five minutes: reports, new incidents, judgements, warnings sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from gateway.store.columns import UtcTime
from gateway.store.tables import Alert, Incident, Report

PIECE = timedelta(minutes=5)
PIECES = 12


@dataclass(frozen=True, slots=True)
class LastHour:
    """Counts of each piece, the oldest first; the last piece has just begun or is nearly over."""

    begin: datetime
    reports: Sequence[int]
    incidents: Sequence[int]
    verified: Sequence[int]
    warnings: Sequence[int]


def read(session: Session, now: datetime) -> LastHour:
    """Exercises are left out."""
    begin = begin_of(now)
    marks = {f"at{number}": begin + PIECE * number for number in range(PIECES + 1)}
    rows = {row[0]: tuple(row[1:]) for row in session.execute(_statement(), marks)}
    return LastHour(begin, *(rows[number] for number in sorted(rows)))


def begin_of(now: datetime) -> datetime:
    """Whole pieces of the clock, so that the picture moves once in five minutes only."""
    piece_s = PIECE.total_seconds()
    last = now - timedelta(seconds=now.timestamp() % piece_s)
    return last - PIECE * (PIECES - 1)


@cache
def _statement() -> Any:
    """One line of counts for each series; putting it together costs more than running it."""
    marks = [bindparam(f"at{number}", type_=UtcTime()) for number in range(PIECES + 1)]
    parts = [
        _counted(number, marks, at).where(at >= marks[0], *only)
        for number, (at, *only) in enumerate(_series())
    ]
    return union_all(*parts)


def _series() -> Sequence[tuple[Any, ...]]:
    return (
        (Report.received_at, Report.exercise_id.is_(None)),
        (Incident.opened_at, Incident.exercise_id.is_(None)),
        (
            Incident.judged_at,
            Incident.state.in_(("verified", "closed")),
            Incident.exercise_id.is_(None),
        ),
        (
            Alert.approved_at,
            Alert.state.in_(("live", "expired", "cancelled")),
            Alert.purpose != "campaign",
            Alert.exercise_id.is_(None),
        ),
    )


def _counted(number: int, marks: Sequence[Any], at: ColumnElement[Any]) -> Any:
    counts = [
        func.count(case(((at >= since) & (at < until), 1))) for since, until in pairwise(marks)
    ]
    return select(literal(number), *counts)
