"""What coordinators judge and correct: look, verify, refute, reopen, place, hazard."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.milestones import OUTCOMES, note_judgement
from gateway.flow.places import add_alias, add_place, knows
from gateway.incidents.candidates import add_cells
from gateway.incidents.movement import cells_of
from gateway.incidents.standing import regrade
from gateway.incidents.trust import learn
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.gazetteer import LEARNT
from gateway.store.history import move
from gateway.store.tables import Incident, Message, Place, Report, ReportCell, User
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.terms.states import MoveRefused

_BY_HAND_PRECISION_M = 500


def see(session: Session, incident_id: int, by: User, now: datetime) -> None:
    """Remembers that somebody has looked; the page to the coordinators' phones stays off."""
    incident = _incident(session, incident_id)
    if incident.seen_at is None:
        incident.seen_at = now
        _audit(session, incident, by, "incident.see", now)


def verify(
    session: Session, incident_id: int, by: User, reason: str, now: datetime, saw: str | None = None
) -> Incident:
    """It happened, and somebody answers for that.

    `saw` is the state that the person had before them: MoveRefused when it is another by now. So
    with all that follow.
    """
    return _judge(session, incident_id, by, "verified", reason, now, saw)


def refute(
    session: Session, incident_id: int, by: User, reason: str, now: datetime, saw: str | None = None
) -> Incident:
    """It did not happen."""
    return _judge(session, incident_id, by, "refuted", reason, now, saw)


def unverifiable(
    session: Session, incident_id: int, by: User, reason: str, now: datetime, saw: str | None = None
) -> Incident:
    """Nobody can find out."""
    return _judge(session, incident_id, by, "unverifiable", reason, now, saw)


def reopen(
    session: Session, incident_id: int, by: User, reason: str, now: datetime, saw: str | None = None
) -> Incident:
    """A refuted or unverifiable incident is looked at again."""
    return _judge(session, incident_id, by, "open", reason, now, saw)


def close(
    session: Session, incident_id: int, by: User, reason: str, now: datetime, saw: str | None = None
) -> Incident:
    """A verified incident is over."""
    return _judge(session, incident_id, by, "closed", reason, now, saw)


def set_place(
    runtime: Runtime,
    session: Session,
    incident_id: int,
    by: User,
    reason: str,
    now: datetime,
    *,
    place_id: int | None = None,
    position: Position | None = None,
    learn_as: str | None = None,
) -> Incident:
    """Puts an incident where a coordinator says; later reports do not move it again.

    `learn_as` is what the reports call the place: another name of it, or where only a point is
    given, the name of a new place there. The next message that says it is placed by it.
    """
    need_reason(reason)
    incident = _incident(session, incident_id)
    if incident.state == "merged":
        raise Refused("Incident %(id)s was merged: place the one it went into.", id=incident.id)
    # A drill invents villages; the real list of places must not learn them.
    name = "" if incident.exercise_id else (learn_as or "").strip()
    if place_id is not None:
        _put_at_place(runtime, session, incident, place_id, name, by, now)
    elif position is not None:
        _put_at_point(runtime, session, incident, position, name, by, now)
    else:
        raise Refused("Choose a place, or give latitude and longitude.")
    _find_there(session, incident)
    # No names of reports in the facts: the audit is exported.
    facts = {"lat": incident.lat, "lon": incident.lon, "place": incident.place_id}
    _audit(session, incident, by, "incident.place", now, reason=reason, **facts)
    return incident


def set_hazard(
    session: Session, incident_id: int, hazard: str, by: User, reason: str, now: datetime
) -> Incident:
    """Corrects what kind of event it is."""
    need_reason(reason)
    incident = _incident(session, incident_id)
    facts = {"from": incident.hazard, "to": hazard}
    incident.hazard, incident.hazard_by = hazard, "coordinator"
    _audit(session, incident, by, "incident.hazard", now, reason=reason, **facts)
    return incident


