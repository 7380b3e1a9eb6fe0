"""What a draft's area means on the ground: which places, how soon a group is there, who is not
told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.flow.choosing import GROUPS
from gateway.flow.marking import CONTROLLED
from gateway.flow.reaching import Preview
from gateway.store.tables import Alert, Place
from gateway.terms.area import Area, Circle, Corridor
from gateway.terms.geo import Position
from gateway.terms.saying import N_

_MOST_PLACES = 400
_MOST_NEAR = 60  # villages to choose from on a map
_LINES = (15, 30, 60)  # minutes
_SOON = (
    (0.0, N_("May be there already")),
    (30.0, N_("Within 30 min")),
    (60.0, N_("30 to 60 min")),
    (120.0, N_("1 to 2 h")),
    (240.0, N_("2 to 4 h")),
    (float("inf"), N_("Later")),
)


@dataclass(frozen=True, slots=True)
class Spotted:
    """A place of the preview; `minutes` until a group can be there, where one is on its way."""

    place: Place
    people: int
    minutes: float | None = None
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class AreaPreview:
    """`arrivals` are the places ahead of a group in words and in the order of its coming."""

    area: Area
    places: Sequence[Spotted]  # with people, or ahead; those left out too
    arrivals: Sequence[tuple[str, Sequence[Spotted]]]
    elsewhere: int  # people who live outside and asked to be told of a place inside
    controlled: Sequence[Circle]  # which leave somebody out, or would
    untold: int  # people at home there who are not told
    despite: int  # or who are told all the same
    near: Sequence[Spotted]  # the largest villages in the area and around it


def area_preview(alert: Alert, reach: Preview, now: datetime) -> AreaPreview:
    """`reach` is that of the alert."""
    area = alert.zone
    homes = reach.homes
    places = {place.id: place for place in reach.places if homes.get(place.id)}
    around = [place for place in reach.places if place.kind not in GROUPS]
    around.sort(key=lambda one: (-one.population, one.id))
    places |= {place.id: place for place in _inside(area, around)}
    found = [_spotted(area, place, homes.get(place.id, 0), now) for place in places.values()]
    found.sort(key=lambda one: (-one.people, one.place.name, one.place.id))
    inside = [one for one in found if _is_in(area, one.place)]
    ruled = tuple(c for c in (*area.without, *area.despite) if c.by == CONTROLLED)
    known = sum(one.people for one in inside)
    return AreaPreview(
        area=area,
        places=found,
        arrivals=_arrivals(inside) if area.corridor is not None else (),
        elsewhere=sum(homes.values()) - known,
        controlled=ruled,
        untold=0 if area.despite else reach.under_control,
        despite=reach.under_control if area.despite else 0,
        near=[_spotted(area, one, homes.get(one.id, 0), now) for one in around[:_MOST_NEAR]],
    )


def _spotted(area: Area, place: Place, people: int, now: datetime) -> Spotted:
    position = Position(place.lat, place.lon)
    way = area.corridor
    minutes = None
    if way is not None and way.holds(position):
        minutes = max(0.0, way.minutes_to(position) - _since(way, now))
    return Spotted(place, people, minutes, area.leaves_out(position, place.id))


def _since(way: Corridor, now: datetime) -> float:
    """Minutes that they have been on their way by now."""
    if not way.seen_at:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(way.seen_at)).total_seconds() / 60)


def _arrivals(places: Iterable[Spotted]) -> list[tuple[str, list[Spotted]]]:
    ahead = [one for one in places if one.minutes is not None and not one.left_out]
    ahead.sort(key=lambda one: (one.minutes, one.place.name))
    groups: dict[str, list[Spotted]] = {}
    for one in ahead:
        words = next(words for most, words in _SOON if (one.minutes or 0.0) <= most)
        groups.setdefault(words, []).append(one)
    return list(groups.items())


def _is_in(area: Area, place: Place) -> bool:
    named = any(spot.place_id == place.id for spot in area.spots)
    return named or area.covers(Position(place.lat, place.lon))


def _inside(area: Area, around: Iterable[Place]) -> list[Place]:
    """Of a way, the villages ahead, with and without people; of any area, the places left out."""
    found = []
    for place in around:
        position = Position(place.lat, place.lon)
        if not area.covers(position):
            continue
        if area.corridor is not None or area.leaves_out(position, place.id):
            found.append(place)
        if len(found) == _MOST_PLACES:
            break
    return found


def lines_ahead(way: Corridor, now: datetime) -> list[tuple[int, tuple[Position, Position]]]:
    """Where the group can be in 15, 30 and 60 minutes from now, as lines across its way."""
    since = _since(way, now)
    lines = ((minutes, way.line_at(since + minutes)) for minutes in _LINES)
    return [(minutes, line) for minutes, line in lines if line is not None]
