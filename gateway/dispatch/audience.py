"""Who is in the area of an alert, asked of the database ring by ring, nearest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, String

from gateway.dispatch.routing import REACHED_BY
from gateway.dispatch.shapes import between_lons, covered, metres_from, within
from gateway.store.tables import Alert, Delivery, FormerAttempt, Place, Subscriber, Subscription
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position

MAX_RADIUS_M = 100_000
_WAS_SENT = ("claimed", "unknown", "submitted", "delivered")
NEVER_TAKEN = "never taken"  # the cause of an attempt after one that surely came to nothing
_JOINED = 500_000  # the number of their ring
_MOST_PLACES = 5_000  # in one statement
_LONGEST_CHAIN = 1_000  # also where an alert came to refer to itself


@dataclass(frozen=True, slots=True)
class World:
    """Real people, or those of an exercise and, if they are asked for, its volunteers."""

    exercise_id: int | None = None
    volunteers: bool = False

    def holds(self) -> ColumnElement[bool]:
        """Whether a subscriber lives in it."""
        own = Subscriber.exercise_id.is_not_distinct_from(self.exercise_id)
        if not (self.exercise_id and self.volunteers):
            return own
        return or_(own, and_(Subscriber.exercise_id.is_(None), Subscriber.drills.is_(True)))


REAL = World()


@dataclass(frozen=True, slots=True)
class Member:
    """One person of an audience, how far from the centre of the area, and their home."""

    subscriber_id: int
    language: str | None
    place_id: int | None
    distance_m: int


# A query of (subscriber id, language, home place, metres from the centre, path of the number).
People = Select[int, str | None, int | None, int, str]


@dataclass(frozen=True, slots=True)
class Ring:
    """The people of one ring around the centre; some may be in another one too.

    Where it has `cells`, its first query is of the people at home in them, the nearest cell first.
    """

    number: int
    homes: tuple[People, ...] = ()
    joined: tuple[People, ...] = ()  # those who live elsewhere; seldom many
    cells: tuple[int, ...] = ()

    @property
    def people(self) -> tuple[People, ...]:
        """All its queries."""
        return self.homes + self.joined

    def where(self, *conditions: ColumnElement[bool]) -> "Ring":
        """Those of its people who fit."""
        homes, joined = (
            tuple(query.where(*conditions) for query in queries)
            for queries in (self.homes, self.joined)
        )
        return replace(self, homes=homes, joined=joined)


def rings(
    session: Session, area: Area, world: World = REAL, places: Mapping[int, list[int]] | None = None
) -> Iterator[Ring]:
    """The people of the area, the nearest ring first; who only joined a place of it comes last.

    Those are few, and to find them all subscribers are gone through: once, not once a ring.
    `places` are those of `places_in`, for whoever has read them.
    """
    cells = area.rings()
    places = places_in(session, area) if places is None else places
    named = {spot.place_id for spot in area.spots}
    for ring in sorted(cells.keys() | places.keys()):
        homes, near = [], places.get(ring, [])
        if ring in cells:
            inside = covered(area, Subscriber.lat, Subscriber.lon)
            homes.append(_at_home(area, world).where(Subscriber.cell.in_(cells[ring]), inside))
        for some in _some([place_id for place_id in near if place_id in named]):
            homes.append(_at_home(area, world).where(Subscriber.place_id.in_(some)))
        yield Ring(ring, tuple(homes), (), tuple(cells.get(ring, ())))
    everywhere = [place_id for ring in sorted(places) for place_id in places[ring]]
    joined = [
        _joined(area, world).where(Subscription.place_id.in_(some)) for some in _some(everywhere)
    ]
    yield Ring(_JOINED, (), tuple(joined))


def places_in(session: Session, area: Area) -> dict[int, list[int]]:
    """Places of the list in the area, by their ring, nearest first; also where it leaves people
    out."""
    found = {spot.place_id: Position(spot.lat, spot.lon) for spot in area.spots}
    if area.circles or area.corridor or area.polygon:
        south, west, north, east = area.box()
        rows = session.execute(
            select(Place.id, Place.lat, Place.lon).where(
                Place.lat.between(south, north), between_lons(west, east)
            )
        )
        for place_id, lat, lon in rows:
            if area.covers(Position(lat, lon)):
                found.setdefault(place_id, Position(lat, lon))
    by_ring: dict[int, list[int]] = {}
    for place_id in sorted(found, key=lambda one: (area.distance_m(found[one]), one)):
        by_ring.setdefault(area.ring_of(found[place_id]), []).append(place_id)
    return by_ring


def pieces(session: Session, ring: Ring, most: int, hands: int = 1) -> Iterator[People]:
    """The same people by queries of about `most` people each, the nearest cells first.

    They are even enough for so many hands to end together. A ring that is asked for again is
    parted anew: people move meanwhile.
    """
    homes = list(ring.homes)
    if ring.cells:
        yield from _by_cells(session, homes.pop(0), ring.cells, most, hands)
    for people in homes:
        count = session.scalar(select(func.count()).select_from(people.subquery())) or 0
        yield from _parted(people, count, most)
    yield from ring.joined


def was_sent(states: Sequence[str] = _WAS_SENT) -> ColumnElement[bool]:
    """Whether the person of a delivery has its text, or may have it.

    Also by a hand-over before the one of which its state tells: of that, too, only a cancel or an
    all-clear takes the fear away.
    """
    before = exists().where(
        FormerAttempt.delivery_id == Delivery.id, FormerAttempt.cause != NEVER_TAKEN
    )
    return or_(Delivery.state.in_(states), before)


def by_way() -> ColumnElement[str]:
    """The path of a subscriber's number, and the account that reached them when another did not."""
    own = Subscriber.path.concat(REACHED_BY).concat(Subscriber.reached_by)
    return case((Subscriber.reached_by.is_not(None), own), else_=Subscriber.path).label("path")


