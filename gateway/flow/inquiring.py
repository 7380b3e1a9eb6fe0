"""Asks the neighbours of every new serious incident, once."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from gateway.flow.questioning import is_night, language_of, send
from gateway.incidents import inquiries, neighbours
from gateway.incidents.gathering import one_at_a_time
from gateway.incidents.inquiries import Question
from gateway.incidents.neighbours import Limits
from gateway.runtime import Runtime
from gateway.store.tables import Incident, Inquiry, Place, Subscriber
from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import AREAS, LANDMARKS

log = structlog.get_logger()
_FRESH = timedelta(hours=24)  # an older incident is asked about only when somebody presses
_AT_ONCE = 20  # incidents a sweep asks about at most
_NEAREST_M = 15_000  # a bare position is asked about by the village that is so near
_DEGREE_M = 110_000.0  # of latitude, at the least
_SEVERE = ("high", "extreme")


def ask_neighbours(runtime: Runtime) -> int:
    """Asks about every new serious incident once, or proposes to; returns how many incidents."""
    policy, now = runtime.settings.inquiries.policy, runtime.clock()
    if policy == "off":
        return 0
    with runtime.database.reading() as session:
        new = session.scalars(_new(runtime, now).limit(_AT_ONCE)).all()
    asked = 0
    for incident in new:
        try:
            asked += _ask_once(runtime, incident.id, now)
        except Exception:  # one that cannot be asked about does not keep the others waiting
            log.exception("inquiry failed", incident=incident.id)
    return asked


def propose(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    most: int,
    now: datetime,
    *,
    by: str = inquiries.WHO,
) -> list[tuple[Inquiry, Subscriber]]:
    """Questions, not sent yet, to those who may be asked about the incident, the nearest first."""
    spot = _spot(runtime, session, incident)
    if spot is None:
        return []
    name, centre = spot
    near = neighbours.candidates(session, incident, centre, limits(runtime), now)
    chosen = []
    for candidate in neighbours.choose(near, most):
        person = session.get_one(Subscriber, candidate.subscriber_id)
        question = Question(
            kind="confirm",
            language=language_of(runtime, person),
            place_name=name,
            hazard=incident.hazard,
            incident_id=incident.id,
            distance_m=candidate.distance_m,
        )
        inquiry = inquiries.propose(session, person, question, now + _FRESH, now, by=by)
        if inquiry is not None:
            chosen.append((inquiry, person))
    return chosen


def limits(runtime: Runtime) -> Limits:
    """How people of this deployment are chosen."""
    settings = runtime.settings.inquiries
    return Limits(settings.radius_m, settings.per_day, settings.in_unsafe_areas)


def _new(runtime: Runtime, now: datetime) -> Select[Incident]:
    """Open, serious, placed and not asked about; what can wait is left until the morning."""
    settings, hazards = runtime.settings.inquiries, runtime.hazards.values()
    askable = [hazard.key for hazard in hazards if hazard.ask]
    grave = [hazard.key for hazard in hazards if hazard.severity in settings.severities]
    query = select(Incident).where(
        Incident.state == "open",
        Incident.asked_at.is_(None),
        Incident.last_report_at >= now - _FRESH,
        Incident.lat.is_not(None),
        func.coalesce(Incident.precision_m, 0) <= settings.radius_m,
        Incident.hazard.in_(askable),
        or_(Incident.hazard.in_(grave), Incident.severity.in_(_SEVERE)),
    )
    if is_night(runtime, now):
        urgent = [hazard.key for hazard in hazards if not hazard.slow]
        query = query.where(or_(Incident.hazard.in_(urgent), Incident.exercise_id.is_not(None)))
    return query.order_by(Incident.id)


def _ask_once(runtime: Runtime, incident_id: int, now: datetime) -> bool:
    """Whether this worker was the one that asked about it."""
    with runtime.database.writing() as session:
        one_at_a_time(session)  # two askers would pass over the people whom the other just locks
        mine = _new(runtime, now).where(Incident.id == incident_id)
        incident = session.scalar(mine.with_for_update(skip_locked=True))
        if incident is None:
            return False
        incident.asked_at = now
        people = runtime.settings.inquiries.people
        chosen = propose(runtime, session, incident, people, now)
        if runtime.settings.inquiries.policy == "auto":
            for inquiry, person in chosen:
                send(runtime, session, inquiry, person, now)
        log.info("neighbours chosen", incident=incident.id, people=len(chosen))
        return True


def _spot(runtime: Runtime, session: Session, incident: Incident) -> tuple[str, Position] | None:
    """A name of the gazetteer to ask by, and the point: never the name as somebody wrote it."""
    if incident.lat is None or incident.lon is None:
        return None
    centre = Position(incident.lat, incident.lon)
    place = session.get(Place, incident.place_id) if incident.place_id is not None else None
    name = place.name if place else _nearest_name(session, centre)
    return (name, centre) if name else None


def _nearest_name(session: Session, centre: Position) -> str | None:
    """The village or town nearest to a bare position."""
    degrees = _NEAREST_M / _DEGREE_M
    rows = session.execute(
        select(Place.name, Place.lat, Place.lon).where(
            Place.lat.between(centre.lat - degrees, centre.lat + degrees),
            Place.kind.not_in(AREAS | LANDMARKS),
        )
    )
    near = [(distance_m(centre, Position(row.lat, row.lon)), row.name) for row in rows]
    metres, name = min(near, default=(_NEAREST_M + 1.0, ""))
    return name if metres <= _NEAREST_M else None
