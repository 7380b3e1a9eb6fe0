"""How far a warning has come: its deliveries by state, overall and place by place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Delivery, Place, Subscriber

Key = TypeVar("Key")
_WAITING, _SENT = ("queued", "claimed"), ("submitted", "delivered")


@dataclass(frozen=True, slots=True)
class Reach:
    """Deliveries by state."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All that were ever queued."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Not handed over yet."""
        return sum(self.counts.get(state, 0) for state in _WAITING)

    @property
    def sent(self) -> int:
        """Taken by the company; the delivered are among them."""
        return sum(self.counts.get(state, 0) for state in _SENT)

    @property
    def delivered(self) -> int:
        """On the phone, as the company says."""
        return self.counts.get("delivered", 0)

    @property
    def failed(self) -> int:
        """Will not arrive."""
        return self.counts.get("failed", 0)

    @property
    def unknown(self) -> int:
        """A crash left open whether these went out; the company is being asked."""
        return self.counts.get("unknown", 0)

    @property
    def withdrawn(self) -> int:
        """Stopped before they left."""
        return self.counts.get("withdrawn", 0)


def reach_of(session: Session, alert_ids: Sequence[int]) -> dict[int, Reach]:
    """The reach of each alert, in one query."""
    if not alert_ids:
        return {}
    rows = session.execute(
        select(Delivery.alert_id, Delivery.state, func.count())
        .where(Delivery.alert_id.in_(alert_ids))
        .group_by(Delivery.alert_id, Delivery.state)
    )
    found = _gather((alert_id or 0, state, count) for alert_id, state, count in rows)
    return {alert_id: found.get(alert_id, Reach()) for alert_id in alert_ids}


def by_place(session: Session, alert_id: int) -> list[tuple[str, Reach]]:
    """The reach in each home of the audience, the largest first."""
    rows = session.execute(
        select(Place.id, Place.name, Delivery.state, func.count())
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .where(Delivery.alert_id == alert_id)
        .group_by(Place.id, Place.name, Delivery.state)
    )
    found = _gather(
        ((place_id, name or "home not known"), state, count)
        for place_id, name, state, count in rows
    )
    named = [(name, reach) for (_, name), reach in found.items()]
    return sorted(named, key=lambda line: (-line[1].total, line[0]))


def _gather(rows: Iterable[tuple[Key, str, int]]) -> dict[Key, Reach]:
    counts: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, state, count in rows:
        counts[key][state] += count
    return {key: Reach(dict(states)) for key, states in counts.items()}
