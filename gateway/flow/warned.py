"""Whom the warnings of an exercise reached, and how fast."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow.cast import Cast
from gateway.store.tables import Alert, Delivery, Report, Subscriber

_SENT = ("submitted", "delivered")


@dataclass(frozen=True, slots=True)
class Reach:
    """How an exercise's warnings went; minutes are None while there is nothing to measure."""

    expected: int
    warned_once: int
    missed: int
    warned_twice: int
    warned_wrongly: int
    delivered: int
    first_report_to_first_warning_min: float | None
    first_report_to_90_percent_min: float | None

    @property
    def is_right(self) -> bool:
        """Everyone who should be warned was, exactly once; nobody else was."""
        wrong = self.missed or self.warned_twice or self.warned_wrongly
        return not wrong and self.warned_once == self.expected


def reach(
    session: Session, drill: Cast, real: Callable[[datetime], datetime] = lambda at: at
) -> Reach:
    """How far the warnings have come by now; `real` says when a moment of the script was."""
    copies = copies_of_warnings(session, drill)
    first, handed, delivered = _times(session, drill)
    begin = real(first) if first else None
    should = {name for name, group in drill.phones.items() if group.warned}
    return Reach(
        expected=len(should),
        warned_once=sum(copies[name] == 1 for name in should),
        missed=sum(copies[name] == 0 for name in should),
        warned_twice=sum(count > 1 for count in copies.values()),
        warned_wrongly=sum(count > 0 for name, count in copies.items() if name not in should),
        delivered=len(delivered),
        first_report_to_first_warning_min=_minutes(begin, handed),
        first_report_to_90_percent_min=_minutes(begin, _ninety_percent(delivered, len(should))),
    )


def copies_of_warnings(
    session: Session, drill: Cast, incident_id: int | None = None
) -> Counter[str]:
    """How many copies of warnings, or of those of one incident, each phone was sent."""
    query = (
        select(Subscriber.phone_index, func.count())
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Delivery.exercise_id == drill.id,
            Alert.purpose == "warning",
            Delivery.state.in_(_SENT),
        )
        .group_by(Subscriber.phone_index)
    )
    if incident_id is not None:
        query = query.where(Alert.incident_id == incident_id)
    counts = dict(session.execute(query).all())
    return Counter({phone: counts.get(drill.index_of(phone), 0) for phone in drill.phones})


def _times(
    session: Session, drill: Cast
) -> tuple[datetime | None, datetime | None, list[datetime]]:
    """The first report, the first hand-over, and when each copy was delivered."""
    first = session.scalar(
        select(func.min(Report.received_at)).where(Report.exercise_id == drill.id)
    )
    sent = session.execute(
        select(Delivery.submitted_at, Delivery.settled_at, Delivery.state)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Delivery.exercise_id == drill.id, Alert.purpose == "warning")
    ).all()
    handed = [row.submitted_at for row in sent if row.submitted_at is not None]
    delivered = [row.settled_at for row in sent if row.state == "delivered"]
    return first, min(handed, default=None), sorted(delivered)


def _ninety_percent(delivered: list[datetime], expected: int) -> datetime | None:
    needed = -(-expected * 9 // 10)
    return delivered[needed - 1] if 0 < needed <= len(delivered) else None


def _minutes(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds() / 60, 2) if start and end else None
