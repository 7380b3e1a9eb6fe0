"""A plain map of the situation, drawn on the server: it works on any phone and any line."""

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from gateway.lists.map import Situation, places_in, situation
from gateway.web.admin.frame import Frame, apart, around
from gateway.web.context import runtime
from gateway.web.guards import signed_in

bp = Blueprint("map", __name__)

_WORLD = (-60.0, -180.0, 75.0, 180.0)


@bp.get("/map")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        found = situation(session)
        frame = _frame(session, found)
        near = places_in(session, frame.south, frame.west, frame.north, frame.east)
        named = apart(near, frame, _taken(found, frame))
        return render_template("admin/map.html", found=found, frame=frame, places=near, named=named)


def _frame(session: Session, found: Situation) -> Frame:
    points = [(row.lat, row.lon, 3.0) for row in found.incidents if row.lat is not None]
    points += [
        (leg.stop.position.lat, leg.stop.position.lon, 1.0)
        for way in found.ways.values()
        for leg in way
    ]
    points += [(alert.lat, alert.lon, alert.radius_m / 1000) for alert in found.alerts]
    if points:
        return around([(lat, lon or 0.0, reach) for lat, lon, reach in points])
    bounds = runtime().gazetteer(session).bounds or _WORLD
    return around([(bounds[0], bounds[1], 0.0), (bounds[2], bounds[3], 0.0)])


def _taken(found: Situation, frame: Frame) -> list[tuple[float, float]]:
    return [(frame.x(row.lon or 0.0), frame.y(row.lat or 0.0)) for row in found.incidents]
