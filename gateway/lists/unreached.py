"""Villages in the area of a warning where no SMS reaches anybody, and whom to call instead."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import World
from gateway.lists.reach import Reach, Village
from gateway.store.tables import Alert, Exercise, Place, Subscriber
from gateway.terms.area import Area
from gateway.terms.geo import Position, distance_m
from gateway.terms.saying import N_, Said
from gateway.understanding.entries import AREAS, LANDMARKS
from gateway.understanding.folding import fold

LONGEST = 24
_NEAR_M = 30_000
_SAME_PLACE_M = 3_000  # lists differ about where a village is
_DEGREE_M = 111_195.0
_MOST_POINTS = 500
_NO_VILLAGES = (*AREAS, *LANDMARKS, "ward", "localadmin", "campus", "health site")


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """Somebody trusted who may carry the word; metres from the village, 0 at home there."""

    subscriber_id: int
    pseudonym: str
    away_m: int


@dataclass(frozen=True, slots=True)
class Unreached:
    """A village, why nobody there is reached, and who may be called."""

    place_id: int
    name: str
    population: int
    why: Said
    call: Sequence[FocalPoint]


@dataclass(frozen=True, slots=True)
class Silent:
    """The largest villages that are not reached, and how many more there are."""

    villages: Sequence[Unreached] = ()
    more: int = 0


def of_draft(session: Session, alert: Alert) -> Silent:
    """Villages in the area where nobody is subscribed now."""
    return _listed(session, alert, _why_not_subscribed)


def of_sent(session: Session, alert: Alert, reach: Sequence[Village]) -> Silent:
    """Villages in the area where nobody was sent a copy; `reach` is that of `by_place`."""
    if alert.audience and not any(one.reach.total for one in reach):
        return Silent()  # the copies were erased after their time
    by_place = {one.place_id: one.reach for one in reach if one.place_id is not None}
    return _listed(session, alert, partial(_why_not_sent, by_place))


# Of the entries of one village, and how many subscribed people live in each; None: reached.
_Why = Callable[[Sequence[int], Mapping[int, int]], Said | None]


def _listed(session: Session, alert: Alert, why_not: _Why) -> Silent:
    if alert.purpose != "warning":  # what follows one goes to those who have it
        return Silent()
    world, area = _world(session, alert), alert.zone
    groups = _villages(session, area)
    inside = [[place.id for place in group] for group in groups]
    homes = _homes(session, world, [one for group in inside for one in group])
    whys = [why_not(group, homes) for group in inside]
    found = [(group[0], why) for group, why in zip(groups, whys, strict=True) if why]
    found.sort(key=lambda one: (-one[0].population, area.distance_m(_at(one[0])), one[0].id))
    points = _focal_points(session, world, [place for place, _ in found[:LONGEST]])
    villages = [
        Unreached(place.id, place.name, place.population, why, _nearest(place, points))
        for place, why in found[:LONGEST]
    ]
    return Silent(villages, len(found) - len(villages))


def _why_not_subscribed(places: Sequence[int], homes: Mapping[int, int]) -> Said | None:
    if any(homes.get(place) for place in places):
        return None
    return Said(N_("nobody has joined"))


def _why_not_sent(
    reach: Mapping[int, Reach], places: Sequence[int], homes: Mapping[int, int]
) -> Said | None:
    parts = [reach[place] for place in places if place in reach and reach[place].total]
    if not parts:
        return _why_not_subscribed(places, homes) or Said(N_("whoever lives there joined later"))
    if any(part.sent for part in parts):
        return None
    counts = {
        N_("%(count)s waiting"): sum(part.waiting for part in parts),
        N_("%(count)s in doubt"): sum(part.unknown for part in parts),
        N_("%(count)s failed"): sum(part.failed for part in parts),
        N_("%(count)s withdrawn"): sum(part.withdrawn for part in parts),
    }
    said = [Said(words, {"count": count}) for words, count in counts.items() if count]
    listed = reduce(
        lambda one, other: Said("%(one)s, %(other)s", {"one": one, "other": other}), said
    )
    return Said(N_("none handed over: %(why)s"), {"why": listed})


def _world(session: Session, alert: Alert) -> World:
    if alert.exercise_id is None:
        return World()
    drill = session.get_one(Exercise, alert.exercise_id)
    return World(drill.id, drill.volunteers)


class _Place(Protocol):
    """What is read of a place."""

    id: int
    name: str
    lat: float
    lon: float
    population: int


def _villages(session: Session, area: Area) -> list[list[_Place]]:
    """Villages of the gazetteer in the area, each with its entries of several lists."""
    south, west, north, east = area.box()
    named = [spot.place_id for spot in area.spots]
    rows: Any = session.execute(
        select(Place.id, Place.name, Place.lat, Place.lon, Place.population)
        .where(
            or_(
                Place.lat.between(south, north) & Place.lon.between(west, east),
                Place.id.in_(named),
            ),
            Place.kind.not_in(_NO_VILLAGES),
        )
        .order_by(Place.population.desc(), Place.id)
    )
    groups: defaultdict[str, list[list[_Place]]] = defaultdict(list)
    for place in rows:
        if not area.holds(_at(place), place.id):
            continue
        own = groups[fold(place.name)]
        same = (one for one in own if distance_m(_at(one[0]), _at(place)) <= _SAME_PLACE_M)
        group = next(same, None)
        if group is None:
            own.append([place])
        else:
            group.append(place)
    return [group for own in groups.values() for group in own]


def _homes(session: Session, world: World, places: Sequence[int]) -> dict[int, int]:
    """How many subscribed people live in each."""
    found: dict[int, int] = {}
    for start in range(0, len(places), _MOST_POINTS):
        rows = session.execute(
            select(Subscriber.place_id, func.count())
            .where(
                Subscriber.place_id.in_(places[start : start + _MOST_POINTS]),
                Subscriber.state == "subscribed",
                world.holds(),
            )
            .group_by(Subscriber.place_id)
        )
        found.update({place or 0: count for place, count in rows})
    return found


def _focal_points(session: Session, world: World, places: Sequence[_Place]) -> list[Subscriber]:
    """Those within reach of any of the villages; focal points are few."""
    if not places:
        return []
    slack = _NEAR_M / _DEGREE_M
    lats, lons = [place.lat for place in places], [place.lon for place in places]
    return list(
        session.scalars(
            select(Subscriber)
            .where(
                Subscriber.focal_point.is_(True),
                Subscriber.state.not_in(("stopped", "blocked")),
                Subscriber.lat.between(min(lats) - slack, max(lats) + slack),
                Subscriber.lon.between(min(lons) - 2 * slack, max(lons) + 2 * slack),
                world.holds(),
            )
            .order_by(Subscriber.id)
            .limit(_MOST_POINTS)
        )
    )


def _nearest(place: _Place, points: Sequence[Subscriber]) -> list[FocalPoint]:
    """All who live there, or else the nearest one within 30 km."""
    away = [
        (0 if one.place_id == place.id else round(distance_m(_at(place), _at(one))), one)
        for one in points
    ]
    near = sorted((metres, one.id, one.pseudonym) for metres, one in away if metres <= _NEAR_M)
    found = [FocalPoint(one, name, metres) for metres, one, name in near]
    there = [one for one in found if one.away_m == 0]
    return there or found[:1]


def _at(row: _Place | Subscriber) -> Position:
    return Position(row.lat or 0.0, row.lon or 0.0)
