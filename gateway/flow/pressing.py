"""What coordinators do about questions: ask those chosen, ask now, ask one more, take back."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow.inquiring import limits, propose
from gateway.flow.questioning import send, unsend
from gateway.incidents import inquiries, neighbours
from gateway.incidents.gathering import one_at_a_time
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Incident, Inquiry, Subscriber, User
from gateway.terms.refusals import NotFound, Refused
from gateway.terms.saying import Said


def ask_proposed(
    runtime: Runtime, session: Session, incident_id: int, by: User, now: datetime
) -> int:
    """A coordinator's press: those who were chosen are asked; returns how many still may be."""
    incident = _incident(runtime, session, incident_id)
    asked = 0
    for inquiry in inquiries.of_incident(session, incident, "proposed"):
        person = session.get_one(Subscriber, inquiry.subscriber_id)
        if neighbours.may_be_asked(session, person, limits(runtime), now):
            send(runtime, session, inquiry, person, now, by=by.name)
            asked += 1
        else:
            why = "may not be asked any more"
            inquiries.withdraw(session, inquiry, who=by.name, why=why, now=now)
    _audit(session, incident, by, "incident.ask", now, people=asked)
    return asked


def ask_more(
    runtime: Runtime, session: Session, incident_id: int, by: User, most: int, now: datetime
) -> int:
    """A coordinator asks so many people now, whatever the severity; returns how many it were."""
    if runtime.settings.inquiries.policy == "off":
        raise Refused("Asking neighbours is switched off in the settings.")
    incident = _incident(runtime, session, incident_id)
    if incident.lat is None:
        raise Refused("Nobody knows where it is: set its place first.")
    chosen = propose(runtime, session, incident, most, now, by=by.name)
    if not chosen:
        raise Refused("No focal point lives near who may be asked and was not asked yet.")
    for inquiry, person in chosen:
        send(runtime, session, inquiry, person, now, by=by.name)
    incident.asked_at = incident.asked_at or now
    _audit(session, incident, by, "incident.ask", now, people=len(chosen))
    return len(chosen)


def take_back(session: Session, inquiry_id: int, by: User, now: datetime) -> Inquiry:
    """A coordinator takes a question back; what has not left does not leave."""
    inquiry = session.get(Inquiry, inquiry_id, with_for_update=True)
    if inquiry is None or inquiry.incident_id is None:
        raise NotFound("There is no question %(inquiry_id)s.", inquiry_id=inquiry_id)
    if inquiry.state not in inquiries.OPEN:
        raise Refused("This question is %(state)s already.", state=Said(inquiry.state))
    unsend(session, inquiry, by.name, "the question was withdrawn", now)
    inquiries.withdraw(session, inquiry, who=by.name, why="withdrawn", now=now)
    incident = session.get_one(Incident, inquiry.incident_id)
    _audit(session, incident, by, "incident.ask_withdraw", now, inquiry=inquiry.id)
    return inquiry


def _incident(runtime: Runtime, session: Session, incident_id: int) -> Incident:
    one_at_a_time(session)
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no incident %(incident_id)s.", incident_id=incident_id)
    if incident.state not in ("open", "verified"):
        raise Refused(
            "Incident %(id)s is %(state)s: nobody is asked about it.",
            id=incident.id,
            state=Said(incident.state),
        )
    if not runtime.hazards[incident.hazard].ask:
        raise Refused("Nobody is asked about this: a question could harm the one it is about.")
    return incident


def _audit(
    session: Session, incident: Incident, by: User, act: str, now: datetime, **facts: object
) -> None:
    subject = f"incident {incident.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts)
