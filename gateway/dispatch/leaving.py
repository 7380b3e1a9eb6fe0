"""Whether a message may still leave: asked when it is claimed, and again right before it goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import earlier, was_sent
from gateway.dispatch.sparing import in_danger
from gateway.store.tables import Alert, Delivery, Incident, Subscriber

_FOLLOW_UPS = ("cancel", "all_clear")
_MAY_HAVE_IT = ("submitted", "delivered", "unknown")


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery and the states of all that it hangs on."""

    delivery_id: int
    state: str
    attempts: int
    lease_until: datetime | None
    expires_at: datetime | None
    kind: str
    subscriber_id: int | None
    alert_id: int | None
    person: str | None
    alert: str | None
    purpose: str | None
    incident: str | None

    def is_held(self, attempt: int, now: datetime) -> bool:
        """Whether it is still this claim's, and not a later one's."""
        held = self.state == "claimed" and self.attempts == attempt
        return held and self.lease_until is not None and self.lease_until > now


def standings(session: Session, ids: Collection[int]) -> dict[int, Standing]:
    """Of several deliveries at once, by one query."""
    rows = session.execute(
        select(
            Delivery.id, Delivery.state, Delivery.attempts, Delivery.lease_until,
            Delivery.expires_at, Delivery.kind, Delivery.subscriber_id, Delivery.alert_id,
            Subscriber.state, Alert.state, Alert.purpose, Incident.state,
        )
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(Alert, Alert.id == Delivery.alert_id)
        .outerjoin(Incident, Incident.id == Alert.incident_id)
        .where(Delivery.id.in_(ids))
    )  # fmt: skip
    found = (Standing(*cast("tuple[Any, ...]", row)) for row in rows)
    return {standing.delivery_id: standing for standing in found}


def why_not(session: Session, standing: Standing, now: datetime) -> str | None:
    """Why it must not leave any more; None if it may."""
    if standing.expires_at is not None and standing.expires_at <= now:
        return "expired"
    if standing.kind != "confirmation" and standing.person in ("stopped", "blocked"):
        return f"the subscriber is {standing.person}"
    if standing.alert_id is None:
        return None
    if standing.alert not in ("approved", "live"):
        return f"the alert is {standing.alert}"
    if standing.purpose == "warning" and standing.incident != "verified":
        return f"its incident is {standing.incident}"
    if standing.purpose in _FOLLOW_UPS:
        chain = earlier(session, standing.alert_id)
        if not _has(session, standing, chain, was_sent(_MAY_HAVE_IT)):
            return "they were never sent what it speaks of"
    if standing.purpose == "campaign" and in_danger(session, standing.subscriber_id, now):
        return "a warning holds where they live"
    return None


def would_overtake(session: Session, standing: Standing, chains: dict[int, Sequence[int]]) -> bool:
    """Whether what it takes back or follows is just being handed over to the same person.

    `chains` remembers what each alert refers to: asked once an alert, not once a copy.
    """
    if standing.alert_id is None:
        return False
    if standing.alert_id not in chains:
        chains[standing.alert_id] = earlier(session, standing.alert_id)
    return _has(session, standing, chains[standing.alert_id], Delivery.state == "claimed")


def _has(
    session: Session, standing: Standing, chain: Sequence[int], fits: ColumnElement[bool]
) -> bool:
    """Whether this person's copy of an alert of the chain fits."""
    if not chain:
        return False
    copies = select(Delivery.id).where(
        Delivery.alert_id.in_(chain),
        Delivery.subscriber_id == standing.subscriber_id,
        fits,
    )
    return session.scalar(copies.limit(1)) is not None
