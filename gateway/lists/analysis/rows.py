"""The tables of a situation report with all their columns; `levels` says which may be told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.lists import casualties
from gateway.lists.analysis.incidents import Outcomes
from gateway.lists.analysis.period import Scope
from gateway.lists.analysis.warned import Reached, Warned, together
from gateway.store.tables import Incident, RiskNotice

Row = Mapping[str, Any]
_MOST = 20_000


def incidents(session: Session, scope: Scope, *, reasons: bool, most: int = _MOST) -> Iterator[Row]:
    """The newest first, with the range of people harmed; reasons of the grade only if asked for."""
    columns: tuple[Any, ...] = (
        Incident.id,
        Incident.opened_at,
        Incident.hazard,
        Incident.state,
        Incident.reliability,
        Incident.credibility,
        Incident.place_name,
        Incident.lat,
        Incident.lon,
        Incident.area,
        Incident.reports,
        Incident.sources,
        *([Incident.grade_why] if reasons else []),
    )
    query: Select[Any] = select(*columns)
    query = query.where(scope.incidents()).order_by(Incident.opened_at.desc(), Incident.id.desc())
    found = session.execute(query.limit(most))
    return casualties.with_columns(session, (_incident(row, scope) for row in found), most)


def outcomes(kind: str, found: Mapping[str, Outcomes]) -> Iterator[Row]:
    """One row a hazard or an area, with its incidents by state."""
    for key, one in found.items():
        yield {
            kind: key,
            "incidents": one.total,
            "verified": one.verified,
            "refuted": one.refuted,
            "unverifiable": one.unverifiable,
            "open": one.open,
        }


def warning(one: Warned, scope: Scope) -> Row:
    """One warning and its people."""
    arrived, approved = one.delivered_s, _local(one.approved_at, scope)
    return {
        "number": one.number,
        "approved_at": approved,
        "day": approved.date(),
        "hazard": one.hazard,
        "place": one.place,
        "area": one.area,
        "minutes_to_approval": round(one.approved_s / 60),
        "minutes_to_delivery": None if arrived is None else round(arrived / 60),
        **_people(one.reached),
    }


def warnings_by_area(found: Sequence[Warned]) -> Iterator[Row]:
    """Where they were sent, the area with most of them first."""
    areas: dict[str, list[Warned]] = {}
    for one in found:
        areas.setdefault(one.area, []).append(one)
    for name, of_area in sorted(areas.items(), key=lambda item: (-len(item[1]), item[0])):
        yield {"area": name, "warnings": len(of_area), **_people(together(of_area))}


def notices(session: Session, scope: Scope) -> Iterator[Row]:
    """Areas whose week had more of a risk factor than usual, the newest week first."""
    if scope.drills:
        return
    week = RiskNotice.week
    first = scope.period.start - timedelta(days=6)  # its week may have begun before
    rows = session.scalars(
        select(RiskNotice)
        .where(week >= first, week < scope.period.end)
        .order_by(week.desc(), RiskNotice.area, RiskNotice.factor)
        .limit(_MOST)
    )
    for row in rows:
        yield {
            "area": row.area,
            "factor": row.factor,
            "week": _local(row.week, scope).date(),
            "incidents": row.count,
            "usual": round(row.expected, 1),
            "noticed_from": round(row.threshold),
        }


def _incident(row: Any, scope: Scope) -> Row:
    opened = _local(row.opened_at, scope)
    found = dict(row._mapping)
    why = found.pop("grade_why", None)
    return {
        **found,
        "number": row.id,
        "opened_at": opened,
        "day": opened.date(),
        "grade": f"{row.reliability}{row.credibility}",
        "grade_reasons": "; ".join(json.loads(why or "[]")),
        "place": row.place_name,
    }


def _people(reached: Reached) -> Row:
    return {
        "people": reached.meant,
        "handed_over": reached.handed_over,
        "delivered": reached.delivered,
        "failed": reached.failed,
        "unknown": reached.unknown,
        "delivered_percent": reached.share,
    }


def _local(time: datetime, scope: Scope) -> datetime:
    return time.astimezone(scope.period.zone).replace(second=0, microsecond=0)