def focal_points(found: Iterable[Ring]) -> Iterator[Ring]:
    """Only the trusted people of each ring."""
    return (ring.where(Subscriber.focal_point.is_(True)) for ring in found)


def earlier(session: Session, alert_id: int) -> list[int]:
    """The alerts that an alert refers to, one through another, the newest first."""
    own = select(Alert.refers_to_id.label("id"), literal(1).label("step"))
    before = own.where(Alert.id == alert_id).cte("before", recursive=True)
    one = select(Alert.refers_to_id, before.c.step + 1).join(before, Alert.id == before.c.id)
    chain = before.union_all(one.where(before.c.step < _LONGEST_CHAIN))
    rows = session.execute(select(chain.c.id).order_by(chain.c.step))
    return list(dict.fromkeys(number for (number,) in rows if number is not None))


def sent(alert_ids: Sequence[int], ring: int = 0) -> Ring:
    """Everybody who was sent one of the alerts and is still subscribed, as far as they were then.

    A copy that was handed over or may have been counts: its reader needs the words that follow.
    """
    people = (
        select(
            Subscriber.id,
            Subscriber.language,
            Subscriber.place_id,
            func.min(Delivery.distance_m).label("distance_m"),
            by_way(),
        )
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(
            Delivery.alert_id.in_(alert_ids),
            was_sent(),
            Subscriber.state == "subscribed",
        )
        .group_by(Subscriber.id)
    )
    return Ring(ring, (people,))


def audience(session: Session, area: Area, world: World = REAL) -> list[Member]:
    """Everyone subscribed whose home or joined place is in the area, nearest first."""
    return members(session, rings(session, area, world))


def members(session: Session, found_in: Iterable[Ring]) -> list[Member]:
    """Each person once, the nearest first."""
    found: dict[int, Member] = {}
    for query in (query for ring in found_in for query in ring.people):
        for row in session.execute(query):
            known = found.get(row[0])
            if known is None or row[3] < known.distance_m:
                found[row[0]] = Member(*row[:4])
    return sorted(found.values(), key=lambda member: (member.distance_m, member.subscriber_id))


def counts(
    session: Session, found_in: Iterable[Ring], *, paths: bool = False
) -> list[tuple[int | None, str | None, str, int]]:
    """How many people live in which place, read which language and, if asked, go by which path.

    Each counts once.
    """
    return counts_beside(session, found_in, None, paths=paths)[0]


def counts_beside(
    session: Session, found_in: Iterable[Ring], beside: Select[int] | None, *, paths: bool = False
) -> tuple[list[tuple[int | None, str | None, str, int]], int]:
    """The same, and how many people `beside` has, by one statement."""
    parts: list[Any] = []
    people = [query for ring in found_in for query in ring.people]
    if people:
        parts.append(_counted(people, paths))
    if beside is not None:
        none = cast(null(), Integer), cast(null(), String), literal("")
        parts.append(select(literal(True), *none, func.count()).select_from(beside.subquery()))
    rows = session.execute(union_all(*parts)).all() if parts else []
    found = [(row[1], row[2], row[3], row[4]) for row in rows if not row[0]]
    return found, sum(row[4] for row in rows if row[0])


