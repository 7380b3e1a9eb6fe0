"""The situation report of a period at a level of secrecy: a page to print, and CSV files."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, flash, render_template, request
from flask_babel import gettext

from gateway.flow import telling
from gateway.lists.analysis import levels
from gateway.lists.analysis.levels import Level
from gateway.lists.analysis.period import Scope
from gateway.lists.analysis.situation import LISTED, situation, table
from gateway.lists.casualties import KINDS
from gateway.sharing import tables
from gateway.terms.refusals import NotAllowed, Refused
from gateway.web import periods
from gateway.web.admin import figures
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import hazard
from gateway.web.guards import may, needs, signed_in
from gateway.web.report_words import change_words, harm_words
from gateway.web.speech import N_, spoken, told

bp = Blueprint("situation_report", __name__)
bp.add_app_template_filter(periods.long_day, "long_day")
bp.add_app_template_filter(periods.long_time, "long_time")
_ENDS = ("low", "high")
_BOM = "\ufeff"  # else spreadsheets read UTF-8 as something else
_LONGEST_COMMENT = 4000
_COUNTED = {
    "reports": N_("Reports"),
    "incidents": N_("Incidents"),
    "verified": N_("Verified incidents"),
    "warnings": N_("Warnings"),
}
_FILES = {
    "incidents": N_("Incidents, one by one"),
    "hazards": N_("Incidents by hazard"),
    "areas": N_("Incidents by area"),
    "warnings": N_("Warnings"),
    "notices": N_("Rising risk"),
}
_LEVEL_WORDS = {
    "RED": N_("All that a coordinator sees of an incident, for named readers only."),
    "AMBER+STRICT": N_("Single incidents with their county, for this organisation only."),
    "AMBER": N_("Single incidents with their county, for this organisation and its partners."),
    "GREEN": N_("Counts by county, for the community of those who help."),
    "CLEAR": N_("Counts of the whole country without small ones, for everybody."),
}


@bp.get("/situation-report")
@signed_in
def page() -> str | tuple[str, int]:
    """The form alone, or with a level in the address the report too."""
    return _page("")


@bp.post("/situation-report")
@needs("coordinator")
def commented() -> str | tuple[str, int]:
    """The report with a comment, which is kept nowhere."""
    return _page(request.form.get("comment", "").strip()[:_LONGEST_COMMENT])


@bp.get("/situation-report.csv")
@signed_in
def file() -> Response:
    """One table of the report; with `hxl` a second row tells machines what each column is."""
    days, level = periods.read(), levels.level_of(_asked(), current_actor().role)
    name = request.args.get("table", "")
    if days.problem:
        raise Refused(days.problem)
    _check_days(level, days)
    if name not in level.tables:
        raise Refused(
            "At the level %(level)s there is no table of %(name)s. Choose another level or table.",
            level=level.name,
            name=name[:40],
        )
    scope = _scope(days)
    with runtime().database.reading() as session:
        lines = list(_lines(level, name, table(session, scope, level, name)))
    _note(level, scope, name)
    shown = f"{days.period.first}-{days.period.last}"
    answer = Response(_BOM + "\r\n".join(lines) + "\r\n", mimetype="text/csv")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="situation-{level.key}-{name}-{shown}.csv"'
    )
    return answer


def _page(comment: str) -> str | tuple[str, int]:
    days, asked, actor = periods.read("7"), _asked(), current_actor()
    allowed = levels.open_to(actor.role)
    level, problem = None, days.problem
    if asked:
        try:
            level = levels.level_of(asked, actor.role)
            _check_days(level, days)
        except NotAllowed:
            raise
        except Refused as refused:
            problem = problem or told(refused)
    if problem:
        flash(problem, "problem")
    facts: dict[str, Any] = {"report": None}
    if level is not None and not problem:
        scope = _scope(days)
        facts = _report(level, scope, days)
        _note(level, scope, "")
    html = render_template(
        "admin/situation_report.html",
        days=days,
        ready=periods.READY,
        levels=allowed,
        level_words=_LEVEL_WORDS,
        asked=asked,
        comment=comment,
        may_comment=may("coordinator"),
        drills=_drills(),
        **facts,
    )
    return (html, 400) if problem else html


def _report(level: Level, scope: Scope, days: periods.Chosen) -> dict[str, Any]:
    with runtime().database.reading() as session:
        report = situation(session, scope, level)
    changes = [change_words(one, spoken(_COUNTED[one.name])) for one in report.changes]
    return {
        "report": report,
        "level": level,
        "words": periods.in_words(days.period),
        "changes": changes + [change_words(one, hazard(one.name)) for one in report.hazards],
        "harm_words": harm_words,
        "inside_others": ["lat", "lon", *(f"{kind}_{end}" for kind in KINDS for end in _ENDS)],
        "files": {name: spoken(words) for name, words in _FILES.items()},
        "step_words": figures.step_words,
        "spell": figures.spell,
        "factor_title": _factor_title,
        "listed": LISTED,
        "rest": _address(days, level),
    }


def _address(days: periods.Chosen, level: Level) -> dict[str, str]:
    first, last = days.period.first.isoformat(), days.period.last.isoformat()
    found = {"from": first, "to": last, "level": level.key}
    return {**found, "drills": "1"} if _drills() else found


def _factor_title(factor: int) -> str:
    if factor == 0:
        return str(gettext("Any risk factor"))
    return spoken(runtime().factors.by_number[factor].title)


def _check_days(level: Level, days: periods.Chosen) -> None:
    if days.period.days < level.least_days and not days.problem:
        raise Refused(
            "At the level %(level)s choose at least %(days)s days: fewer would tell of single"
            " incidents.",
            level=level.name,
            days=level.least_days,
        )


def _lines(level: Level, name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """With its header, also of a table without rows."""
    form = "hxl" if request.args.get("hxl") == "1" else "csv"
    heads = 2 if form == "hxl" else 1
    empty = dict.fromkeys(level.tables[name])
    yield from list(tables.write([empty], form))[:heads]
    yield from list(tables.write([empty, *rows], form))[heads + 1 :]


def _note(level: Level, scope: Scope, name: str) -> None:
    """Before anything is shown: what cannot be noted is not told."""
    with runtime().database.writing() as session:
        telling.note_report(
            session,
            current_actor(),
            now(),
            level=level.name,
            first=scope.period.first,
            last=scope.period.last,
            table=name,
            drills=scope.drills,
        )


def _scope(days: periods.Chosen) -> Scope:
    return Scope(days.period, drills=_drills())


def _drills() -> bool:
    return request.values.get("drills") == "1"


def _asked() -> str:
    return request.values.get("level", "").strip()[:20]
