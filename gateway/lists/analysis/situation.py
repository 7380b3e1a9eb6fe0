"""A situation report: what its level lets be told of a period, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.lists.analysis import rows as tables
from gateway.lists.analysis.incidents import Counted, Outcomes, outcomes_and_before
from gateway.lists.analysis.levels import Level, few, without_small
from gateway.lists.analysis.minutes import DELIVERED, Took, in_order, of_spans, took
from gateway.lists.analysis.period import Scope
from gateway.lists.analysis.reports import received_and_before
from gateway.lists.analysis.warned import Warned, together, warned
from gateway.lists.casualties import KINDS
from gateway.store.tables import Casualty, Incident, Report

Row = Mapping[str, Any]
LISTED = 200  # incidents on the page; a file has all
_STATES = ("verified", "refuted", "unverifiable", "open")
_TOLD = ("witness", "hearsay")


@dataclass(frozen=True, slots=True)
class Change:
    """A count now and in as many days before; None where the level hides it."""

    name: str
    now: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What the page of a report shows; None in place of a count that is hidden."""

    scope: Scope
    level: Level
    headline: Mapping[str, int | None]
    changes: Sequence[Change]
    hazards: Sequence[Change]  # that changed, the largest change first
    minutes: Sequence[Took]
    harmed: Mapping[str, int | None]  # incidents by kind; empty where they are listed one by one
    notices: int | None  # how many
    tables: Mapping[str, Sequence[Row]]
    more: int = 0  # incidents that the page has no room for


def situation(session: Session, scope: Scope, level: Level) -> Situation:
    """Everything of the page."""
    now, then = outcomes_and_before(session, scope)
    reports = received_and_before(session, scope)
    warnings = warned(session, scope, before=True)
    current = [one for one in warnings if one.is_current]
    notices = list(tables.notices(session, scope))
    below = level.hidden_below
    return Situation(
        scope=scope,
        level=level,
        headline=_headline(level, now.all, reports[0], current),
        changes=_changes(below, now, then, reports, (len(current), len(warnings) - len(current))),
        hazards=_hazards(now, then) if not below else [],
        minutes=_minutes(session, scope, level, current),
        harmed={} if level.is_single else _harmed(session, scope, below),
        notices=few(len(notices), below),
        tables=_tables(session, scope, level, now, current, notices),
        more=max(0, now.all.total - LISTED) if level.is_single else 0,
    )


def table(session: Session, scope: Scope, level: Level, name: str) -> Iterable[Row]:
    """The rows of a file, all of them."""
    if name == "incidents":
        return _cut(level, name, tables.incidents(session, scope, reasons=_reasons(level)))
    if name == "warnings":
        return _warnings(scope, level, warned(session, scope))
    if name == "notices":
        return _cut(level, name, tables.notices(session, scope))
    now, _ = outcomes_and_before(session, scope, before=False)
    return _counted(level, name, now)


def _tables(
    session: Session,
    scope: Scope,
    level: Level,
    now: Counted,
    current: Sequence[Warned],
    notices: Sequence[Row],
) -> dict[str, Sequence[Row]]:
    found: dict[str, Sequence[Row]] = {}
    for name in level.tables:
        if name == "incidents":
            listed = tables.incidents(session, scope, reasons=_reasons(level), most=LISTED)
            found[name] = list(_cut(level, name, listed))
        elif name == "warnings":
            found[name] = list(_warnings(scope, level, current))
        elif name == "notices":
            found[name] = list(_cut(level, name, notices))
        else:
            found[name] = list(_counted(level, name, now))
    return found


def _reasons(level: Level) -> bool:
    return "grade_reasons" in level.tables["incidents"]


def _cut(level: Level, name: str, found: Iterable[Row]) -> Iterator[Row]:
    """The columns that the level names, in its order."""
    columns = level.tables[name]
    return ({column: row.get(column) for column in columns} for row in found)


