"""Rules of messages by the calendar: when due, how late is too late, how many are enough."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from gateway.plumbing.calendar import Pattern, upcoming
from gateway.terms.refusals import Refused

KINDS: Mapping[str, str] = {
    "law": "The law on hate speech",
    "how_to_report": "How to report",
    "calm": "Calm on election day",
    "all_quiet": "Focal points: is all quiet?",
    "counter_message": "Words of tolerance",
    "checked_false": "Checked: it was false",
}
RULES: Mapping[str, str] = {
    "now": "Once, as soon as it is approved",
    "once": "Once, on a day",
    "daily": "Every day",
    "weekly": "On days of the week",
    "monthly": "On a day of the month",
    "election": "Before and on an election day",
}
DAYS: Mapping[str, str] = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
REPEATS = frozenset({"daily", "weekly", "monthly"})
_LONGEST = timedelta(days=366)
_MOST_BEFORE = 60  # days before an election day
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_TO_APPROVE = timedelta(days=3)  # what leaves at once is approved within days, or written anew


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a campaign is sent, in days and hours of the deployment's zone."""

    rule: str
    at: str = "09:00"
    on: str | None = None  # the day (once), the election day, as 2026-08-11
    first: str | None = None
    last: str | None = None
    days: tuple[str, ...] = ()  # weekly: keys of DAYS
    day: int | None = None  # monthly
    before: tuple[int, ...] = ()  # election: so many days before it as well

    @classmethod
    def of_json(cls, tree: Mapping[str, Any]) -> "Calendar":
        """What `as_json` gave."""
        lists = {key: tuple(tree.get(key, ())) for key in ("days", "before")}
        return cls(**{**tree, **lists})

    def as_json(self) -> dict[str, Any]:
        """Plain values, as the database and the hash keep them."""
        tree = asdict(self) | {"days": list(self.days), "before": list(self.before)}
        return {key: value for key, value in tree.items() if value not in (None, [])}


def checked(calendar: Calendar, now: datetime, zone: ZoneInfo) -> Calendar:
    """The calendar without what its rule does not use; raises Refused that says what to mend."""
    if calendar.rule not in RULES:
        raise Refused("Choose when it is sent.")
    if calendar.rule == "now":
        return Calendar("now")
    _hour(calendar.at)
    clean = {"once": _once, "election": _election}.get(calendar.rule, _repeated)(calendar)
    if next_due(clean, now, zone) is None:
        raise Refused("No date of it lies ahead: choose a later day or hour.")
    end = last_due(clean, now, zone)
    if end > now + _LONGEST:
        raise Refused("A campaign lasts a year at most: choose an earlier last day.")
    return clean


def next_due(calendar: Calendar, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first date after that moment, in UTC; None when there is none."""
    return next(iter(due_dates(calendar, after, zone, 1)), None)


def due_dates(calendar: Calendar, after: datetime, zone: ZoneInfo, most: int) -> list[datetime]:
    """The next dates after that moment, in UTC; none of a campaign that leaves when approved."""
    if calendar.rule == "now":
        return []
    return list(islice(upcoming(_when(calendar, zone), after, zone), most))


def last_due(calendar: Calendar, now: datetime, zone: ZoneInfo) -> datetime:
    """Its last date, in UTC; what leaves when approved must be approved within three days."""
    if calendar.rule == "now":
        return now + _TO_APPROVE
    last = now
    for last in upcoming(_when(calendar, zone), now, zone):
        if last > now + _LONGEST:
            break
    return last


def is_missed(due_at: datetime, later_due: datetime | None, now: datetime, minutes: float) -> bool:
    """Whether a date is too long past to be made up for, or the next one has come."""
    overtaken = later_due is not None and later_due <= now
    return overtaken or now > due_at + timedelta(minutes=minutes)


def counted_since(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when on messages count against the most in a week and in a month, in UTC.

    Whole local days, today's the last: a message every Monday at nine is one in any seven days,
    though one is handed over a minute sooner than the other.
    """
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time.min)
    week, month = (
        (tomorrow - span).replace(tzinfo=zone).astimezone(UTC) for span in (_WEEK, _MONTH)
    )
    return week, month


def quiet_from(hours: str, after: datetime, zone: ZoneInfo) -> datetime:
    """When the quiet hours ("21:00-06:00") begin next after that moment, in UTC."""
    begin = time.fromisoformat(hours.split("-")[0])
    today = after.astimezone(zone).date()
    begins = (
        datetime.combine(today + timedelta(days=days), begin, zone).astimezone(UTC)
        for days in (0, 1, 2)
    )
    return next(moment for moment in begins if moment > after)


def _once(calendar: Calendar) -> Calendar:
    _date(calendar.on, "Choose the day.")
    return Calendar("once", calendar.at, on=calendar.on)


def _election(calendar: Calendar) -> Calendar:
    _date(calendar.on, "Choose the election day.")
    before = tuple(sorted(set(calendar.before) - {0}, reverse=True))
    if any(not 0 < days <= _MOST_BEFORE for days in before):
        raise Refused(
            "Days before the election day are numbers from 1 to %(most)s.", most=_MOST_BEFORE
        )
    return Calendar("election", calendar.at, on=calendar.on, before=before)


def _repeated(calendar: Calendar) -> Calendar:
    first = _date(calendar.first, "Choose the first day.")
    last = _date(calendar.last, "Choose the last day: no campaign goes on for ever.")
    if last < first:
        raise Refused("The last day lies before the first.")
    days = tuple(day for day in DAYS if day in calendar.days)
    if calendar.rule == "weekly" and not days:
        raise Refused("Choose at least one day of the week.")
    if calendar.rule == "monthly" and not (calendar.day and 1 <= calendar.day <= 28):
        raise Refused("Give the day of the month, from 1 to 28: every month has these.")
    return Calendar(
        calendar.rule,
        calendar.at,
        first=calendar.first,
        last=calendar.last,
        days=days if calendar.rule == "weekly" else (),
        day=calendar.day if calendar.rule == "monthly" else None,
    )


def _when(calendar: Calendar, zone: ZoneInfo) -> Pattern | list[datetime]:
    at = _hour(calendar.at)
    if calendar.rule in REPEATS:
        return Pattern(
            at=at,
            first=_date(calendar.first, ""),
            last=_date(calendar.last, ""),
            days_of_week=",".join(calendar.days) or None,
            day_of_month=calendar.day,
        )
    day = _date(calendar.on, "")
    days = [day - timedelta(days=before) for before in calendar.before] + [day]
    return [datetime.combine(one, at, zone).astimezone(UTC) for one in days]


def _hour(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        raise Refused("Give the hour as 09:00.") from None


def _date(text: str | None, otherwise: str) -> date:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        raise Refused(otherwise) from None
    if not 2000 <= day.year <= 2200:
        raise Refused("Choose a day of our time.")
    return day
