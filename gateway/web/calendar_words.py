"""Says a calendar in words: "every Monday at 09:00, from 2 Mar 2026 to 30 Apr 2026"."""

from collections.abc import Sequence
from datetime import date

from flask_babel import format_date, gettext, ngettext

from gateway.alerts.reminders import DAYS, Calendar
from gateway.web.speech import spoken


def calendar_words(calendar: Calendar) -> str:
    """For coordinators; days and hours are those of the deployment's zone."""
    if calendar.rule == "now":
        return str(gettext("once, as soon as it is approved"))
    on, at = _day(calendar.on), calendar.at
    if calendar.rule == "once":
        return str(gettext("once, on %(day)s at %(time)s", day=on, time=at))
    if calendar.rule == "election":
        before = [ngettext("%(num)s day before", "%(num)s days before", one)
                  for one in calendar.before]  # fmt: skip
        days = _listed([*before, gettext("on the day")])
        words = gettext(
            "%(days)s, at %(time)s; election day is %(day)s", days=days, time=at, day=on
        )
        return str(words)
    first, last = _day(calendar.first), _day(calendar.last)
    return str(
        gettext(
            "%(rule)s at %(time)s, from %(first)s to %(last)s",
            rule=_every(calendar), time=at, first=first, last=last,
        )
    )  # fmt: skip


def _every(calendar: Calendar) -> str:
    if calendar.rule == "weekly":
        days = _listed([spoken(DAYS[day]) for day in calendar.days])
        return str(gettext("every %(days)s", days=days))
    if calendar.rule == "daily":
        return str(gettext("every day"))
    return str(gettext("on day %(day)s of every month", day=calendar.day))


def _day(text: str | None) -> str:
    return str(format_date(date.fromisoformat(text), "d MMM yyyy")) if text else ""


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    if not others:
        return last
    return str(gettext("%(words)s and %(last)s", words=", ".join(others), last=last))
