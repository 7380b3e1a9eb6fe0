"""Shows a number to a coordinator who says why: seldom, counted, and written down."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import SignInAttempt, Subscriber, User
from gateway.terms.refusals import NotFound, Refused, need_reason

MOST_AN_HOUR = 10
_HOUR = timedelta(hours=1)


def reveal(
    runtime: Runtime, session: Session, subscriber_id: int, by: User, reason: str, now: datetime
) -> str:
    """The number (E.164) of one person; Refused without a reason, or too often in an hour."""
    need_reason(reason)
    # Held, so that two requests at once cannot both be the last of the hour.
    session.get_one(User, by.id, populate_existing=True, with_for_update={"key_share": True})
    if shown_lately(runtime, session, by, now) >= MOST_AN_HOUR:
        raise Refused(
            "You have looked at %(most)s numbers within the last hour; that is the most. "
            "Ask another coordinator, or wait.",
            most=MOST_AN_HOUR,
        )
    person = session.get(Subscriber, subscriber_id)
    if person is None:
        raise NotFound("There is no such subscriber.")
    if person.phone is None:
        raise Refused("This number was erased after its time.")
    session.add(SignInAttempt(who_index=_mark(runtime, by), at=now))
    subject = f"subscriber {person.id}"
    record(session, who=by.name, act="subscriber.reveal", subject=subject, now=now, reason=reason)
    return person.phone


def shown_lately(runtime: Runtime, session: Session, by: User, now: datetime) -> int:
    """How many numbers this coordinator has looked at within the last hour."""
    return (
        session.scalar(
            select(func.count())
            .select_from(SignInAttempt)
            .where(SignInAttempt.who_index == _mark(runtime, by), SignInAttempt.at > now - _HOUR)
        )
        or 0
    )


def _mark(runtime: Runtime, user: User) -> str:
    return runtime.keys.index.of(f"reveal:{user.id}")
