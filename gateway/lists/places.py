"""Places with their other names."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from gateway.store.distance import metres_between
from gateway.store.place_lists import REMOVED
from gateway.store.tables import Incident, Place, PlaceLink, PlaceMark, Subscriber
from gateway.terms.refusals import NotFound
from gateway.understanding.entries import AREAS

_NEAR_M = 30_000
_MOST_NEAR = 15


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place and what hangs on it."""

    place: Place
    members: int
    incidents: Sequence[Incident]


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie as one of its two places shows it: the other place, and what ties them."""

    link: PlaceLink
    other: Place


@dataclass(frozen=True, slots=True)
class Near:
    """A place, and how far it is from the one that is looked at, in metres."""

    place: Place
    away_m: int


def by_ids(session: Session, ids: Sequence[int]) -> list[Place]:
    """These places in this order, with their aliases."""
    if not ids:
        return []
    rows = session.scalars(
        select(Place).where(Place.id.in_(ids)).options(selectinload(Place.aliases))
    )
    found = {place.id: place for place in rows}
    return [found[number] for number in ids if number in found]


def count(session: Session) -> int:
    """How many places there are."""
    return session.scalar(select(func.count()).select_from(Place)) or 0


def view(session: Session, place_id: int) -> PlaceView:
    """Raises NotFound."""
    places = by_ids(session, [place_id])
    if not places:
        raise NotFound("There is no such place.")
    members = session.scalar(
        select(func.count())
        .select_from(Subscriber)
        .where(
            Subscriber.place_id == place_id,
            Subscriber.state == "subscribed",
            Subscriber.exercise_id.is_(None),
        )
    )
    incidents = session.scalars(
        select(Incident)
        .where(Incident.place_id == place_id)
        .order_by(Incident.last_report_at.desc())
        .limit(20)
    )
    return PlaceView(places[0], members or 0, incidents.all())


def marks_of(session: Session, place_id: int) -> dict[str, PlaceMark]:
    """What coordinators marked the place as: unsafe, controlled."""
    marks = session.scalars(select(PlaceMark).where(PlaceMark.place_id == place_id))
    return {mark.mark: mark for mark in marks}


def ties_of(session: Session, place_id: int) -> list[Tie]:
    """Places that hang together with this one, whichever of the two it was recorded at."""
    other = case((PlaceLink.place_id == place_id, PlaceLink.other_id), else_=PlaceLink.place_id)
    rows = session.execute(
        select(PlaceLink, Place)
        .join(Place, Place.id == other)
        .where(or_(PlaceLink.place_id == place_id, PlaceLink.other_id == place_id))
        .order_by(Place.name, Place.id)
    )
    return [Tie(link, place) for link, place in rows]


def nearby(session: Session, place: Place) -> list[Near]:
    """The nearest places, those of the same name first; removed ones are left out."""
    up, side = _NEAR_M / 111_000, _NEAR_M / 111_000 / max(cos(radians(place.lat)), 0.1)
    away = metres_between(Place.lat, Place.lon, literal(place.lat), literal(place.lon))
    removed = select(PlaceMark.place_id).where(PlaceMark.mark == REMOVED)
    rows = session.execute(
        select(Place, away)
        .where(
            Place.lat.between(place.lat - up, place.lat + up),
            Place.lon.between(place.lon - side, place.lon + side),
            Place.country == place.country,
            Place.id != place.id,
            Place.kind.not_in(AREAS),
            Place.id.not_in(removed),
        )
        .order_by(case((Place.name == place.name, 0), else_=1), away, Place.id)
        .limit(_MOST_NEAR)
    )
    return [Near(other, round(metres)) for other, metres in rows if metres <= _NEAR_M]


def name_of(session: Session, place_id: int | None) -> str | None:
    """The name, for saying what a list is filtered by."""
    if place_id is None:
        return None
    return session.scalar(select(Place.name).where(Place.id == place_id))