def retry_message(session: Session, message_id: int, by: User, now: datetime) -> None:
    """Reads a failed message again."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is None:
        raise NotFound("There is no message %(message_id)s.", message_id=message_id)
    move(session, message, "received", who=by.name, why="read again", now=now)
    message.failure = None
    record(session, who=by.name, act="message.retry", subject=f"message {message.id}", now=now)
    nudge_after_commit(session, "take_in")


def _judge(
    session: Session,
    incident_id: int,
    by: User,
    state: str,
    reason: str,
    now: datetime,
    saw: str | None,
) -> Incident:
    incident = _incident(session, incident_id)
    if saw is not None and saw != incident.state:
        raise MoveRefused("incident", incident.state, state, incident.id)
    _step(session, incident, by, state, reason, now)
    return incident


def _step(
    session: Session,
    incident: Incident,
    by: User,
    state: str,
    reason: str,
    now: datetime,
) -> None:
    need_reason(reason)
    move(session, incident, state, who=by.name, why=reason, now=now)
    incident.seen_at = incident.seen_at or now
    if state in OUTCOMES:
        note_judgement(incident, now)
    grade = {"grade": incident.grade, "sources": incident.sources}
    if state != "closed":
        _learn(session, incident, now)
    # Last: the audit chain is locked after all other rows.
    _audit(session, incident, by, f"incident.{state}", now, reason=reason, **grade)


def _learn(session: Session, incident: Incident, now: datetime) -> None:
    """What became of it says how far its sources can be trusted."""
    learn(session, incident, now)
    regrade(session, incident, now)


def _incident(session: Session, incident_id: int) -> Incident:
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no incident %(incident_id)s.", incident_id=incident_id)
    return incident


def _put_at_place(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    place_id: int,
    name: str,
    by: User,
    now: datetime,
) -> None:
    place = session.get(Place, place_id)
    if place is None:
        raise NotFound("That place is no longer in the list.")
    known = runtime.gazetteer(session).get(place.id)
    _put(incident, place.id, place.name, Position(place.lat, place.lon))
    incident.precision_m = known.precision_m if known else _BY_HAND_PRECISION_M
    if name and not knows(session, place, name):
        add_alias(session, place.id, name, LEARNT, by.name, now)


def _put_at_point(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    position: Position,
    name: str,
    by: User,
    now: datetime,
) -> None:
    """A bare point, or with a name a new place there."""
    if not name:
        _put(incident, None, f"{position.lat:.4f}, {position.lon:.4f}", position)
        return
    place = add_place(
        session,
        country=runtime.settings.country,
        name=name,
        lat=position.lat,
        lon=position.lon,
        aliases=(),
        source=LEARNT,
        who=by.name,
        now=now,
    )
    _put(incident, place.id, place.name, position)


def _find_there(session: Session, incident: Incident) -> None:
    """New reports from where a coordinator put it find the incident by its oldest report."""
    first = session.scalars(
        select(Report).where(Report.incident_id == incident.id).order_by(Report.id).limit(1)
    ).first()
    if first is None or incident.lat is None or incident.lon is None:
        return
    known = set(session.scalars(select(ReportCell.cell).where(ReportCell.report_id == first.id)))
    here = cells_of(Position(incident.lat, incident.lon))
    add_cells(session, first, [cell for cell in here if cell not in known])


def _put(incident: Incident, place_id: int | None, name: str, position: Position) -> None:
    incident.place_id, incident.place_name = place_id, name
    incident.lat, incident.lon = position.lat, position.lon
    incident.precision_m, incident.placed_by = _BY_HAND_PRECISION_M, "coordinator"


def _audit(
    session: Session,
    incident: Incident,
    by: User,
    act: str,
    now: datetime,
    *,
    reason: str | None = None,
    **facts: object,
) -> None:
    subject = f"incident {incident.id}"
    incident.tagged_at = None  # its risk factors and its area are looked for again
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
