"""Who has an incident in hand: a coordinator takes it, and the others are left in peace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow import judging
from gateway.store.audit import record
from gateway.store.tables import Incident, User
from gateway.terms.refusals import NotFound, Refused

_IN_HAND = ("open", "verified")
WORK = ("coordinator", "admin")  # who may have an incident


@dataclass(frozen=True, slots=True)
class Taken:
    """The incident, and the name of whoever else had it before."""

    incident: Incident
    before: str | None


def take(session: Session, incident_id: int, by: User, now: datetime, *, via: str) -> Taken:
    """Makes `by` the owner, and seen what was not; `via` is page or sms."""
    incident = _in_hand(session, incident_id)
    if incident.owner_id == by.id:
        return Taken(incident, None)
    before = _hand_over(session, incident, by, by, now)
    facts = {"via": via} | ({"from": before} if before else {})
    _audit(session, incident, by, "incident.take", now, facts)
    return Taken(incident, before)


def assign(session: Session, incident_id: int, to_id: int, by: User, now: datetime) -> Taken:
    """Gives the incident to another coordinator."""
    incident = _in_hand(session, incident_id)
    to = session.get(User, to_id)
    if to is None or to.disabled or to.role not in WORK:
        raise Refused("Choose a coordinator from the list.")
    if incident.owner_id == to.id:
        return Taken(incident, None)
    before = _hand_over(session, incident, to, by, now)
    facts = {"to": to.name} | ({"from": before} if before else {})
    _audit(session, incident, by, "incident.assign", now, facts)
    return Taken(incident, before)


def name_of(session: Session, incident: Incident) -> str:
    """Who has it."""
    owner = session.get(User, incident.owner_id) if incident.owner_id else None
    return owner.name if owner else ""


def _in_hand(session: Session, incident_id: int) -> Incident:
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None:
        raise NotFound("There is no incident %(number)s.", number=incident_id)
    if incident.state not in _IN_HAND:
        raise Refused("Incident %(number)s is judged: nobody needs to take it.", number=incident.id)
    return incident


def _hand_over(
    session: Session, incident: Incident, to: User, by: User, now: datetime
) -> str | None:
    """The name of who had it; its account is looked up before the audit chain is locked."""
    before = session.get(User, incident.owner_id) if incident.owner_id else None
    incident.owner_id, incident.taken_at = to.id, now
    session.flush()
    judging.see(session, incident.id, by, now)
    return before.name if before else None


def _audit(
    session: Session,
    incident: Incident,
    by: User,
    act: str,
    now: datetime,
    facts: Mapping[str, object],
) -> None:
    subject = f"incident {incident.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts)
