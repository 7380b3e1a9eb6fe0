"""What people hear after a judgement: the same thanks for all, whatever was judged."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.alerts.marking import marked
from gateway.dispatch.outbox import Text, queue_answer
from gateway.flow.reaching import by_day
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Delivery, Incident, Inquiry, Report, Subscriber

log = structlog.get_logger()
KIND = "thanks"  # of a delivery
_JUDGED = ("verified", "refuted", "unverifiable", "closed")
_TOO_LATE = timedelta(days=2)  # nobody knows any more what the thanks are for
_ONCE_IN = timedelta(days=1)
_AT_ONCE = 100  # incidents a sweep


def thank_afterwards(runtime: Runtime) -> int:
    """Thanks everybody who wrote or answered about incidents judged a while ago.

    The text says nothing of the outcome: a seized phone must not show that its owner told of
    something true. Returns how many incidents were seen to.
    """
    policy, now = runtime.settings.policy, runtime.clock()
    if policy.thank_after_minutes < 0 or policy.acknowledge == "off":
        return 0
    before = now - timedelta(minutes=policy.thank_after_minutes)
    with runtime.database.reading() as session:
        waiting = session.scalars(
            select(Incident.id)
            .where(
                Incident.state.in_(_JUDGED),
                Incident.told_at.is_(None),
                Incident.judged_at.between(now - _TOO_LATE, before),
                _in_waking_hours(runtime, now),
            )
            .order_by(Incident.id)
            .limit(_AT_ONCE)
        ).all()
    return sum(_thank_for(runtime, incident_id, now) for incident_id in waiting)


def _in_waking_hours(runtime: Runtime, now: datetime) -> ColumnElement[bool]:
    """A drill has no night."""
    quiet = by_day(runtime, now) > now
    return Incident.exercise_id.is_not(None) if quiet else Incident.id.is_not(None)


def _thank_for(runtime: Runtime, incident_id: int, now: datetime) -> bool:
    """False when another machine has it, or had it."""
    with runtime.database.writing() as session:
        incident = session.scalar(
            select(Incident)
            .where(
                Incident.id == incident_id,
                Incident.told_at.is_(None),
                Incident.state.in_(_JUDGED),
            )
            .with_for_update(skip_locked=True)
        )
        if incident is None:
            return False
        incident.told_at = now
        spoken = _who_told(session, incident)
        people = _to_thank(session, incident, spoken, now)
        for person in people:
            language = person.language or spoken[person.id]
            if language not in runtime.settings.languages:
                language = runtime.settings.languages[0]
            thanks = wording.render(language, "after_judgement")
            in_exercise = incident.exercise_id is not None
            body = Text(language, marked(language, thanks) if in_exercise else thanks)
            queue_answer(session, person, body, now, kind=KIND)
        log.info("people thanked", incident=incident.id, people=len(people))
        if people:
            nudge_after_commit(session, "send_due")
        return True


def _who_told(session: Session, incident: Incident) -> dict[int, str]:
    """Who wrote or answered, and the language they did it in last."""
    wrote = session.execute(
        select(Report.subscriber_id, Report.language)
        .where(Report.incident_id == incident.id)
        .order_by(Report.id)
    )
    # What was merged into it keeps its questions.
    merged = select(Incident.id).where(Incident.merged_into_id == incident.id)
    answered = session.execute(
        select(Inquiry.subscriber_id, Inquiry.language)
        .where(
            or_(Inquiry.incident_id == incident.id, Inquiry.incident_id.in_(merged)),
            Inquiry.answered_at.is_not(None),
        )
        .order_by(Inquiry.id)
    )
    return {row[0]: row[1] for row in (*answered, *wrote)}


def _to_thank(
    session: Session, incident: Incident, told: Collection[int], now: datetime
) -> Sequence[Subscriber]:
    """Those who may be written to, held until the end so that no STOP overtakes the thanks."""
    people = session.scalars(
        select(Subscriber)
        .where(
            Subscriber.id.in_(told),
            Subscriber.state.not_in(("stopped", "blocked")),
            Subscriber.exercise_id.is_not_distinct_from(incident.exercise_id),
        )
        .order_by(Subscriber.id)
        .with_for_update(key_share=True)
    ).all()
    thanked = set(
        session.scalars(
            select(Delivery.subscriber_id).where(
                Delivery.subscriber_id.in_([person.id for person in people]),
                Delivery.kind == KIND,
                Delivery.created_at > now - _ONCE_IN,
            )
        )
    )
    return [person for person in people if person.id not in thanked]
