"""Whoever comes into the area of a live warning is sent it, once, like everybody there."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from gateway.dispatch.audience import by_way
from gateway.dispatch.outbox import Copies, spread
from gateway.flow.reaching import due_time, world_of
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Delivery, Incident, Place, Subscriber, Subscription
from gateway.terms.geo import Position

_NOT_YET = ("queued", "claimed", "unknown", "submitted", "delivered", "failed")


def warn(runtime: Runtime, session: Session, person: Subscriber, now: datetime) -> int:
    """Queues what holds where they live or joined; returns how many warnings."""
    if person.state != "subscribed":
        return 0
    session.flush()
    homes = list(_places(session, person))
    queued = 0
    for alert in _holding(session, person, now):
        near = [alert.zone.distance_m(at) for at, place in homes if alert.zone.holds(at, place)]
        if near and not _left_out(alert, person):
            queued += _queue(runtime, session, alert, person, min(near), now)
    if queued:
        nudge_after_commit(session, "send_due")
    return queued


def warn_all(
    runtime: Runtime,
    session: Session,
    people: Iterable[tuple[Subscriber, Place]],
    now: datetime,
) -> int:
    """The same for many who came at once, each with the place; looks only where a warning holds."""
    session.flush()
    alerts = session.scalars(
        select(Alert).where(
            Alert.state.in_(("approved", "live")),
            Alert.purpose == "warning",
            Alert.expires_at > now,
        )
    )
    zones = [alert.zone for alert in alerts]
    if not zones:
        return 0
    return sum(
        warn(runtime, session, person, now)
        for person, place in people
        if any(zone.holds(Position(place.lat, place.lon), place.id) for zone in zones)
    )


def _holding(session: Session, person: Subscriber, now: datetime) -> Iterator[Alert]:
    alerts = session.scalars(
        select(Alert)
        .join(Incident, Incident.id == Alert.incident_id)
        .where(
            Alert.state.in_(("approved", "live")),
            Alert.purpose == "warning",
            Alert.expires_at > now,
            Incident.state == "verified",
        )
        .order_by(Alert.id)
        .with_for_update(of=Alert, read=True)  # a cancel waits for us, and we for it
    )
    for alert in alerts:
        world = world_of(session, alert)
        volunteers = world.volunteers and person.exercise_id is None and person.drills
        if person.exercise_id == world.exercise_id or volunteers:
            yield alert


def _places(session: Session, person: Subscriber) -> Iterator[tuple[Position, int | None]]:
    if person.lat is not None and person.lon is not None:
        yield Position(person.lat, person.lon), person.place_id
    joined = session.execute(
        select(Place.lat, Place.lon, Place.id)
        .join(Subscription, Subscription.place_id == Place.id)
        .where(Subscription.subscriber_id == person.id)
    )
    for lat, lon, place_id in joined:
        yield Position(lat, lon), place_id


def _left_out(alert: Alert, person: Subscriber) -> bool:
    if person.lat is None or person.lon is None:
        return False
    return alert.zone.leaves_out(Position(person.lat, person.lon), person.place_id)


def _queue(
    runtime: Runtime,
    session: Session,
    alert: Alert,
    person: Subscriber,
    metres: int,
    now: datetime,
) -> int:
    """One copy, unless they have or had one; one that a STOP took back does not count."""
    states = session.execute(
        select(Delivery.state, func.max(Delivery.round))
        .where(Delivery.alert_id == alert.id, Delivery.subscriber_id == person.id)
        .group_by(Delivery.state)
    ).all()
    if any(state in _NOT_YET for state, _ in states):
        return 0
    number = max((last + 1 for _, last in states), default=0)
    due_at = due_time(runtime, alert, now)
    if due_at >= alert.expires_at:
        return 0
    me = select(
        Subscriber.id,
        Subscriber.language,
        Subscriber.place_id,
        literal(metres, Integer).label("distance_m"),
        by_way(),
    ).where(Subscriber.id == person.id)
    spread(session, Copies(alert, runtime.settings.languages, due_at, now, round=number), me)
    return 1
