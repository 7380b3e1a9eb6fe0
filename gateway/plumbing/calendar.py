"""Dates that come again, at an hour of some days, in a zone with its clock changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """An hour of the day on the days that fit, from a first to a last day, in local time."""

    at: time
    first: date
    last: date
    days_of_week: str | None = None  # "mon,thu"; None: all
    day_of_month: int | None = None


def upcoming(
    when: Pattern | Sequence[datetime], after: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """UTC moments strictly after `after`, in order, each once.

    An hour that the clocks leave out comes when they have jumped; one they repeat counts once.
    """
    while (found := _next(when, after, zone)) is not None:
        after = found.astimezone(UTC)
        if not (isinstance(when, Pattern) and found.fold):
            yield after


def _next(when: Pattern | Sequence[datetime], after: datetime, zone: ZoneInfo) -> datetime | None:
    start = after.astimezone(UTC) + _TICK
    if isinstance(when, Pattern):
        trigger = _cron(when, zone)
    else:
        ahead = [moment for moment in when if moment >= start]
        if not ahead:
            return None
        trigger = OrTrigger([DateTrigger(moment, zone) for moment in ahead])
    found: datetime | None = trigger.get_next_fire_time(None, start.astimezone(zone))
    return found.astimezone(zone) if found else None


def _cron(when: Pattern, zone: ZoneInfo) -> CronTrigger:
    return CronTrigger(
        day_of_week=when.days_of_week,
        day=when.day_of_month,
        hour=when.at.hour,
        minute=when.at.minute,
        second=0,
        start_date=datetime.combine(when.first, time.min, zone),
        end_date=datetime.combine(when.last, time.max, zone),
        timezone=zone,
    )
