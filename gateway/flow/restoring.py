"""Puts one thing about an incident back to what it was before somebody decided it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.incidents.standing import regrade
from gateway.incidents.trust import learn
from gateway.runtime import Runtime
from gateway.store import gazetteer
from gateway.store.audit import record
from gateway.store.gazetteer import LEARNT
from gateway.store.history import move
from gateway.store.tables import AuditRow, Incident, Place, PlaceAlias, User

_POINT_M = 500  # as exact as a point that somebody gives by hand


def reopen(
    session: Session, incident: Incident, judged_at: datetime, by: User, why: str, now: datetime
) -> None:
    """Open again; a judgement that never was has no moment either."""
    move(session, incident, "open", who=by.name, why=why, now=now, slip=True)
    if incident.judged_at == judged_at:
        incident.judged_at = incident.judged_grade = None
    incident.tagged_at = None
    learn(session, incident, now)
    regrade(session, incident, now)


def place(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    before: Mapping[str, object] | None,
    now: datetime,
) -> None:
    """Where an earlier act put it (its facts: lat, lon, place), or where its reports say."""
    incident.place_id = incident.place_name = None
    incident.lat = incident.lon = incident.precision_m = incident.tagged_at = None
    if before is None:
        incident.placed_by = "reports"
        regrade(session, incident, now)
        return
    known = session.get(Place, before["place"]) if before["place"] else None
    incident.lat, incident.lon = float(str(before["lat"])), float(str(before["lon"]))
    incident.place_id = known.id if known else None
    incident.place_name = known.name if known else f"{incident.lat:.4f}, {incident.lon:.4f}"
    entry = runtime.gazetteer(session).get(known.id) if known else None
    incident.precision_m = entry.precision_m if entry else _POINT_M


def unlearn(session: Session, act: AuditRow, who: str, now: datetime) -> None:
    """Forgets the other name of a place that was learnt together with a placing.

    It was written one link of the chain before. A whole new place stays: reports may stand there.
    """
    learnt = session.get(AuditRow, act.id - 1)
    if learnt is None or (learnt.act, learnt.who, learnt.at) != ("place.alias", act.who, act.at):
        return
    number, name = int(learnt.subject.rpartition(" ")[2]), learnt.facts["alias"]
    session.execute(
        delete(PlaceAlias).where(
            PlaceAlias.place_id == number, PlaceAlias.name == name, PlaceAlias.source == LEARNT
        )
    )
    gazetteer.touch(session, now, who)
    facts = {"alias": name}
    record(session, who=who, act="place.unalias", subject=learnt.subject, now=now, facts=facts)


def hazard(session: Session, incident: Incident, before: str, by_hand: bool, now: datetime) -> None:
    """The kind it was; unless a hand had set that too, later reports may change it again."""
    incident.hazard, incident.hazard_by = before, "coordinator" if by_hand else "reports"
    regrade(session, incident, now)


def owner(session: Session, incident: Incident, before: str | None, now: datetime) -> None:
    """Whoever had it, by name; nobody when nobody had."""
    had = session.scalar(select(User).where(User.name == before)) if before else None
    incident.owner_id, incident.taken_at = (had.id, now) if had else (None, None)