def at_home_in(found_in: Iterable[Ring], circles: Sequence[Circle]) -> Select[int] | None:
    """The numbers of the people who live in one of these circles, each once; None: nobody can."""
    lat, lon = Subscriber.lat, Subscriber.lon
    inside = or_(false(), *(within(circle, lat, lon) for circle in circles))
    people = [
        query.where(inside).with_only_columns(query.selected_columns[0])
        for ring in found_in
        for query in ring.people
    ]
    if not people or not circles:
        return None
    (number,) = union(*people).subquery().columns
    return select(number)


def anybody(session: Session, found_in: Iterable[Ring]) -> bool:
    """Whether there is anybody at all."""
    people = (query for ring in found_in for query in ring.people)
    return any(session.execute(query.limit(1)).first() is not None for query in people)


def _counted(people: Sequence[People], paths: bool) -> Select[Any]:
    each = union(*(query.with_only_columns(*query.selected_columns[:3]) for query in people))
    number, language, place_id = each.subquery().columns
    path: Any = Subscriber.path if paths else literal("")
    query = select(literal(False), place_id, language, path, func.count())
    if paths:
        query = query.join(Subscriber, Subscriber.id == number)
    keys = (place_id, language, path) if paths else (place_id, language)
    return query.group_by(*keys)


def _by_cells(
    session: Session, homes: People, cells: Sequence[int], most: int, hands: int
) -> Iterator[People]:
    held: list[int] = []
    total = 0
    crowds = _crowds(session, cells)
    share = _share(sum(crowds.values()), most, hands)
    for cell in (cell for cell in cells if cell in crowds):
        if crowds[cell] > most:
            yield from _parted(homes.where(Subscriber.cell == cell), crowds[cell], most)
            continue
        held.append(cell)
        total += crowds[cell]
        if total >= share:
            yield homes.where(Subscriber.cell.in_(held))
            held, total = [], 0
    if held:
        yield homes.where(Subscriber.cell.in_(held))


def _share(count: int, most: int, hands: int) -> int:
    """People of a piece, so that every hand has as many pieces as the others."""
    rounds = max(1, -(-count // (most * hands)))
    return max(1, -(-count // (rounds * hands)))


def _parted(people: People, count: int, most: int) -> Iterator[People]:
    """By the last digits of whom it is about."""
    parts = -(-count // most)
    if parts == 1:
        yield people
    else:
        yield from (people.where(Subscriber.id % parts == part) for part in range(parts))


def _crowds(session: Session, cells: Sequence[int]) -> dict[int | None, int]:
    rows = session.execute(
        select(Subscriber.cell, func.count())
        .where(Subscriber.cell.in_(cells), Subscriber.state == "subscribed")
        .group_by(Subscriber.cell)
    )
    return {row[0]: row[1] for row in rows}


def _at_home(area: Area, world: World) -> People:
    return (
        select(
            Subscriber.id,
            Subscriber.language,
            Subscriber.place_id,
            metres_from(area, Subscriber.lat, Subscriber.lon),
            by_way(),
        )
        .where(
            Subscriber.state == "subscribed",
            Subscriber.lat.is_not(None),
            world.holds(),
        )
        .where(*_not_left_out(area))
    )


def _joined(area: Area, world: World) -> People:
    return (
        select(
            Subscriber.id,
            Subscriber.language,
            Subscriber.place_id,
            func.min(metres_from(area, Place.lat, Place.lon)),
            by_way(),
        )
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .join(Place, Place.id == Subscription.place_id)
        .where(Subscriber.state == "subscribed", world.holds())
        .where(*_not_left_out(area), ~_found_at_home(area))
        .group_by(Subscriber.id)
    )


def _found_at_home(area: Area) -> ColumnElement[bool]:
    """Most people joined the place where they live: there the search by homes finds them."""
    inside = covered(area, Subscriber.lat, Subscriber.lon)
    named = [spot.place_id for spot in area.spots]
    if named:
        inside = or_(inside, Subscriber.place_id.in_(named))
    return and_(
        Subscription.place_id == func.coalesce(Subscriber.place_id, -1),
        Subscriber.lat.is_not(None),
        inside,
    )


def _not_left_out(area: Area) -> list[ColumnElement[bool]]:
    """Judged by the home alone: a phone that lies where an armed group rules is not written to."""
    homes = [spot.place_id for spot in area.without_places]
    lat, lon = Subscriber.lat, Subscriber.lon
    conditions = [or_(lat.is_(None), ~within(circle, lat, lon)) for circle in area.without]
    if homes:
        conditions.append(or_(Subscriber.place_id.is_(None), Subscriber.place_id.not_in(homes)))
    return conditions


def _some(places: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), _MOST_PLACES):
        yield places[start : start + _MOST_PLACES]
