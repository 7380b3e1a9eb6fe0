"""The days that somebody wants to look at: a ready span, or from one day to another."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import request
from flask_babel import format_date, format_datetime, gettext

from gateway.lists.analysis.period import MOST_DAYS, Period
from gateway.web.context import now, runtime
from gateway.web.speech import N_

READY = {
    "7": N_("Last 7 days"),
    "30": N_("Last 30 days"),
    "year": N_("This year"),
    "own": N_("From a day to a day"),
}
_OTHERWISE = "30"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period, by which word it was chosen, what was typed, and what is wrong with it."""

    period: Period
    word: str
    typed_from: str
    typed_to: str
    problem: str = ""


def read(otherwise: str = _OTHERWISE) -> Chosen:
    """Days that make no period are answered by the ready span, and with what is wrong."""
    first, last = (request.values.get(name, "").strip()[:10] for name in ("from", "to"))
    word = request.values.get("period", "own" if first or last else otherwise)
    if word not in READY:
        word = otherwise
    if word == "own":
        found = _between(first, last)
        if isinstance(found, Period):
            return Chosen(found, word, first, last)
        return Chosen(_ready(otherwise), word, first, last, found)
    period = _ready(word)
    return Chosen(period, word, period.first.isoformat(), period.last.isoformat())


def in_words(period: Period) -> str:
    """ "1 Mar 2026 to 10 Mar 2026"."""
    first, last = long_day(period.first), long_day(period.last)
    if first == last:
        return first
    return str(gettext("%(first)s to %(last)s", first=first, last=last))


def long_day(day: date) -> str:
    """ "9 Mar 2026", as paper outlives the year."""
    return str(format_date(day, "d MMM yyyy"))


def long_time(time: datetime) -> str:
    """ "9 Mar 2026 18:30" by the clocks of the deployment."""
    local = time.astimezone(runtime().zone)
    return str(format_datetime(local, "d MMM yyyy HH:mm", rebase=False))


def _ready(word: str) -> Period:
    today = now().astimezone(runtime().zone).date()
    if word == "year":
        return Period(today.replace(month=1, day=1), today, runtime().zone)
    return Period(today - timedelta(days=int(word) - 1), today, runtime().zone)


def _between(first: str, last: str) -> Period | str:
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return str(gettext("Give both days, such as 2026-03-01 and 2026-03-31."))
    if end < begin:
        return str(gettext("The last day lies before the first. Choose them the other way round."))
    if not 2000 <= begin.year <= end.year <= 2200:
        return str(gettext("Choose days of our time."))
    if (end - begin).days >= MOST_DAYS:
        return str(gettext("Choose at most two years at once."))
    return Period(begin, end, runtime().zone)
