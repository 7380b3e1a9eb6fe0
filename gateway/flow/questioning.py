"""Puts questions into the outbox, by day where they can wait, and takes them back."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import questions
from gateway.dispatch.outbox import Text, queue_question, withdraw
from gateway.flow.reaching import by_day
from gateway.incidents import inquiries
from gateway.incidents.inquiries import Patience
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Delivery, Inquiry, Subscriber

log = structlog.get_logger()


def send(
    runtime: Runtime,
    session: Session,
    inquiry: Inquiry,
    person: Subscriber,
    now: datetime,
    *,
    by: str = inquiries.WHO,
) -> None:
    """Puts a question into the outbox; what can wait leaves after the quiet hours."""
    minutes = runtime.settings.inquiries
    due = _waiting(runtime, inquiry, now)
    again = _waiting(runtime, inquiry, due + timedelta(minutes=minutes.remind_minutes))
    over = again + timedelta(minutes=minutes.expire_minutes - minutes.remind_minutes)
    put_out(session, inquiry, person, Patience(again, over), now, due_at=due, by=by)


def put_out(
    session: Session,
    inquiry: Inquiry,
    person: Subscriber,
    patience: Patience,
    now: datetime,
    *,
    due_at: datetime,
    by: str = inquiries.WHO,
) -> None:
    """The question becomes asked, and its SMS is queued."""
    inquiries.ask(session, inquiry, patience, now, by=by)
    text = Text(inquiry.language, words(inquiry))
    queue_question(session, person, text, now, due_at=due_at, expires_at=inquiry.expires_at)
    nudge_after_commit(session, "send_due")
    log.info("question asked", inquiry=inquiry.id, kind=inquiry.kind, incident=inquiry.incident_id)


def words(inquiry: Inquiry, *, again: bool = False) -> str:
    """The SMS of a question; the same for the same question, whenever it is built."""
    build = questions.asked_again if again else questions.asked
    return build(
        inquiry.language,
        inquiry.kind,
        hazard=inquiry.hazard,
        place=inquiry.place_name,
        number=inquiry.number,
        exercise=inquiry.exercise_id is not None,
    )


def unsend(session: Session, inquiry: Inquiry, who: str, why: str, now: datetime) -> None:
    """Takes back the SMS of a question that have not left: found by their words."""
    told = (words(inquiry), words(inquiry, again=True))
    queued = session.scalars(
        select(Delivery)
        .where(
            Delivery.subscriber_id == inquiry.subscriber_id,
            Delivery.kind == "inquiry",
            Delivery.state == "queued",
        )
        .with_for_update()
    ).all()
    withdraw(session, [row for row in queued if row.body in told], who=who, why=why, now=now)


def is_night(runtime: Runtime, now: datetime) -> bool:
    """Whether the quiet hours of the deployment are on."""
    return by_day(runtime, now) > now


def language_of(runtime: Runtime, person: Subscriber) -> str:
    """The language a person is asked in."""
    return person.language or runtime.settings.languages[0]


def _waiting(runtime: Runtime, inquiry: Inquiry, moment: datetime) -> datetime:
    """The moment, or the end of the quiet hours for a hazard that can wait until morning."""
    hazard = runtime.hazards.get(inquiry.hazard or "")
    can_wait = hazard is not None and hazard.slow and inquiry.exercise_id is None
    return by_day(runtime, moment) if can_wait else moment
