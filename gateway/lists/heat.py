"""Where people report from, week by week: counted in squares of the earth, and by county."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, case, cast, false, func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Place, Report

CELL_DEG = 0.1  # the side of a square: about 11 km, which hides single houses
_MOST_CELLS, _MOST_AREAS = 2_000, 1_500
_WEEK = timedelta(days=7)
_CALM = ("all_quiet", "silence")


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week: reports in squares (their south-western corners) and in counties."""

    first: date  # its Monday
    cells: list[tuple[float, float, int]] = field(default_factory=list)
    areas: list[tuple[str, int]] = field(default_factory=list)  # "" where no place is known

    @property
    def number(self) -> int:
        """Of the year, from 1 (ISO 8601)."""
        return self.first.isocalendar().week


def weeks(
    session: Session, now: datetime, zone: ZoneInfo, count: int, hazards: Sequence[str] | None
) -> list[Week]:
    """This week and those before it, the oldest first.

    Copies, denials and reports of calm are not counted, nor is what belongs to an exercise.
    """
    today = now.astimezone(zone).date()
    this = today - timedelta(days=today.weekday())
    found = [Week(this - _WEEK * back) for back in reversed(range(count))]
    index = _week_of([_begin(week.first, zone) for week in found]).label("week")
    counted = _counted(_begin(found[0].first, zone), now, hazards)
    for number, south, west, reports in session.execute(_in_cells(counted, index)):
        found[number].cells.append((_degrees(south, 90), _degrees(west, 180), reports))
    for number, area, reports in session.execute(_in_areas(counted, index)):
        found[number].areas.append((area or "", reports))
    return found


def by_area(found: Sequence[Week]) -> list[tuple[str, list[tuple[int, int]]]]:
    """Each county with its weeks that have reports (week of the year, reports), most first."""
    weeks_of: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for week in found:
        for area, reports in week.areas:
            weeks_of[area].append((week.number, reports))
    return sorted(weeks_of.items(), key=lambda one: (-sum(n for _, n in one[1]), one[0]))


def _counted(begin: datetime, now: datetime, hazards: Sequence[str] | None) -> Select[Any]:
    query = select().where(
        Report.received_at >= begin,
        Report.received_at <= now,
        Report.copy_of_id.is_(None),
        Report.stance != "denies",
        Report.hazard.not_in(_CALM),
        Report.exercise_id.is_(None),
    )
    if hazards is not None:
        query = query.where(Report.hazard.in_(hazards) if hazards else false())
    return query


def _in_cells(counted: Select[Any], week: ColumnElement[int]) -> Select[Any]:
    south, west = _cell(Report.lat, 90).label("south"), _cell(Report.lon, 180).label("west")
    return (
        counted.add_columns(week, south, west, func.count())
        .where(Report.lat.is_not(None))
        .group_by(week, south, west)
        .order_by(func.count().desc(), week, south, west)
        .limit(_MOST_CELLS)
    )


def _in_areas(counted: Select[Any], week: ColumnElement[int]) -> Select[Any]:
    named = (Place.county, Place.region, Place.name)
    area = func.coalesce(*(func.nullif(column, "") for column in named)).label("area")
    return (
        counted.add_columns(week, area, func.count())
        .select_from(Report)
        .outerjoin(Place, Place.id == Report.place_id)
        .group_by(week, area)
        .order_by(func.count().desc(), week, area)
        .limit(_MOST_AREAS)
    )


def _week_of(begins: Sequence[datetime]) -> ColumnElement[int]:
    """The index of the week that a report fell in."""
    later = [(Report.received_at < begin, number) for number, begin in enumerate(begins[1:])]
    return case(*later, else_=len(begins) - 1) if later else cast(0, Integer)


def _cell(degrees: Any, limit: int) -> ColumnElement[int]:
    # Casts cut on one engine and round on the other: rounding half a square lower floors on both.
    return cast(func.round((degrees + limit) / CELL_DEG - 0.5), Integer)


def _degrees(cell: int, limit: int) -> float:
    return round(cell * CELL_DEG - limit, 4)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
