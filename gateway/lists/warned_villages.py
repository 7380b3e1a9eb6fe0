"""Villages by reach: how many subscribe in each, and how many the last warning came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.lists.reach import Reach, copies_by_home
from gateway.store.tables import Alert, Place, Subscriber

MOST = 200
_LEFT = ("live", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class Village:
    """A home of subscribers; `reach` has no people where the last warning was not for it."""

    place_id: int
    name: str
    lat: float
    lon: float
    people: int
    reach: Reach


def last_warning(session: Session) -> Alert | None:
    """The warning that left last, campaigns and exercises apart."""
    return session.scalar(
        select(Alert)
        .where(
            Alert.state.in_(_LEFT), Alert.purpose == "warning", Alert.exercise_id.is_(None)
        )
        .order_by(Alert.id.desc())
        .limit(1)
    )  # fmt: skip


def villages(session: Session, warning: Alert | None) -> Sequence[Village]:
    """Those with most subscribers first."""
    people = func.count(Subscriber.id)
    rows = session.execute(
        select(Place.id, Place.name, Place.lat, Place.lon, people)
        .join(Subscriber, Subscriber.place_id == Place.id)
        .where(Subscriber.state == "subscribed", Subscriber.exercise_id.is_(None))
        .group_by(Place.id, Place.name, Place.lat, Place.lon)
        .order_by(people.desc(), Place.id)
        .limit(MOST)
    )
    copies = copies_by_home(session, warning) if warning is not None else {}
    return [Village(*row, reach=Reach(copies.get(row.id, {}))) for row in rows]
