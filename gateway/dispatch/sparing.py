"""Who is spared a message that can wait: people in danger, and people who had enough."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from gateway.store.distance import metres_between
from gateway.store.tables import Alert, Delivery, Place, PlaceMark, Subscriber, Subscription
from gateway.terms.area import Area
from gateway.terms.geo import Position

_NEVER_CAME = ("withdrawn", "failed")


def alarms(now: datetime) -> ColumnElement[bool]:
    """Alerts of the real world that hold, approved or on their way; campaigns are none."""
    return and_(
        Alert.purpose != "campaign",
        Alert.state.in_(("approved", "live")),
        Alert.expires_at > now,
        Alert.exercise_id.is_(None),
    )


def in_danger(session: Session, subscriber_id: int | None, now: datetime) -> bool:
    """Whether an alert holds where the person lives or joined, or was sent to them."""
    live = session.scalars(select(Alert).where(alarms(now))).all()
    if subscriber_id is None or not live:
        return False
    person = session.get_one(Subscriber, subscriber_id)
    copy = select(Delivery.id).where(
        Delivery.subscriber_id == person.id,
        Delivery.kind == "alert",
        Delivery.alert_id.in_([alert.id for alert in live]),
    )
    if session.scalar(copy.limit(1)) is not None:
        return True
    joined = session.scalars(
        select(Place)
        .join(Subscription, Subscription.place_id == Place.id)
        .where(Subscription.subscriber_id == person.id)
    ).all()
    return any(_is_in(alert.zone, person, joined) for alert in live if alert.purpose == "warning")


def under_control(session: Session) -> ColumnElement[bool]:
    """Whether a subscriber's home lies where an armed group rules, as marked today.

    A phone that is searched there must not hold our words.
    """
    marks = session.execute(
        select(Place.lat, Place.lon, PlaceMark.radius_m)
        .join(PlaceMark, PlaceMark.place_id == Place.id)
        .where(PlaceMark.mark == "controlled")
    ).all()
    lat, lon = Subscriber.lat, Subscriber.lon
    within = [
        metres_between(lat, lon, literal(row.lat), literal(row.lon)) <= row.radius_m
        for row in marks
    ]
    return and_(lat.is_not(None), or_(false(), *within))


def had_enough(
    week: tuple[datetime, int], month: tuple[datetime, int], besides: tuple[int, int]
) -> ColumnElement[bool]:
    """Whether a subscriber had as many campaigns since a moment as they may have.

    `besides` is the alert and round that is being written: it does not count against itself.
    """
    return or_(*(_had(since, besides) >= most for since, most in (week, month)))


def has_copy(alert_id: int, round_: int) -> ColumnElement[bool]:
    """Whether a subscriber has a copy of this round already."""
    return exists().where(
        Delivery.subscriber_id == Subscriber.id,
        Delivery.alert_id == alert_id,
        Delivery.round == round_,
    )


def _had(since: datetime, besides: tuple[int, int]) -> ScalarSelect[int]:
    """What was not handed over yet counts until it no longer can be."""
    alert_id, round_ = besides
    at = func.coalesce(Delivery.submitted_at, Delivery.expires_at)
    return (
        select(func.count())
        .select_from(Delivery)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Delivery.subscriber_id == Subscriber.id,
            Delivery.kind == "alert",
            Delivery.state.not_in(_NEVER_CAME),
            at >= since,
            Alert.purpose == "campaign",
            or_(Delivery.alert_id != alert_id, Delivery.round != round_),
        )
        .correlate(Subscriber)
        .scalar_subquery()
    )


def _is_in(area: Area, person: Subscriber, joined: Sequence[Place]) -> bool:
    if person.lat is not None and person.lon is not None:
        home = Position(person.lat, person.lon)
        if area.leaves_out(home, person.place_id):
            return False
        if area.holds(home, person.place_id):
            return True
    named = {spot.place_id for spot in area.spots}
    return any(place.id in named or area.covers(Position(place.lat, place.lon)) for place in joined)
