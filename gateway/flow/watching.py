"""Tells coordinators when an area's week has more incidents of a risk factor than its past."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.incidents.counting import Key, count, week_of, weeks_before
from gateway.incidents.risk import Chart, is_news
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.once import insert_once
from gateway.store.tables import RiskNotice, User
from gateway.terms.refusals import NotFound

log = structlog.get_logger()


def watch(runtime: Runtime) -> int:
    """Writes, raises and takes back notices; returns how many.

    For this week and the last, whose reports still come in.
    """
    now, zone, changed = runtime.clock(), runtime.zone, 0
    with runtime.database.reading() as session:
        counts = count(session, week_of(now, zone), zone, runtime.factors.uncounted)
    while counts.weeks and counts.weeks[-1] >= weeks_before(week_of(now, zone), 1, zone):
        week, charts = counts.weeks[-1], counts.charts(runtime.settings.risk)
        with runtime.database.reading() as session:
            differs = _differs(_notices(session, week), charts)
        if differs:
            with runtime.database.writing() as session:
                changed += _write(session, week, charts, now)
        counts = counts.before()
    return changed


def see(session: Session, notice_id: int, by: User, now: datetime) -> None:
    """A coordinator has looked at a notice; it comes back when its count grows by half."""
    row = session.get(RiskNotice, notice_id, with_for_update=True)
    if row is None:
        raise NotFound("That notice is gone: its incidents were refuted or moved.")
    if row.seen_at is None:
        row.seen_by, row.seen_at = by.name, now
        subject, facts = f"risk {row.id}", {"factor": row.factor, "count": row.count}
        record(session, who=by.name, act="risk.see", subject=subject, now=now, facts=facts)


def _notices(session: Session, week: datetime) -> dict[Key, RiskNotice]:
    rows = session.scalars(select(RiskNotice).where(RiskNotice.week == week))
    return {(row.area, row.factor): row for row in rows}


def _differs(notices: Mapping[Key, RiskNotice], charts: Mapping[Key, Chart]) -> bool:
    missing = any(chart.is_rising and key not in notices for key, chart in charts.items())
    return missing or any(_change(row, charts.get(key)) for key, row in notices.items())


def _write(session: Session, week: datetime, charts: Mapping[Key, Chart], now: datetime) -> int:
    changed, notices = 0, _notices(session, week)
    for (area, factor), chart in charts.items():
        if chart.is_rising and (area, factor) not in notices:
            values = {"area": area, "factor": factor, "week": week, "created_at": now}
            values |= _figures(chart)
            new = insert_once(session, RiskNotice, values, on=("area", "factor", "week"))
            changed += new is not None
            log.info("risk rising", notice=new, factor=factor, count=chart.count)
    for key, row in notices.items():
        change = _change(row, charts.get(key))
        if change == "gone":
            session.delete(row)
        elif change == "grown":
            for name, value in _figures(charts[key]).items():
                setattr(row, name, value)
            row.seen_by = row.seen_at = None
        changed += bool(change)
    return changed


def _change(row: RiskNotice, chart: Chart | None) -> str:
    """ "grown", "gone" or nothing.

    A seen notice keeps the count that was seen until it has grown by half, so that small steps add
    up; one that nobody saw goes with the count when its incidents are refuted.
    """
    seen = row.seen_at is not None
    if chart is None or not chart.is_rising:
        return "" if seen else "gone"
    if seen:
        return "grown" if is_news(row.count, chart.count) else ""
    same = (row.count, row.threshold) == (chart.count, chart.threshold)
    return "" if same else "grown"


def _figures(chart: Chart) -> dict[str, float | int]:
    return {
        "count": chart.count, "expected": chart.expected, "threshold": float(chart.threshold or 0),
    }  # fmt: skip
