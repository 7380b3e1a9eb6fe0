"""The plots of the analysis: which series each has, and what it says in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from flask_babel import format_date, gettext

from gateway.lists.analysis.incidents import Outcomes
from gateway.lists.analysis.minutes import Took
from gateway.lists.analysis.period import Period
from gateway.lists.analysis.reports import Quality, Received, Sources
from gateway.lists.analysis.warned import Reached
from gateway.web.context import now
from gateway.web.formats import hazard, source_words
from gateway.web.plot_parts import Plot, Series, number
from gateway.web.plots import bars, columns, strips
from gateway.web.speech import N_, spoken

_MOST_BARS, _LONGEST = 12, 40
_OUTCOMES = (
    ("full", "verified", N_("verified")),
    ("stripes", "refuted", N_("refuted")),
    ("dots", "unverifiable", N_("unverifiable")),
    ("hollow", "open", N_("open")),
)
_STEP_WORDS = {
    "seen": N_("first look"),
    "judged": N_("judgement"),
    "approved": N_("warning approved"),
    "delivered": N_("first person has the warning"),
    "half": N_("half of the people have it"),
}
_HOUR_S = 3600


def of_stranger(name: str) -> str:
    """A name from a list, short and kept apart: no letter of it turns what stands beside it."""
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return f"\u2068{short}\u2069"


def last_moment(period: Period) -> datetime:
    """The last moment of it that is not ahead of us."""
    return min(period.end - timedelta(seconds=1), now())


def step_words(step: str) -> str:
    """What an incident came to."""
    return spoken(_STEP_WORDS[step])


def spell(seconds: float) -> str:
    """ "under a minute", "12 min", "3.5 h"."""
    if seconds < 60:
        return str(gettext("under a minute"))
    if seconds < 2 * _HOUR_S:
        return str(gettext("%(count)s min", count=number(round(seconds / 60))))
    return str(gettext("%(count)s h", count=number(round(seconds / _HOUR_S, 1))))


def reports_by_time(period: Period, received: Received) -> Plot:
    """Reports of each day or week."""
    counts = period.by_piece(received.by_day)
    about = gettext("%(count)s reports in all.", count=number(received.total))
    series = [Series("full", gettext("reports"), counts)]
    return columns("reports", _by(period, N_("Reports by day"), N_("Reports by week")), about,
                   _times(period), series)  # fmt: skip


def incidents_by_time(period: Period, by_day: Mapping[str, Mapping[date, int]]) -> Plot:
    """Incidents of each day or week, by what they are held for."""
    series = [
        Series(kind, spoken(words), period.by_piece(by_day.get(state, {})))
        for kind, state, words in _OUTCOMES
    ]
    total = sum(sum(one.counts) for one in series)
    about = gettext("%(count)s incidents in all.", count=number(total))
    title = _by(period, N_("Incidents by day"), N_("Incidents by week"))
    return columns("incidents", title, about, _times(period), series)


def by_hazard(found: Mapping[str, Outcomes]) -> Plot:
    """Incidents of each hazard."""
    names = [hazard(key) for key in found]
    return _outcomes("hazards", gettext("Incidents by hazard"), gettext("Hazard"), names, found)


def by_area(found: Mapping[str, Outcomes]) -> Plot:
    """Incidents of each county or region."""
    names = [of_stranger(key) if key else gettext("area not known") for key in found]
    return _outcomes("areas", gettext("Incidents by area"), gettext("Area"), names, found)


def minutes(found: Sequence[Took]) -> Plot:
    """How long each step took, of steps that enough incidents came to."""
    enough = [one for one in found if not one.is_few]
    hours = any(one.ninety >= 3 * _HOUR_S for one in enough)
    unit = _HOUR_S if hours else 60
    spans = [
        (
            step_words(one.step),
            one.median / unit,
            one.ninety / unit,
            f"{spell(one.median)} · {spell(one.ninety)}",
        )
        for one in enough
    ]
    plot = strips(
        "minutes",
        gettext("Time since the first report"),
        gettext("For each step the time of half of the incidents, then of nine of ten.")
        + "".join(f" {span[0]}: {span[3]}." for span in spans),
        [gettext("Step"), gettext("Half of them within"), gettext("Nine of ten within")],
        spans,
        _hours if hours else _minutes,
        (gettext("half of the incidents"), gettext("nine of ten")),
    )
    exact = [[step_words(one.step), spell(one.median), spell(one.ninety)] for one in enough]
    return replace(plot, rows=exact)


def reach(found: Reached) -> Plot:
    """People by what became of their copy."""
    kinds = (
        ("delivered", gettext("delivered"), "full"),
        ("submitted", gettext("handed over, no receipt"), "dots"),
        ("unknown", gettext("in doubt"), "stripes"),
        ("failed", gettext("failed"), "stripes"),
        ("waiting", gettext("waiting"), "hollow"),
        ("withdrawn", gettext("withdrawn"), "hollow"),
        ("erased", gettext("no longer known"), "hollow"),
    )
    names = [words for _, words, _ in kinds]
    series = [
        Series(
            pattern, words, [getattr(found, key) if other == key else 0 for other, _, _ in kinds]
        )
        for key, words, pattern in kinds
    ]
    about = gettext(
        "%(delivered)s of %(meant)s people have the warning.",
        delivered=number(found.delivered),
        meant=number(found.meant),
    )
    plot = bars("reach", gettext("People warned"), about, (gettext("State"), names), series)
    counts = [[words, number(getattr(found, key))] for key, words, _ in kinds]
    return replace(plot, keys=[], head=[gettext("State"), gettext("People")], rows=counts)


def sources(found: Sources) -> Plot:
    """What became of reports, by the letter of their source, and of focal points."""
    names = [f"{letter}, {source_words(letter)}" for letter in found.letters]
    names += [gettext("focal points"), gettext("everybody else")]
    qualities: list[Quality] = [*found.letters.values(), found.focal, found.others]
    series = [
        Series("full", gettext("verified"), [one.verified for one in qualities]),
        Series("stripes", gettext("refuted"), [one.refuted for one in qualities]),
    ]
    about = gettext(
        "%(count)s reports of decided incidents.",
        count=number(found.focal.decided + found.others.decided),
    )
    title = gettext("What became of reports, by their source")
    return bars("sources", title, about, (gettext("Source"), names), series)


def _outcomes(
    name: str, title: str, heading: str, names: list[str], found: Mapping[str, Outcomes]
) -> Plot:
    """The largest; what has no room is one bar more."""
    values = list(found.values())
    if len(values) > _MOST_BARS:
        rest = Outcomes()
        for one in values[_MOST_BARS - 1 :]:
            rest.add(one)
        values = [*values[: _MOST_BARS - 1], rest]
        names = [*names[: _MOST_BARS - 1], gettext("all others")]
    series = [
        Series(kind, spoken(words), [getattr(one, state) for one in values])
        for kind, state, words in _OUTCOMES
    ]
    told = ", ".join(
        f"{word}: {number(one.total)}" for word, one in zip(names, values, strict=True)
    )
    return bars(name, title, told, (heading, names), series)


def _times(period: Period) -> tuple[str, list[str]]:
    heading = gettext("Week of") if period.by_weeks else gettext("Day")
    return heading, [format_date(piece, "d MMM") for piece in period.pieces()]


def _by(period: Period, day: str, week: str) -> str:
    return spoken(week if period.by_weeks else day)


def _minutes(count: int) -> str:
    return str(gettext("%(count)s min", count=number(count)))


def _hours(count: int) -> str:
    return str(gettext("%(count)s h", count=number(count)))
