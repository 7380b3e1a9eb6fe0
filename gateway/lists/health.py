"""How the gateway itself is, in ages of seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.lists.accounts import LATE_S, Standing, standings
from gateway.runtime import Runtime
from gateway.store.tables import Beat, Message


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds: the scheduler's last tick, the oldest unread message, the oldest due SMS."""

    scheduler_tick_age_s: float | None
    backlog_age_s: float
    outbox_age_s: float
    urgent_age_s: float
    accounts: Sequence[Standing]

    @property
    def can_warn(self) -> bool:
        """Whether an account that carries what is urgent works, and nothing urgent is late."""
        works = any(one.state == "well" for one in self.accounts if one.carries_urgent)
        return works and self.urgent_age_s <= LATE_S


def state(runtime: Runtime, session: Session, now: datetime) -> Health:
    """A few small look-ups; what an exercise has waiting makes nobody hurry."""
    oldest = session.scalar(
        select(func.min(Message.received_at)).where(
            Message.state == "received", Message.exercise_id.is_(None)
        )
    )
    accounts = standings(runtime, session, now)
    return Health(
        scheduler_tick_age_s=tick_age_s(session, now),
        backlog_age_s=_age(oldest, now),
        outbox_age_s=max((one.oldest_s for one in accounts), default=0.0),
        urgent_age_s=max((one.oldest_urgent_s for one in accounts), default=0.0),
        accounts=accounts,
    )


def tick_age_s(session: Session, now: datetime) -> float | None:
    """Of the scheduler, whichever process it is in; None before its first tick."""
    tick = session.scalar(select(Beat.at).where(Beat.job == "scheduler"))
    return _age(tick, now) if tick else None


def _age(moment: datetime | None, now: datetime) -> float:
    return round(max((now - moment).total_seconds(), 0.0), 1) if moment else 0.0
