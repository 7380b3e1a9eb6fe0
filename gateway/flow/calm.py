"""Asks focal points regularly whether all is calm; their silence is told to coordinators."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.questioning import is_night, language_of, put_out
from gateway.flow.reaching import by_day
from gateway.incidents import inquiries, neighbours, silences
from gateway.incidents.inquiries import Patience, Question
from gateway.runtime import Runtime
from gateway.store.tables import Inquiry, Message, Place, Subscriber
from gateway.terms.geo import Position

log = structlog.get_logger()
_AT_ONCE = 50


def ask_whether_calm(runtime: Runtime) -> int:
    """Asks those whose regular question is due, unless they wrote; returns how many."""
    now = runtime.clock()
    if is_night(runtime, now):
        return 0
    due = (
        select(Subscriber)
        .where(
            Subscriber.quiet_due_at <= now,
            Subscriber.quiet_hours > 0,
            Subscriber.focal_point,
            Subscriber.state == "subscribed",
        )
        .order_by(Subscriber.quiet_due_at, Subscriber.id)
        .limit(_AT_ONCE)
    )
    with runtime.database.reading() as session:
        if session.scalar(due.limit(1)) is None:
            return 0
    with runtime.database.writing() as session:
        people = session.scalars(due.with_for_update(skip_locked=True, key_share=True)).all()
        return sum(_ask(runtime, session, person, now) for person in people)


def unanswered(runtime: Runtime, session: Session, inquiry: Inquiry, now: datetime) -> None:
    """No word came to the question whether all is calm: one open incident a place."""
    person = session.get_one(Subscriber, inquiry.subscriber_id)
    if inquiry.asked_at is not None and wrote_since(session, person.id, inquiry.asked_at):
        return
    if person.state != "subscribed" or person.exercise_id is not None:
        return
    place = session.get(Place, person.place_id) if person.place_id is not None else None
    if place is None or silences.is_open_at(session, place.id):
        return
    radius = runtime.hazards[silences.HAZARD].radius_m
    incident = silences.raise_silence(session, _at(place), place, radius, now)
    inquiry.incident_id = incident.id
    log.warning("focal point silent", incident=incident.id, subscriber=person.id)


def wrote_since(session: Session, subscriber_id: int, since: datetime) -> bool:
    """Whether anything came from the person after that moment."""
    query = select(Message.id).where(
        Message.subscriber_id == subscriber_id, Message.received_at > since
    )
    return session.scalar(query.limit(1)) is not None


def _ask(runtime: Runtime, session: Session, person: Subscriber, now: datetime) -> bool:
    """Sets when the next question is due, and asks this one where that makes sense."""
    every = timedelta(hours=person.quiet_hours or 0)
    wrote = _last_word(session, person, now - every)
    person.quiet_due_at = max(wrote + every, now + timedelta(minutes=1)) if wrote else now + every
    place = session.get(Place, person.place_id) if person.place_id is not None else None
    if wrote or place is None or inquiries.is_waiting(session, person.id, "quiet"):
        return False
    if not neighbours.may_be_asked(session, person, _no_limits(runtime), now):
        return False
    question = Question("quiet", language_of(runtime, person), place_name=place.name)
    patience = _patience(runtime, now)
    inquiry = inquiries.propose(session, person, question, patience.expires_at, now)
    if inquiry is None:
        return False
    put_out(session, inquiry, person, patience, now, due_at=now)
    return True


def _last_word(session: Session, person: Subscriber, since: datetime) -> datetime | None:
    return session.scalar(
        select(Message.received_at)
        .where(Message.subscriber_id == person.id, Message.received_at > since)
        .order_by(Message.received_at.desc())
        .limit(1)
    )


def _patience(runtime: Runtime, now: datetime) -> Patience:
    """Reminded after half of the time, but by day."""
    half = timedelta(hours=runtime.settings.silence.answer_hours / 2)
    again = by_day(runtime, now + half)
    return Patience(again, again + half)


def _no_limits(runtime: Runtime) -> neighbours.Limits:
    """What was agreed with a focal point is no burden; unsafe areas are unsafe all the same."""
    settings = runtime.settings.inquiries
    return neighbours.Limits(settings.radius_m, 1_000, settings.in_unsafe_areas)


def _at(place: Place) -> Position:
    return Position(place.lat, place.lon)
