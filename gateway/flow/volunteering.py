"""Volunteers: real people who agreed to be texted in exercises."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from gateway.dispatch.outbox import withdraw
from gateway.store.audit import record
from gateway.store.tables import Delivery, Exercise, Subscriber, User
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.terms.saying import Said


def set_volunteer(
    session: Session, subscriber_id: int, agrees: bool, by: User, reason: str, now: datetime
) -> None:
    """Notes what somebody said on the phone; a yes taken back holds for what waits to leave."""
    need_reason(reason)
    person = session.get(Subscriber, subscriber_id, with_for_update=True)
    if person is None:
        raise NotFound("There is no such subscriber.")
    if person.exercise_id is not None:
        raise Refused("This is a phone of an exercise: it is texted in that one anyway.")
    if agrees and person.state != "subscribed":
        raise Refused(
            "This person is %(state)s: only subscribed people take part.", state=Said(person.state)
        )
    person.drills = agrees
    if not agrees:
        waiting = session.scalars(
            select(Delivery)
            .where(
                Delivery.subscriber_id == person.id,
                Delivery.exercise_id.is_not(None),
                Delivery.state == "queued",
            )
            .with_for_update()
        ).all()
        withdraw(session, waiting, who=by.name, why="no volunteer any more", now=now)
    act = "subscriber.volunteer" if agrees else "subscriber.no_volunteer"
    subject = f"subscriber {person.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, reason=reason)


def is_for_volunteer(delivery: Delivery) -> bool:
    """Whether a text of an exercise goes to a real person: one who agreed, in one that asks them.

    Everything else of an exercise stays on the machine, whatever row it came from.
    """
    session = object_session(delivery)
    if session is None or delivery.subscriber_id is None or delivery.alert_id is None:
        return False
    person = session.get_one(Subscriber, delivery.subscriber_id)
    exercise = session.get_one(Exercise, delivery.exercise_id)
    return person.exercise_id is None and person.drills and exercise.volunteers
