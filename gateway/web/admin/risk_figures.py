"""The charts of rising risk: an area's weeks, and the count from which one is noticed."""

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import format_date, gettext

from gateway.incidents.factors import Factor
from gateway.incidents.risk import ANY
from gateway.lists.risk import Area, Board, Line
from gateway.web.admin.figures import of_stranger
from gateway.web.context import runtime
from gateway.web.plot_parts import Plot, Series, number
from gateway.web.plots import columns
from gateway.web.speech import spoken

_MOST = 6


def risks(board: Board, factors: Mapping[int, Factor], *, one_area: bool) -> list[Plot]:
    """Weeks of the most pressing areas; of one area, of each factor it shows."""
    lines = [(area, line) for area in board.areas for line in _shown(area, one_area)]
    return [
        _risk(place, area, line, factors, board) for place, (area, line) in
        enumerate(lines[:_MOST])
    ]  # fmt: skip


def _shown(area: Area, one_area: bool) -> list[Line]:
    lines = [line for line in area.lines if any(line.series)]
    return lines if one_area else [line for line in lines if line.factor == ANY]


def _risk(place: int, area: Area, line: Line, factors: Mapping[int, Factor], board: Board) -> Plot:
    zone = runtime().zone
    last = board.week.astimezone(zone).date()
    weeks = [last - timedelta(weeks=back) for back in reversed(range(len(line.series)))]
    threshold, chart = None, line.chart
    about = gettext("%(count)s in the last week shown.", count=number(chart.count))
    if chart.threshold is not None:
        words = gettext("noticed from %(count)s", count=number(chart.threshold))
        threshold = (chart.threshold, words)
        about = f"{about} {words}."
    is_any = line.factor == ANY
    name = gettext("any risk factor") if is_any else spoken(factors[line.factor].title)
    return columns(
        f"risk-{place}",
        gettext("%(area)s: %(factor)s", area=of_stranger(area.name), factor=name),
        about,
        (gettext("Week of"), [format_date(week, "d MMM") for week in weeks]),
        [Series("full", gettext("incidents"), line.series)],
        threshold,
    )
