"""Which incidents may be the same, and which were made one."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, and_, func, select, union
from sqlalchemy.orm import Session, aliased

from gateway.lists.incidents import OPEN, apart_m
from gateway.store.tables import Incident, Move, Placement, Report, Suggestion
from gateway.terms.saying import Said

_MOST = 12


@dataclass(frozen=True, slots=True)
class Likely:
    """Another incident that may be the same; `yes` says what a yes does, None when it cannot."""

    suggestion_id: int
    score: float  # 0 to 1
    other: Incident
    away_m: float | None
    seconds_later: float  # the other one's first report, after the first of this one
    why: Sequence[str]
    yes: Said | None


@dataclass(frozen=True, slots=True)
class Swallowed:
    """An incident that was merged into this one, by whom and why."""

    incident_id: int
    who: str
    at: datetime
    why: str | None


def of_incident(session: Session, incident: Incident) -> list[Likely]:
    """The likeliest first, one line for each other incident, whichever of the two was first."""
    if incident.state not in OPEN:
        return []
    found: dict[int, Likely] = {}
    for row in _open_between(session, (incident.id,)):
        other = _other(row, incident.id)
        if other is not None and other.id not in found:
            found[other.id] = _likely(row, incident, other)
    return list(found.values())[:_MOST]


def beside(session: Session, incidents: Iterable[Incident]) -> Mapping[int, list[int]]:
    """For rows of a list: the numbers of the incidents that each may be the same as."""
    ids = [incident.id for incident in incidents if incident.state in OPEN]
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in _open_between(session, ids) if ids else ():
        for own in {row.left.id, row.into.id} & set(ids):
            other = _other(row, own)
            if other is not None and other.id not in found[own]:
                found[own].append(other.id)
    return found


def swallowed_by(session: Session, incident_id: int) -> list[Swallowed]:
    """What was merged into the incident and still is, the last first."""
    brought = select(Placement.from_id).where(
        Placement.to_id == incident_id, Placement.act == "merged"
    )
    rows = session.execute(
        select(Incident.id, Move.who, Move.at, Move.why)
        .join(Move, (Move.machine == "incident") & (Move.row_id == Incident.id))
        .where(
            Incident.id.in_(brought),
            Incident.merged_into_id == incident_id,
            Move.target == "merged",
        )
        .order_by(Move.id.desc())
    )
    found: dict[int, Swallowed] = {}
    for row in rows:
        found.setdefault(row.id, Swallowed(*row))
    return list(found.values())


def _open_between(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    """Open suggestions from or to these incidents, the likeliest first."""
    merged = select(Placement.from_id).where(
        Placement.to_id.in_(ids), Placement.act == "merged", Placement.from_id.is_not(None)
    )
    ours = select(Suggestion.id).join(Report, Report.id == Suggestion.report_id)
    from_us = ours.where(Report.incident_id.in_(ids), Suggestion.state == "open")
    to_us = select(Suggestion.id).where(
        Suggestion.incident_id.in_(ids) | Suggestion.incident_id.in_(merged),
        Suggestion.state == "open",
    )
    left, into = aliased(Incident, name="left"), aliased(Incident, name="into")
    ends = _ends(union(from_us, to_us))
    earlier = aliased(Report)
    first = select(func.min(earlier.id)).where(earlier.incident_id == Report.incident_id)
    rows: Sequence[Any] = session.execute(
        select(
            Suggestion.id,
            Suggestion.report_id,
            Suggestion.score,
            Suggestion.why,
            left,
            into,
            (Report.id == first.correlate(Report).scalar_subquery()).label("whole"),
        )
        .join(Report, Report.id == Suggestion.report_id)
        .join(left, left.id == Report.incident_id)
        .join(ends, ends.c.begin_id == Suggestion.incident_id)
        .join(into, and_(into.id == ends.c.id, into.merged_into_id.is_(None)))
        .where(Suggestion.id.in_(union(from_us, to_us).scalar_subquery()))
        .order_by(Suggestion.score.desc(), Suggestion.id)
    ).all()
    return rows


def _ends(suggestions: Any) -> CTE:
    """From each incident of the suggestions along the merges that it went through."""
    begun = select(Suggestion.incident_id).where(Suggestion.id.in_(suggestions.scalar_subquery()))
    ends = (
        select(Incident.id.label("begin_id"), Incident.id, Incident.merged_into_id)
        .where(Incident.id.in_(begun))
        .cte("ends", recursive=True)
    )
    onward = select(ends.c.begin_id, Incident.id, Incident.merged_into_id).join(
        Incident, Incident.id == ends.c.merged_into_id
    )
    return ends.union(onward)


def _other(row: Any, own: int) -> Incident | None:
    """The other side of a suggestion, while it can still be decided."""
    left, into = row.left, row.into
    if left.id == into.id or own not in (left.id, into.id):
        return None
    other: Incident = into if own == left.id else left
    return other if other.state in OPEN else None


def _likely(row: Any, incident: Incident, other: Incident) -> Likely:
    began, begins = (one.first_report_at or one.opened_at for one in (incident, other))
    return Likely(
        suggestion_id=row.id,
        score=row.score,
        other=other,
        away_m=apart_m(incident, other),
        seconds_later=(begins - began).total_seconds(),
        why=json.loads(row.why),
        yes=_yes(row, row.left, row.into),
    )


def _yes(row: Any, left: Incident, into: Incident) -> Said | None:
    if not row.whole:
        return Said(
            "report %(report)s moves from incident %(left)s into %(into)s",
            report=row.report_id,
            left=left.id,
            into=into.id,
        )
    if left.state == "open":
        return _merged(left, into)
    return _merged(into, left) if into.state == "open" else None


def _merged(one: Incident, into: Incident) -> Said:
    return Said("incident %(one)s is merged into %(into)s", one=one.id, into=into.id)
