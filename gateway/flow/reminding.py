"""What time does to questions: one reminder, then they are over."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.dispatch.outbox import Text, queue_question
from gateway.flow import calm
from gateway.flow.questioning import words
from gateway.incidents import inquiries
from gateway.incidents.gathering import one_at_a_time
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Incident, Inquiry, Subscriber

_AT_ONCE = 200


def remind_and_expire(runtime: Runtime) -> tuple[int, int]:
    """Reminds once and ends what is over; returns how many of each."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        if not inquiries.any_due(session, now):
            return 0, 0
    with runtime.database.writing() as session:
        one_at_a_time(session)  # before the rows: an answer takes both in this order
        over = inquiries.to_expire(session, now, _AT_ONCE)
        for inquiry in over:
            _end(runtime, session, inquiry, now)
        reminded = sum(
            _remind(session, inquiry, now)
            for inquiry in inquiries.to_remind(session, now, _AT_ONCE)
        )
        return reminded, len(over)


def _remind(session: Session, inquiry: Inquiry, now: datetime) -> bool:
    """Nobody is reminded of what was judged meanwhile, or after they wrote that or this."""
    inquiries.remind(inquiry, now)
    person = session.get_one(Subscriber, inquiry.subscriber_id)
    if person.state != "subscribed" or _is_settled(session, inquiry):
        return False
    text = Text(inquiry.language, words(inquiry, again=True))
    queue_question(session, person, text, now, due_at=now, expires_at=inquiry.expires_at)
    nudge_after_commit(session, "send_due")
    return True


def _is_settled(session: Session, inquiry: Inquiry) -> bool:
    if inquiry.kind == "quiet" and inquiry.asked_at is not None:
        return calm.wrote_since(session, inquiry.subscriber_id, inquiry.asked_at)
    if inquiry.incident_id is None:
        return False
    return session.get_one(Incident, inquiry.incident_id).state != "open"


def _end(runtime: Runtime, session: Session, inquiry: Inquiry, now: datetime) -> None:
    was_asked = inquiry.state == "asked"
    inquiries.expire(session, inquiry, now)
    if inquiry.kind == "quiet" and was_asked:
        calm.unanswered(runtime, session, inquiry, now)
