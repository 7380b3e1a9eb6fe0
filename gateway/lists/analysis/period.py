"""Whole days of the deployment's zone, cut into days or weeks, and what of them is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case
from sqlalchemy.orm import InstrumentedAttribute

from gateway.store.epoch import epoch_s
from gateway.store.tables import Incident, Report

MOST_DAYS = 731
_BY_DAY = 31  # a longer period is shown by weeks
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day's beginning to the last day's end."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """In UTC, still in it."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """In UTC, no longer in it."""
        return self._midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """How many, at least one."""
        return (self.last - self.first).days + 1

    @property
    def by_weeks(self) -> bool:
        """Whether it is too long to be shown by days."""
        return self.days > _BY_DAY

    def before(self) -> "Period":
        """As many days, just before."""
        return Period(
            self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone
        )

    def pieces(self) -> list[date]:
        """The first day of each day or week (from Monday) that it touches, the oldest first."""
        step = 7 if self.by_weeks else 1
        begin = self.piece_of(self.first)
        return [
            begin + timedelta(days=days) for days in range(0, (self.last - begin).days + 1, step)
        ]

    def piece_of(self, day: date) -> date:
        """In which of its pieces a day lies."""
        return day - timedelta(days=day.weekday()) if self.by_weeks else day

    def by_piece(self, by_day: Mapping[date, int]) -> list[int]:
        """Counts of days added up to one for each piece."""
        sums = dict.fromkeys(self.pieces(), 0)
        for day, count in by_day.items():
            sums[self.piece_of(day)] += count
        return list(sums.values())

    def holds(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether a row's time lies in it."""
        return and_(column >= self.start, column < self.end)

    def local_day(self, column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
        """The number of a time's day by the clocks of the zone; `day_of` makes a date of it."""
        *changes, (_, last) = self._offsets()
        seconds = [(column < until, offset) for until, offset in changes]
        offset: Any = case(*seconds, else_=last) if seconds else last
        number: ColumnElement[int] = (epoch_s(column) + offset) // _DAY_S
        return number

    def _offsets(self) -> Sequence[tuple[datetime, int]]:
        """Seconds by which the clocks are ahead of UTC, and until when."""
        found, at = [], self.start
        while at < self.end:
            ahead, step = self._ahead(at), timedelta(days=1)
            if self._ahead(at + step) != ahead:
                step = timedelta(minutes=15)  # no clock is changed at an odder minute
                if self._ahead(at + step) != ahead:
                    found.append((at + step, ahead))
            at += step
        return [*found, (self.end, self._ahead(self.end - timedelta(minutes=1)))]

    def _ahead(self, at: datetime) -> int:
        offset = at.astimezone(self.zone).utcoffset() or timedelta()
        return round(offset.total_seconds())

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """A period, and of it perhaps one hazard, one area, or exercises alone."""

    period: Period
    hazard: str = ""
    area: str = ""
    drills: bool = False

    def before(self) -> "Scope":
        """The same of the days just before."""
        return replace(self, period=self.period.before())

    def counts(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """By the row's `exercise_id`: real rows, or those of exercises."""
        return column.is_not(None) if self.drills else column.is_(None)

    def incidents(self) -> ColumnElement[bool]:
        """Incidents opened in it; what was merged into another counts with that one."""
        return and_(
            self.period.holds(Incident.opened_at), Incident.state != "merged", self.of_incident()
        )

    def of_incident(self) -> ColumnElement[bool]:
        """Incidents of the hazard and area that were chosen, whenever they were opened."""
        chosen = [self.counts(Incident.exercise_id)]
        if self.hazard:
            chosen.append(Incident.hazard == self.hazard)
        if self.area:
            chosen.append(Incident.area == self.area)
        return and_(*chosen)

    def reports(self) -> ColumnElement[bool]:
        """Reports received in it; join Incident where `is_narrow`."""
        chosen = [self.period.holds(Report.received_at), self.counts(Report.exercise_id)]
        return and_(*chosen, self.of_incident()) if self.is_narrow else and_(*chosen)

    @property
    def is_narrow(self) -> bool:
        """Whether a hazard or an area was chosen."""
        return bool(self.hazard or self.area)


def day_of(number: int) -> date:
    """The date that `local_day` numbered."""
    return date(1970, 1, 1) + timedelta(days=int(number))
