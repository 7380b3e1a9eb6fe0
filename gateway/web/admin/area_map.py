"""The picture beside a draft: its area, the places in it with their people, what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow.area_previews import AreaPreview, Spotted, area_preview
from gateway.store.tables import Alert
from gateway.web.admin.frame import Frame, apart, around

_MOST_MARKS = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """The preview, and what of it is drawn."""

    preview: AreaPreview
    frame: Frame
    marks: Sequence[Spotted]
    named: set[int]


def pictured(
    session: Session, alert: Alert, homes: Mapping[int | None, int], now: datetime
) -> Picture:
    """Small enough for a slow line: the places with most people, and those left out."""
    found = area_preview(session, alert, homes, now)
    area = found.area
    points = [(area.lat, area.lon, 1.0)]
    points += [(one.lat, one.lon, one.radius_m / 1000) for one in area.circles]
    points += [(one.lat, one.lon, 1.0) for one in area.spots]
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
    return Picture(found, frame, marks, apart([one.place for one in marks], frame))
