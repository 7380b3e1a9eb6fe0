"""Rising risk: notices, each area's week against its past, and the factors of one incident."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.incidents.counting import Counts, Key, count, week_of
from gateway.incidents.factors import Factors
from gateway.incidents.risk import ANY, Chart
from gateway.plumbing.settings import RiskSettings
from gateway.store.tables import IncidentFactor, RiskNotice

SHOWN_WEEKS = 12
_NOTICES = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One factor of an area: its week and the weeks before, the oldest first."""

    factor: int
    chart: Chart
    series: tuple[int, ...]

    @property
    def tallest(self) -> int:
        """What the small picture must have room for."""
        return max(1, *self.series, self.chart.threshold or 0)


@dataclass(frozen=True, slots=True)
class Area:
    """An area that had something to count; `quiet` of its factors had nothing this week."""

    name: str
    lines: Sequence[Line]
    quiet: int


@dataclass(frozen=True, slots=True)
class Board:
    """The page of risks; `past` is how many whole weeks there are to compare with."""

    week: datetime
    past: int
    notices: Sequence[RiskNotice]
    now: Mapping[int, int]  # notice of this week: its count at this moment
    areas: Sequence[Area]
    shown_weeks: int = SHOWN_WEEKS


@dataclass(frozen=True, slots=True)
class Shown:
    """A factor that an incident shows, or that a coordinator took off it."""

    row: IncidentFactor
    why: tuple[str, ...]
    by_hand: bool


def board(
    session: Session,
    factors: Factors,
    rules: RiskSettings,
    now: datetime,
    zone: tzinfo,
    only: str = "",
) -> Board:
    """All areas with what this week has, or one area with all it ever had."""
    week = week_of(now, zone)
    counts = count(session, week, zone, factors.uncounted)
    charts = counts.charts(rules)
    notices = session.scalars(
        select(RiskNotice)
        .order_by(RiskNotice.seen_at.is_not(None), RiskNotice.week.desc(), RiskNotice.count.desc())
        .limit(_NOTICES)
    ).all()
    current = [row for row in notices if row.week == week and (row.area, row.factor) in charts]
    return Board(
        week=week,
        past=len(counts.weeks) - 1,
        notices=notices,
        now={row.id: charts[row.area, row.factor].count for row in current},
        areas=sorted(_areas(counts, charts, only), key=_most_pressing),
    )


def unseen(session: Session) -> int:
    """How many notices nobody has looked at."""
    return (
        session.scalar(
            select(func.count()).select_from(RiskNotice).where(RiskNotice.seen_at.is_(None))
        )
        or 0
    )


def of_incident(session: Session, incident_id: int, machine: str = "gateway") -> list[Shown]:
    """What is shown and what was taken off, by number."""
    rows = session.scalars(
        select(IncidentFactor)
        .where(IncidentFactor.incident_id == incident_id)
        .order_by(IncidentFactor.removed, IncidentFactor.factor)
    )
    return [Shown(row, tuple(json.loads(row.why or "[]")), row.who != machine) for row in rows]


def _areas(counts: Counts, charts: Mapping[Key, Chart], only: str) -> Iterator[Area]:
    for name in {area for area, _ in counts.of if not only or area == only}:
        lines = [
            Line(factor, chart, counts.of[area, factor][-SHOWN_WEEKS:])
            for (area, factor), chart in charts.items()
            if area == name
        ]
        shown = [line for line in lines if only or line.chart.count or line.factor == ANY]
        shown.sort(key=lambda line: (line.factor != ANY, not line.chart.is_rising, line.factor))
        yield Area(name, shown, len(lines) - len(shown))


def _most_pressing(area: Area) -> tuple[bool, int, str]:
    rising = any(line.chart.is_rising for line in area.lines)
    return (not rising, -max(line.chart.count for line in area.lines), area.name)
