"""The fields of a campaign's calendar: read from a form, and filled into one."""

from collections.abc import Mapping

from flask import request

from gateway.alerts.reminders import DAYS, KINDS, RULES, Calendar
from gateway.terms.refusals import Refused
from gateway.web.forms import optional_number

_REPEATED = ("days",)


def read() -> Calendar:
    """What was typed, as it is; the flow says what cannot be."""
    form = request.form
    rule = form.get("rule", "")
    return Calendar(
        rule=rule,
        at=form.get("at", "").strip()[:5],
        on=form.get("election" if rule == "election" else "on", "").strip() or None,
        first=form.get("first", "").strip() or None,
        last=form.get("last", "").strip() or None,
        days=tuple(form.getlist("days")),
        day=optional_number("day"),
        before=_before(form.get("before", "")),
    )


def of(calendar: Calendar) -> dict[str, object]:
    """The values of the fields."""
    return {
        "rule": calendar.rule,
        "at": calendar.at,
        "on": (calendar.on or "") if calendar.rule != "election" else "",
        "election": calendar.on if calendar.rule == "election" else "",
        "first": calendar.first or "",
        "last": calendar.last or "",
        "days": calendar.days,
        "day": calendar.day or "",
        "before": ", ".join(map(str, calendar.before)),
    }


def typed() -> dict[str, object]:
    """What the form held, to show it again."""
    return {**request.form, **{name: request.form.getlist(name) for name in _REPEATED}}


def choices() -> Mapping[str, Mapping[str, str]]:
    """What can be chosen from."""
    return {"kinds": KINDS, "rules": RULES, "weekdays": DAYS}


def _before(text: str) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    if any(not word.isascii() or not word.isdecimal() or len(word) > 3 for word in words):
        raise Refused("Give the days before the election day as numbers, such as 7, 3, 1.")
    return tuple(int(word) for word in words)
