"""What a merge brought into an incident, so that undoing it gives back exactly that."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Placement, Report

BY_HAND = ("moved", "split")
AGAINST = "against"  # not a place: what a report elsewhere speaks against


def brought(session: Session, incident: Incident, into: Incident, end: Incident) -> list[Report]:
    """Reports that the merge of `incident` brought into `into` and that no hand took away since.

    `end` is where they are now: `into`, or what that was merged into later.
    """
    merged = _ids(session, incident, into, "merged")
    rows = session.scalars(
        select(Report)
        .where(Report.id.in_(merged), Report.incident_id == end.id)
        .order_by(Report.id)
    ).all()
    later = _placements(session, [report.id for report in rows])
    own = _born_by_hand(session, later)
    return [
        report
        for report in rows
        if _stayed(
            (step for step in later if step.report_id == report.id and _after(step, merged)), own
        )
    ]


def turn_against(session: Session, old: Incident, new: Incident, who: str, now: datetime) -> None:
    """Reports elsewhere that spoke against the old incident speak against the new one."""
    rows = session.scalars(
        select(Report).where(
            Report.contradicts_id == old.id, Report.incident_id.is_distinct_from(old.id)
        )
    )
    for report in rows.all():
        session.add(
            Placement(
                report_id=report.id, from_id=old.id, to_id=new.id, act=AGAINST, who=who, at=now
            )
        )
        report.contradicts_id = new.id


def turn_back(session: Session, incident: Incident, into: Incident, end: Incident) -> None:
    """The opposite, when the merge is undone."""
    turned = _ids(session, incident, into, AGAINST)
    session.execute(
        update(Report)
        .where(Report.id.in_(turned), Report.contradicts_id == end.id)
        .values(contradicts_id=incident.id)
    )


def _ids(session: Session, old: Incident, new: Incident, act: str) -> dict[int, int]:
    """Reports, and the last placement of each that took it from the one to the other so."""
    rows = session.execute(
        select(Placement.report_id, Placement.id)
        .where(Placement.from_id == old.id, Placement.to_id == new.id, Placement.act == act)
        .order_by(Placement.id)
    )
    return {row.report_id: row.id for row in rows}


def _placements(session: Session, report_ids: Sequence[int]) -> Sequence[Placement]:
    return session.scalars(
        select(Placement)
        .where(Placement.report_id.in_(report_ids), Placement.act != AGAINST)
        .order_by(Placement.id)
    ).all()


def _after(step: Placement, since: dict[int, int]) -> bool:
    return step.id > since[step.report_id]


def _born_by_hand(session: Session, steps: Sequence[Placement]) -> set[int]:
    """Incidents that began with reports taken out of others."""
    first = (
        select(func.min(Placement.id))
        .where(Placement.to_id.in_({step.to_id for step in steps if step.act in BY_HAND}))
        .group_by(Placement.to_id)
    )
    query = select(Placement.to_id).where(Placement.id.in_(first), Placement.act.in_(BY_HAND))
    return set(session.scalars(query))


def _stayed(steps: Iterable[Placement], own: set[int]) -> bool:
    """Whether nobody took it away, or whoever did put it back.

    A merge puts back only what had been taken out into an incident of its own.
    """
    away: list[Placement] = []
    for step in steps:
        back = bool(away) and step.to_id == away[-1].from_id
        if back and (step.act in BY_HAND or away[-1].to_id in own):
            away.pop()
        elif step.act in BY_HAND:
            away.append(step)
    return not away
