"""Where people live and which places they asked to be warned about."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.store.once import insert_once, inserts
from gateway.store.tables import Place, Subscriber, Subscription
from gateway.terms.geo import Position, cell_of


def places_of(session: Session, subscriber: Subscriber) -> list[int]:
    """The ids of the places they joined, the first one first."""
    return list(
        session.scalars(
            select(Subscription.place_id)
            .where(Subscription.subscriber_id == subscriber.id)
            .order_by(Subscription.id)
        )
    )


def add_place(session: Session, subscriber: Subscriber, place: Place, now: datetime) -> None:
    """Joins a place; joining it again changes nothing."""
    values = {"subscriber_id": subscriber.id, "place_id": place.id, "joined_at": now}
    insert_once(session, Subscription, values, on=("subscriber_id", "place_id"))


def add_places(session: Session, joined: Iterable[tuple[Subscriber, Place]], now: datetime) -> None:
    """The same for many people at once."""
    rows = [
        {"subscriber_id": person.id, "place_id": place.id, "joined_at": now}
        for person, place in joined
    ]
    if rows:
        session.execute(inserts(session)(Subscription).on_conflict_do_nothing(), rows)


def leave_home(session: Session, subscriber: Subscriber) -> None:
    """Ends the warnings for the place where they lived."""
    session.execute(
        delete(Subscription).where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.place_id == subscriber.place_id,
        )
    )


def settle(subscriber: Subscriber, place: Place) -> None:
    """Makes the place their home."""
    subscriber.place_id, subscriber.lat, subscriber.lon = place.id, place.lat, place.lon
    subscriber.cell = cell_of(Position(place.lat, place.lon))
