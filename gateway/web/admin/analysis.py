"""Analysis of a chosen period: what came, what it was, how quick we were, whom it reached."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request
from flask_babel import gettext

from gateway.lists import risk
from gateway.lists.analysis import incidents, minutes, reports, warned
from gateway.lists.analysis.period import Scope
from gateway.web import periods
from gateway.web.admin import figures
from gateway.web.admin.risk_figures import risks
from gateway.web.context import runtime
from gateway.web.forms import chosen
from gateway.web.guards import needs
from gateway.web.plot_parts import Plot

bp = Blueprint("analysis", __name__)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Found:
    """All numbers of the page."""

    outcomes: incidents.Counted
    received: reports.Received
    reached: warned.Reached
    warnings: int
    sources: reports.Sources
    took: list[minutes.Took]
    board: risk.Board
    areas: list[str]
    plots: dict[str, Plot]
    risks: list[Plot]


@bp.get("/analysis")
@needs("analyst")
def page() -> str:
    days = periods.read()
    if days.problem:
        flash(days.problem, "problem")
    scope = Scope(
        days.period,
        hazard=chosen("hazard", list(runtime().hazards)),
        area=request.args.get("area", "").strip()[:_LONGEST_NAME],
        drills=request.args.get("drills") == "1",
    )
    return render_template(
        "admin/analysis.html",
        days=days,
        ready=periods.READY,
        words=periods.in_words(days.period),
        scope=scope,
        found=_found(scope),
        hazards=list(runtime().hazards),
        rest={name: value for name, value in _rest(scope).items() if value},
        few=incidents.FEW,
        step_words=figures.step_words,
        spell=figures.spell,
        title=gettext("Analysis"),
    )


def _rest(scope: Scope) -> dict[str, str]:
    """The filters beside the period, for the links of ready periods."""
    return {"hazard": scope.hazard, "area": scope.area, "drills": "1" if scope.drills else ""}


def _found(scope: Scope) -> Found:
    factors, rules = runtime().factors, runtime().settings.risk
    at = figures.last_moment(scope.period)
    with runtime().database.reading() as session:
        outcomes = incidents.outcomes(session, scope)
        by_day = incidents.by_day(session, scope)
        received = reports.received(session, scope)
        sent = warned.warned(session, scope)
        quality = reports.sources(session, scope)
        spans = [one.delivered_s for one in sent if one.is_first and one.delivered_s is not None]
        took = minutes.in_order(
            [*minutes.took(session, scope), *minutes.of_spans(minutes.DELIVERED, spans)]
        )
        board = risk.board(session, factors, rules, at, scope.period.zone, scope.area)
        areas = incidents.areas(session, scope)
    reached = warned.together(sent)
    plots = {
        "reports": figures.reports_by_time(scope.period, received),
        "incidents": figures.incidents_by_time(scope.period, by_day),
        "hazards": figures.by_hazard(outcomes.hazards),
        "areas": figures.by_area(outcomes.areas),
        "minutes": figures.minutes(took),
        "reach": figures.reach(reached),
        "sources": figures.sources(quality),
    }
    return Found(
        outcomes, received, reached, len(sent), quality, took, board, areas, plots,
        risks(board, runtime().factors.by_number, one_area=bool(scope.area)),
    )  # fmt: skip
