"""Where a group that moves was seen last, where it is said to go, and the way between."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import atan2, cos, degrees, radians
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from gateway.incidents.movement import ALONG_M, ahead
from gateway.incidents.sightings import sightings
from gateway.incidents.track import Stop, stops
from gateway.plumbing.settings_alerts import AreaSettings
from gateway.store.tables import Place
from gateway.terms.area import Corridor
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused

MOST_LENGTH_M = 200_000
_REACHED_M = 3_000  # so near it has come where it went, and may go on anywhere
_NAMED_M = 3_000
_AROUND = 0.03  # degrees
_BACK_M = (1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Heading:
    """The newest sighting of a group, and where it goes from there, as far as anybody says."""

    start: Position
    start_name: str
    precision_m: int = 0
    seen_at: datetime | None = None
    end: Position | None = None  # None: nobody says
    end_name: str = ""  # empty where only a direction is told
    travel: str | None = None  # foot, horse, boat, vehicle
    is_place: bool = False  # the end is one that somebody told of, and no mere direction

    @property
    def nameless(self) -> Position | None:
        """The end, where it is a place whose name was not looked up yet."""
        return self.end if self.is_place and not self.end_name else None


def heading(session: Session, incident_id: int, *, name: bool = True) -> Heading | None:
    """From the reports of witnesses; None when none of them saw it anywhere.

    Without `name` the end's is left to `named`.
    """
    seen = sightings(session, [incident_id]).get(incident_id, [])
    way = stops(seen)
    if not way:
        return None
    newest_first = sorted(seen, key=lambda row: (_time(row), row.id), reverse=True)
    last = way[-1]
    end, is_place = _told(last, newest_first) or (_straight_on(way), False)
    found = Heading(
        start=last.position,
        start_name=last.name or "",
        precision_m=last.precision_m,
        seen_at=last.end,
        end=end,
        is_place=is_place,
        travel=next((row.travel for row in newest_first if row.travel), None),
    )
    if name and found.nameless is not None:
        return named(found, session.scalars(select(Place).where(around(found.nameless))))
    return found


def named(heading: Heading, places: Iterable[Place]) -> Heading:
    """With the name of the place that its end is; `places` has all that lie `around` it, and may
    have others."""
    end = heading.nameless
    return heading if end is None else replace(heading, end_name=_name_at(end, places))


def around(position: Position) -> ColumnElement[bool]:
    """Places so near that one of them may be meant."""
    return and_(
        Place.lat.between(position.lat - _AROUND, position.lat + _AROUND),
        Place.lon.between(position.lon - _AROUND, position.lon + _AROUND),
    )


def corridor(
    start: Heading, end: Position, end_name: str, width_m: int, speed_kmh: float, beyond_m: int
) -> Corridor:
    """The way from the newest sighting to `end` and so far beyond it. Raises Refused."""
    length = distance_m(start.start, end)
    if length < 500:
        raise Refused("This way has no length: name a place that they are not at already.")
    if length + beyond_m > MOST_LENGTH_M:
        raise Refused(
            "This way is longer than %(most)s km: name a nearer place.",
            most=MOST_LENGTH_M // 1000,
        )
    far = ahead(end, _bearing(start.start, end), beyond_m)
    least, most = _BACK_M
    return Corridor(
        lat=start.start.lat,
        lon=start.start.lon,
        to_lat=far.lat,
        to_lon=far.lon,
        width_m=width_m,
        speed_kmh=speed_kmh,
        from_name=start.start_name,
        to_name=end_name,
        back_m=min(max(start.precision_m, least), most),
        seen_at=start.seen_at.isoformat() if start.seen_at else "",
    )


def speed_of(settings: AreaSettings, start: Heading | None) -> float:
    """Kilometres an hour, by how they are said to travel."""
    return settings.speed_kmh(start.travel if start else None)


def _told(last: Stop, rows: Sequence[Any]) -> tuple[Position, bool] | None:
    """What the newest report that tells of a way says, unless they are there by now."""
    for row in rows:
        if row.to_lat is not None and row.to_lon is not None:
            end = Position(row.to_lat, row.to_lon)
            if _REACHED_M < distance_m(last.position, end) < MOST_LENGTH_M:
                return end, True
        elif row.bearing_deg is not None:
            return ahead(last.position, row.bearing_deg, ALONG_M), False
    return None


def _straight_on(way: Sequence[Stop]) -> Position | None:
    """On from the last two stops, as far as a direction alone leads."""
    if len(way) < 2:
        return None
    return ahead(way[-1].position, _bearing(way[-2].position, way[-1].position), ALONG_M)


def _name_at(position: Position, places: Iterable[Place]) -> str:
    near = [
        one
        for one in places
        if position.lat - _AROUND <= one.lat <= position.lat + _AROUND
        and position.lon - _AROUND <= one.lon <= position.lon + _AROUND
    ]
    away = [(distance_m(position, Position(one.lat, one.lon)), one.id, one.name) for one in near]
    metres, _, name = min(away, default=(float("inf"), 0, ""))
    return name if metres <= _NAMED_M else ""


def _bearing(start: Position, end: Position) -> float:
    """On a plane: ways are tens of kilometres long."""
    turn = (end.lon - start.lon + 540) % 360 - 180
    east = turn * cos(radians((start.lat + end.lat) / 2))
    return degrees(atan2(east, end.lat - start.lat)) % 360


def _time(row: Any) -> datetime:
    time: datetime = row.happened_to or row.received_at
    return time
