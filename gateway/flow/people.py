"""What coordinators decide about members: block, trust, correct their place and language."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow import newcomers
from gateway.incidents.trust import learn_of
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Place, Subscriber, User
from gateway.subscribers import membership
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.terms.states import check_move
from gateway.understanding.entries import AREAS


def block(session: Session, subscriber_id: int, by: User, reason: str, now: datetime) -> None:
    """Nothing is sent there any more, and what comes from there starts no alarm."""
    subscriber = _subscriber(session, subscriber_id)
    check_move("subscriber", subscriber.state, "blocked")
    membership.block(session, subscriber, who=by.name, why=reason, now=now)
    subscriber.focal_point = False
    _audit(session, subscriber, by, "subscriber.block", reason, now)


def unblock(session: Session, subscriber_id: int, by: User, reason: str, now: datetime) -> None:
    """Back to pending: consent has to come from the person again."""
    subscriber = _subscriber(session, subscriber_id)
    check_move("subscriber", subscriber.state, "pending")
    membership.unblock(session, subscriber, who=by.name, why=reason, now=now)
    _audit(session, subscriber, by, "subscriber.unblock", reason, now)


def set_focal_point(
    session: Session, subscriber_id: int, trusted: bool, by: User, reason: str, now: datetime
) -> None:
    """A focal point is asked to confirm what others near it report."""
    subscriber = _subscriber(session, subscriber_id)
    if trusted and subscriber.state != "subscribed":
        raise Refused("Only subscribed people are asked, and this person is not.")
    subscriber.focal_point = trusted
    if not trusted:
        subscriber.quiet_hours = subscriber.quiet_due_at = None
    learn_of(session, subscriber, now)
    act = "subscriber.focal_point" if trusted else "subscriber.no_focal_point"
    _audit(session, subscriber, by, act, reason, now)


def hand_over(
    session: Session, subscriber_id: int, to: str, by: User, reason: str, now: datetime
) -> Subscriber:
    """Another person, by pseudonym, is the focal point from now on, asked as often as the first."""
    need_reason(reason)
    wanted = select(Subscriber.id).where(
        func.lower(Subscriber.pseudonym) == to.strip().lower(), Subscriber.exercise_id.is_(None)
    )
    found = session.scalar(wanted)
    if found is None:
        raise Refused(
            "Nobody is called %(name)s. Look at the list of subscribers.", name=to.strip()[:64]
        )
    if found == subscriber_id:
        raise Refused("That is the same person: choose somebody else.")
    # One order for both, so that two hand-overs cannot wait for each other.
    held = {one: _subscriber(session, one) for one in sorted((subscriber_id, found))}
    old, new = held[subscriber_id], held[found]
    if not old.focal_point:
        raise Refused("This person is no focal point: there is nothing to hand over.")
    if new.state != "subscribed":
        raise Refused("Only subscribed people are asked, and this person is not.")
    if new.place_id is not None:
        new.quiet_hours, new.quiet_due_at = old.quiet_hours, old.quiet_due_at
    old.focal_point, old.quiet_hours, old.quiet_due_at = False, None, None
    new.focal_point = True
    for person in (old, new):
        learn_of(session, person, now)
    _audit(session, old, by, "subscriber.handed_over", reason, now, to=new.id)
    _audit(session, new, by, "subscriber.took_over", reason, now, of=old.id)
    return new


def set_language(
    runtime: Runtime,
    session: Session,
    subscriber_id: int,
    language: str,
    by: User,
    reason: str,
    now: datetime,
) -> None:
    """The language in which this person is written to."""
    subscriber = _subscriber(session, subscriber_id)
    if language not in runtime.settings.languages:
        raise Refused("The gateway does not write that language. Choose one from the list.")
    membership.set_language(subscriber, language)
    _audit(session, subscriber, by, "subscriber.language", reason, now, language=language)


def set_home(
    runtime: Runtime,
    session: Session,
    subscriber_id: int,
    place_id: int,
    by: User,
    reason: str,
    now: datetime,
) -> None:
    """Where this person lives; what is in force there is sent to them at once."""
    need_reason(reason)
    subscriber = _subscriber(session, subscriber_id)
    place = session.get(Place, place_id)
    if place is None or place.kind in AREAS:
        raise Refused("Choose a village or a town: nobody can be warned for a whole county.")
    membership.set_home(session, subscriber, place, now)
    newcomers.warn(runtime, session, subscriber, now)
    _audit(session, subscriber, by, "subscriber.place", reason, now, place=place.id)


def _subscriber(session: Session, subscriber_id: int) -> Subscriber:
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None:
        raise NotFound("There is no such subscriber.")
    return subscriber


def _audit(
    session: Session,
    subscriber: Subscriber,
    by: User,
    act: str,
    reason: str,
    now: datetime,
    **facts: object,
) -> None:
    need_reason(reason)
    subject = f"subscriber {subscriber.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
