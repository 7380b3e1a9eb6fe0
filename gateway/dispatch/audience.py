"""Who is near enough to be warned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Place, Subscriber, Subscription
from gateway.terms.geo import Position, cells_within, distance_m

MAX_RADIUS_M = 100_000


@dataclass(frozen=True, slots=True)
class Member:
    """One person of an audience, how far from the centre of the area, and their home."""

    subscriber_id: int
    language: str | None
    place_id: int | None
    distance_m: int


def audience(
    session: Session, centre: Position, radius_m: int, *, exercise_id: int | None = None
) -> list[Member]:
    """Everyone subscribed whose home or joined place lies within the radius, nearest first."""
    found: dict[int, Member] = {}
    for row in (*_at_home(session, centre, radius_m), *_joined(session, centre, radius_m)):
        metres = round(distance_m(centre, Position(row.lat, row.lon)))
        known = found.get(row.id)
        matches = row.exercise_id == exercise_id
        if matches and metres <= radius_m and (known is None or metres < known.distance_m):
            found[row.id] = Member(row.id, row.language, row.place_id, metres)
    return sorted(found.values(), key=lambda member: (member.distance_m, member.subscriber_id))


_PERSON = (
    Subscriber.id,
    Subscriber.language,
    Subscriber.place_id,
    Subscriber.exercise_id,
)


def _at_home(session: Session, centre: Position, radius_m: int) -> Iterable[Any]:
    return session.execute(
        select(*_PERSON, Subscriber.lat, Subscriber.lon).where(
            Subscriber.state == "subscribed",
            Subscriber.lat.is_not(None),
            Subscriber.cell.in_(cells_within(centre, radius_m)),
        )
    ).all()


def _joined(session: Session, centre: Position, radius_m: int) -> Iterable[Any]:
    degrees = radius_m / 100_000 + 0.1  # one degree of latitude is 111 km
    return session.execute(
        select(*_PERSON, Place.lat, Place.lon)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .join(Place, Place.id == Subscription.place_id)
        .where(
            Subscriber.state == "subscribed",
            Place.lat.between(centre.lat - degrees, centre.lat + degrees),
        )
    ).all()
