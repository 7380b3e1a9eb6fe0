"""Who has an incident in hand: a coordinator takes it, and the others are left in peace."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow import judging
from gateway.store.audit import record
from gateway.store.tables import Incident, User
from gateway.terms.refusals import NotFound, Refused

_IN_HAND = ("open", "verified")


@dataclass(frozen=True, slots=True)
class Taken:
    """The incident, and the name of whoever else had it before."""

    incident: Incident
    before: str | None


def take(session: Session, incident_id: int, by: User, now: datetime, *, via: str) -> Taken:
    """Makes `by` the owner, and seen what was not; `via` is page or sms."""
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.")
    if incident.state not in _IN_HAND:
        raise Refused(f"Incident {incident.id} is {incident.state}: nobody needs to take it.")
    before = None
    if incident.owner_id != by.id:
        before = session.get(User, incident.owner_id) if incident.owner_id else None
        incident.owner_id, incident.taken_at = by.id, now
        session.flush()  # its account is looked up before the audit chain is locked
        judging.see(session, incident_id, by, now)
        facts = {"via": via} | ({"from": before.name} if before else {})
        subject = f"incident {incident.id}"
        record(session, who=by.name, act="incident.take", subject=subject, now=now, facts=facts)
    return Taken(incident, before.name if before else None)
