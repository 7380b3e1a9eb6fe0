"""What coordinators note of places and people for our questions: unsafe areas, quiet hours."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.incidents.neighbours import UNSAFE
from gateway.store.audit import record
from gateway.store.tables import Place, PlaceMark, Subscriber, User
from gateway.terms.refusals import NotFound, Refused, need_reason

_LEAST_M, _MOST_M = 100, 100_000
_MOST_HOURS = 24 * 14


def mark_unsafe(
    session: Session, place_id: int, radius_m: int, by: User, reason: str, now: datetime
) -> PlaceMark:
    """No question is sent to people around it; marked again, the radius is changed."""
    need_reason(reason)
    if not _LEAST_M <= radius_m <= _MOST_M:
        raise Refused(f"The radius must be from 0.1 to {_MOST_M // 1000} km.")
    if session.get(Place, place_id, with_for_update=True) is None:
        raise NotFound("There is no such place.")
    mark = _mark(session, place_id)
    if mark is None:
        mark = PlaceMark(place_id=place_id, mark=UNSAFE)
        session.add(mark)
    mark.radius_m, mark.who, mark.at = radius_m, by.name, now
    _audit(session, f"place {place_id}", by, "place.unsafe", reason, now, radius_m=radius_m)
    return mark


def mark_safe(session: Session, place_id: int, by: User, reason: str, now: datetime) -> None:
    """People around it may be asked again."""
    need_reason(reason)
    mark = _mark(session, place_id)
    if mark is None:
        raise NotFound("This place is not marked as unsafe.")
    session.delete(mark)
    _audit(session, f"place {place_id}", by, "place.safe", reason, now)


def set_quiet_hours(
    session: Session, subscriber_id: int, hours: int, by: User, reason: str, now: datetime
) -> Subscriber:
    """Asks a focal point every so many hours whether all is calm; 0 ends it."""
    need_reason(reason)
    person = session.get(Subscriber, subscriber_id, with_for_update=True)
    if person is None:
        raise NotFound("There is no such subscriber.")
    if not 0 <= hours <= _MOST_HOURS:
        raise Refused(f"Choose from 1 to {_MOST_HOURS} hours, or 0 for never.")
    if hours and not (person.focal_point and person.state == "subscribed"):
        raise Refused("Only focal points are asked: make this person one first.")
    if hours and person.place_id is None:
        raise Refused("Nobody knows where this person lives: they cannot be asked about a place.")
    person.quiet_hours = hours or None
    person.quiet_due_at = now + timedelta(hours=hours) if hours else None
    subject = f"subscriber {person.id}"
    _audit(session, subject, by, "subscriber.quiet_hours", reason, now, hours=hours)
    return person


def _mark(session: Session, place_id: int) -> PlaceMark | None:
    return session.scalar(
        select(PlaceMark)
        .where(PlaceMark.place_id == place_id, PlaceMark.mark == UNSAFE)
        .with_for_update()
    )


def _audit(
    session: Session, subject: str, by: User, act: str, reason: str, now: datetime, **facts: object
) -> None:
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
