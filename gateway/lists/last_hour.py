"""The last hour in pieces of five minutes: reports, new incidents, judgements, warnings sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, union_all
from sqlalchemy.orm import Session

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
    marks = [begin + PIECE * number for number in range(PIECES + 1)]
    parts = [
        _counted(number, marks, at).where(at >= begin, *only)
        for number, (at, *only) in enumerate(_series())
    ]
    rows = {row[0]: tuple(row[1:]) for row in session.execute(union_all(*parts))}
    return LastHour(begin, *(rows[number] for number in range(len(parts))))


def begin_of(now: datetime) -> datetime:
    """Whole pieces of the clock, so that the picture moves once in five minutes only."""
    piece_s = PIECE.total_seconds()
    last = now - timedelta(seconds=now.timestamp() % piece_s)
    return last - PIECE * (PIECES - 1)


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


def _counted(number: int, marks: Sequence[datetime], at: ColumnElement[Any]) -> Any:
    counts = [
        func.count(case(((at >= since) & (at < until), 1))) for since, until in pairwise(marks)
    ]
    return select(literal(number), *counts)
