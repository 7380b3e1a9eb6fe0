"""The picture beside a draft: its area, the places in it with their people, what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow.area_previews import AreaPreview, Spotted, area_preview, lines_ahead
from gateway.flow.areas_of_alerts import own_centre
from gateway.flow.reaching import Preview
from gateway.store.tables import Alert
from gateway.terms.area import Area
from gateway.terms.geo import Position
from gateway.web.admin.frame import Frame, apart, around

_MOST_MARKS = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """The preview, and what of it is drawn."""

    preview: AreaPreview
    frame: Frame
    marks: Sequence[Spotted]
    named: set[int]
    lines: Sequence[tuple[int, tuple[Position, Position]]]  # minutes, and the ends of the line
    data: Mapping[str, object]  # the same for the map that is drawn on


def pictured(session: Session, alert: Alert, reach: Preview, now: datetime) -> Picture:
    """Small enough for a slow line: the places with most people, and those left out."""
    found = area_preview(alert, reach, now)
    area = found.area
    points = [(area.lat, area.lon, 1.0)]
    points += [(one.lat, one.lon, one.radius_m / 1000) for one in area.circles]
    points += [(one.lat, one.lon, 1.0) for one in area.spots]
    if area.polygon is not None:
        points += [(corner.lat, corner.lon, 1.0) for corner in area.polygon.positions]
    if area.corridor is not None:
        points += [(corner.lat, corner.lon, 1.0) for corner in area.corridor.corners()]
    frame = around(points)
    seen = [
        one
        for one in found.places
        if frame.south < one.place.lat < frame.north and frame.west < one.place.lon < frame.east
    ]
    marks = [one for one in seen if one.people or one.minutes is not None or one.left_out]
    marks = marks[:_MOST_MARKS]
    lines = lines_ahead(area.corridor, now) if area.corridor is not None else []
    event = own_centre(session, alert)
    data = _data(area, found, lines) | {"event": _pair(event)}
    return Picture(found, frame, marks, apart([one.place for one in marks], frame), lines, data)


def _data(
    area: Area, found: AreaPreview, lines: Sequence[tuple[int, tuple[Position, Position]]]
) -> dict[str, object]:
    near = {one.place.id: one for one in (*found.near, *found.places[:_MOST_MARKS])}
    way = area.corridor
    return {
        "circles": [[*_pair(one.position), one.radius_m] for one in area.circles],
        "polygon": [_pair(one) for one in area.polygon.positions] if area.polygon else [],
        "strip": [_pair(one) for one in way.corners()] if way else [],
        "start": _pair(way.position) if way else [],
        "lines": [[minutes, *map(_pair, ends)] for minutes, ends in lines],
        "without": [[*_pair(one.position), one.radius_m] for one in area.without],
        "villages": [
            [one.place.id, one.place.name, one.place.lat, one.place.lon, one.people]
            for one in near.values()
            if not one.left_out
        ],
        "spots": [spot.place_id for spot in area.spots],
    }


def _pair(position: Position) -> list[float]:
    return [round(position.lat, 5), round(position.lon, 5)]
