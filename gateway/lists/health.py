"""How the gateway itself is, in ages of seconds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Beat, Delivery, Message


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds: the scheduler's last tick, the oldest unread message, the oldest due SMS."""

    scheduler_tick_age_s: float | None
    backlog_age_s: float
    outbox_age_s: float


def state(session: Session, now: datetime) -> Health:
    """Three small look-ups; what an exercise has waiting makes nobody hurry."""
    tick = session.scalar(select(Beat.at).where(Beat.job == "scheduler"))
    oldest = session.scalar(
        select(func.min(Message.received_at)).where(
            Message.state == "received", Message.exercise_id.is_(None)
        )
    )
    due = session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.state == "queued", Delivery.due_at <= now, Delivery.exercise_id.is_(None)
        )
    )
    return Health(
        scheduler_tick_age_s=_age(tick, now) if tick else None,
        backlog_age_s=_age(oldest, now),
        outbox_age_s=_age(due, now),
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return round(max((now - moment).total_seconds(), 0.0), 1) if moment else 0.0
