"""Says a calendar in words: "every Monday at 09:00, from 2 Mar 2026 to 30 Apr 2026"."""

from collections.abc import Sequence
from datetime import date

from gateway.alerts.reminders import DAYS, Calendar


def in_words(calendar: Calendar) -> str:
    """For coordinators; days and hours are those of the deployment's zone."""
    if calendar.rule == "now":
        return "once, as soon as it is approved"
    if calendar.rule == "once":
        return f"once, on {_day(calendar.on)} at {calendar.at}"
    if calendar.rule == "election":
        days = [f"{days} day{'' if days == 1 else 's'} before" for days in calendar.before]
        listed = _listed([*days, "on the day"])
        return f"{listed}, at {calendar.at}; election day is {_day(calendar.on)}"
    span = f"from {_day(calendar.first)} to {_day(calendar.last)}"
    return f"{_every(calendar)} at {calendar.at}, {span}"


def _every(calendar: Calendar) -> str:
    if calendar.rule == "weekly":
        return f"every {_listed([DAYS[day] for day in calendar.days])}"
    return "every day" if calendar.rule == "daily" else f"on day {calendar.day} of every month"


def _day(text: str | None) -> str:
    day = date.fromisoformat(text or "")
    return f"{day.day} {day:%b %Y}"


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
