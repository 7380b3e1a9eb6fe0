"""What coordinators decide about members: block, unblock, trust."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.incidents.trust import learn_of
from gateway.store.audit import record
from gateway.store.tables import Subscriber, User
from gateway.subscribers import membership
from gateway.terms.refusals import NotFound, Refused
from gateway.terms.states import check_move


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
        raise Refused(f"This person is {subscriber.state}: only subscribed people are asked.")
    subscriber.focal_point = trusted
    learn_of(session, subscriber, now)
    act = "subscriber.focal_point" if trusted else "subscriber.no_focal_point"
    _audit(session, subscriber, by, act, reason, now)


def _subscriber(session: Session, subscriber_id: int) -> Subscriber:
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None:
        raise NotFound("There is no such subscriber.")
    return subscriber


def _audit(
    session: Session, subscriber: Subscriber, by: User, act: str, reason: str, now: datetime
) -> None:
    if not reason.strip():
        raise Refused("Say why, in a few words: the next coordinator will need it.")
    subject = f"subscriber {subscriber.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, reason=reason)