def _counted(level: Level, name: str, now: Counted) -> Iterator[Row]:
    kind, found = ("hazard", now.hazards) if name == "hazards" else ("area", now.areas)
    rows = tables.outcomes(kind, found)
    if level.hidden_below:
        shown = without_small({key: one.total for key, one in found.items()}, level.hidden_below)
        rows = ({kind: key, "incidents": count} for key, count in shown.items())
    return _cut(level, name, rows)


def _warnings(scope: Scope, level: Level, found: Sequence[Warned]) -> Iterator[Row]:
    if level.is_single:
        return _cut(level, "warnings", (tables.warning(one, scope) for one in found))
    if level.has_areas:
        return _cut(level, "warnings", tables.warnings_by_area(found))
    return _cut(level, "warnings", [_hidden_reach(level.hidden_below, found)])


def _hidden_reach(below: int, found: Sequence[Warned]) -> dict[str, int | None]:
    reached = together(found)
    cells = {"delivered": reached.delivered, "others": reached.meant - reached.delivered}
    return {
        "warnings": few(len(found), below),
        "people": few(reached.meant, below),
        "delivered": without_small(cells, below)["delivered"],
    }


def _headline(
    level: Level, now: Outcomes, reports: int, current: Sequence[Warned]
) -> dict[str, int | None]:
    below = level.hidden_below
    counts: dict[str, int | None] = {
        "reports": few(reports, below),
        "incidents": few(now.total, below),
        **without_small({state: getattr(now, state) for state in _STATES}, below),
    }
    if below:
        return {**counts, **_hidden_reach(below, current)}
    reached = together(current)
    return {
        **counts,
        "warned_refuted": now.warned_refuted,
        "unplaced": now.unplaced,
        "disputed": now.disputed,
        "warnings": len(current),
        "people": reached.meant,
        "handed_over": reached.handed_over,
        "delivered": reached.delivered,
        "failed": reached.failed,
        "unknown": reached.unknown,
        "erased": reached.erased,
    }


def _changes(
    below: int, now: Counted, then: Counted, reports: tuple[int, int], warnings: tuple[int, int]
) -> list[Change]:
    """Of what is verified a hidden count could be worked out, so that is left out."""
    found = {"reports": reports, "incidents": (now.all.total, then.all.total)}
    if not below:
        found["verified"] = (now.all.verified, then.all.verified)
        found["warnings"] = warnings
    return [
        Change(name, few(one, below), few(before, below)) for name, (one, before) in found.items()
    ]


def _hazards(now: Counted, then: Counted) -> list[Change]:
    names = {*now.hazards, *then.hazards}
    none = Outcomes()
    found = [
        Change(name, now.hazards.get(name, none).total, then.hazards.get(name, none).total)
        for name in names
    ]
    changed = [one for one in found if one.now != one.before]
    return sorted(changed, key=lambda one: (-abs((one.now or 0) - (one.before or 0)), one.name))


def _minutes(session: Session, scope: Scope, level: Level, current: Sequence[Warned]) -> list[Took]:
    spans = [one.delivered_s for one in current if one.is_first and one.delivered_s is not None]
    found = in_order([*took(session, scope), *of_spans(DELIVERED, spans)])
    return [one for one in found if not (level.hidden_below and one.is_few)]


def _harmed(session: Session, scope: Scope, below: int) -> dict[str, int | None]:
    """Incidents in which somebody tells of people killed and so on; nobody is added up."""
    verified = (scope.incidents(), Incident.state.in_(("verified", "closed")))
    told = (
        select(Casualty.kind, Incident.id.label("incident"))
        .join(Report, Report.id == Casualty.report_id)
        .join(Incident, Incident.id == Report.incident_id)
        .where(*verified, Report.stance.in_(_TOLD))
    )
    by_hand = (
        select(Casualty.kind, Incident.id.label("incident"))
        .join(Incident, Incident.id == Casualty.incident_id)
        .where(*verified)
    )
    both = told.union(by_hand).subquery()
    rows: Any = session.execute(select(both.c.kind, func.count()).group_by(both.c.kind))
    counts: dict[str, int] = dict(rows.all())
    return {kind: few(counts[kind], below) for kind in KINDS if kind in counts}
