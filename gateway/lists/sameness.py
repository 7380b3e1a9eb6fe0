"""Which incidents may be the same, and which were made one."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from gateway.lists.incidents import OPEN, apart_m
from gateway.store.tables import Incident, Move, Placement, Report, Suggestion

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
    yes: str | None


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
    rows = _open_between(session, (incident.id,))
    known = _followed(session, rows)
    first = _first_reports(session, rows)
    found: dict[int, Likely] = {}
    for row in rows:
        other = _other(row, incident.id, known)
        if other is not None and other.id not in found:
            found[other.id] = _likely(row, incident, other, known, first)
    return list(found.values())[:_MOST]


def beside(session: Session, incidents: Iterable[Incident]) -> Mapping[int, list[int]]:
    """For rows of a list: the numbers of the incidents that each may be the same as."""
    ids = [incident.id for incident in incidents if incident.state in OPEN]
    rows = _open_between(session, ids) if ids else []
    known = _followed(session, rows)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        for own in {row.incident_id, _end(known, row.target_id).id} & set(ids):
            other = _other(row, own, known)
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
    rows: Sequence[Any] = session.execute(
        select(
            Suggestion.id,
            Suggestion.report_id,
            Suggestion.incident_id.label("target_id"),
            Suggestion.score,
            Suggestion.why,
            Report.incident_id,
        )
        .join(Report, Report.id == Suggestion.report_id)
        .where(Suggestion.id.in_(union(from_us, to_us).scalar_subquery()))
        .order_by(Suggestion.score.desc(), Suggestion.id)
    ).all()
    return rows


def _followed(session: Session, rows: Sequence[Any]) -> dict[int, Incident]:
    """All incidents of the rows, and those that they were merged into: a query for each step."""
    known: dict[int, Incident] = {}
    wanted = {row.target_id for row in rows} | {row.incident_id for row in rows}
    while wanted:
        found = session.scalars(select(Incident).where(Incident.id.in_(wanted))).all()
        known |= {incident.id: incident for incident in found}
        parents = {one.merged_into_id for one in found if one.merged_into_id is not None}
        wanted = parents - known.keys()
    return known


def _end(known: Mapping[int, Incident], incident_id: int) -> Incident:
    incident = known[incident_id]
    while incident.merged_into_id is not None:
        incident = known[incident.merged_into_id]
    return incident


def _other(row: Any, own: int, known: Mapping[int, Incident]) -> Incident | None:
    """The other side of a suggestion, while it can still be decided."""
    pair = {row.incident_id, _end(known, row.target_id).id}
    if len(pair) != 2 or own not in pair:
        return None
    other = known[next(iter(pair - {own}))]
    return other if other.state in OPEN else None


def _first_reports(session: Session, rows: Sequence[Any]) -> set[int]:
    """Reports with which their incidents began."""
    ids = {row.incident_id for row in rows}
    if not ids:
        return set()
    query = select(func.min(Report.id)).where(Report.incident_id.in_(ids))
    return set(session.scalars(query.group_by(Report.incident_id)))


def _likely(
    row: Any,
    incident: Incident,
    other: Incident,
    known: Mapping[int, Incident],
    first: set[int],
) -> Likely:
    began, begins = (one.first_report_at or one.opened_at for one in (incident, other))
    into = _end(known, row.target_id)
    return Likely(
        suggestion_id=row.id,
        score=row.score,
        other=other,
        away_m=apart_m(incident, other),
        seconds_later=(begins - began).total_seconds(),
        why=json.loads(row.why),
        yes=_yes(row, known[row.incident_id], into, row.report_id in first),
    )


def _yes(row: Any, left: Incident, into: Incident, whole: bool) -> str | None:
    if not whole:
        return f"report {row.report_id} moves from incident {left.id} into {into.id}"
    if left.state == "open":
        return f"incident {left.id} is merged into {into.id}"
    return f"incident {into.id} is merged into {left.id}" if into.state == "open" else None
