"""What coordinators note of places and people: unsafe and controlled areas, quiet hours."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.incidents.neighbours import UNSAFE
from gateway.store.audit import record
from gateway.store.tables import Place, PlaceMark, Subscriber, User
from gateway.terms.refusals import NotFound, Refused, need_reason

CONTROLLED = "controlled"  # by an armed group
_ENDED = {UNSAFE: "safe", CONTROLLED: "free"}
_LEAST_M, _MOST_M = 100, 100_000
_MOST_HOURS = 24 * 14


def mark(
    session: Session,
    place_id: int,
    kind: str,
    radius_m: int,
    by: User,
    reason: str,
    now: datetime,
) -> PlaceMark:
    """Unsafe: no question goes to people around it. Controlled: no warning either.

    Marked again, the radius is changed.
    """
    need_reason(reason)
    if not _LEAST_M <= radius_m <= _MOST_M:
        raise Refused("The radius must be from 0.1 to %(most)s km.", most=_MOST_M // 1000)
    if session.get(Place, place_id, with_for_update=True) is None:
        raise NotFound("There is no such place.")
    found = _mark(session, place_id, kind)
    if found is None:
        found = PlaceMark(place_id=place_id, mark=kind)
        session.add(found)
    found.radius_m, found.who, found.at = radius_m, by.name, now
    _audit(session, f"place {place_id}", by, f"place.{kind}", reason, now, radius_m=radius_m)
    return found


def unmark(
    session: Session, place_id: int, kind: str, by: User, reason: str, now: datetime
) -> None:
    """People around it may be asked, or warned, again."""
    need_reason(reason)
    found = _mark(session, place_id, kind)
    if found is None:
        raise NotFound("This place is not marked so any more.")
    session.delete(found)
    _audit(session, f"place {place_id}", by, f"place.{_ENDED[kind]}", reason, now)


def set_quiet_hours(
    session: Session, subscriber_id: int, hours: int, by: User, reason: str, now: datetime
) -> Subscriber:
    """Asks a focal point every so many hours whether all is calm; 0 ends it."""
    need_reason(reason)
    person = session.get(Subscriber, subscriber_id, with_for_update=True)
    if person is None:
        raise NotFound("There is no such subscriber.")
    if not 0 <= hours <= _MOST_HOURS:
        raise Refused("Choose from 1 to %(most)s hours, or 0 for never.", most=_MOST_HOURS)
    if hours and not (person.focal_point and person.state == "subscribed"):
        raise Refused("Only focal points are asked: make this person one first.")
    if hours and person.place_id is None:
        raise Refused("Nobody knows where this person lives: they cannot be asked about a place.")
    person.quiet_hours = hours or None
    person.quiet_due_at = now + timedelta(hours=hours) if hours else None
    subject = f"subscriber {person.id}"
    _audit(session, subject, by, "subscriber.quiet_hours", reason, now, hours=hours)
    return person


def _mark(session: Session, place_id: int, kind: str) -> PlaceMark | None:
    return session.scalar(
        select(PlaceMark)
        .where(PlaceMark.place_id == place_id, PlaceMark.mark == kind)
        .with_for_update()
    )


def _audit(
    session: Session, subject: str, by: User, act: str, reason: str, now: datetime, **facts: object
) -> None:
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
