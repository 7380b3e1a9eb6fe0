"""The map: drawn on the server for any phone and line, and drawn anew by a script where it runs."""

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from gateway.lists import map as map_list
from gateway.lists.heat import by_area
from gateway.lists.incidents import STATES
from gateway.lists.map import Situation, places_in
from gateway.web import speech
from gateway.web.admin import map_data
from gateway.web.admin.frame import Frame, apart, around
from gateway.web.admin.land import frame_of
from gateway.web.admin.map_filters import (
    LAYERS,
    SEVERITIES,
    SORT_WORDS,
    WEEKS,
    Filters,
    asked,
    weeks_words,
)
from gateway.web.context import now, runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import signed_in

bp = Blueprint("map", __name__)


@bp.get("/map")
@signed_in
def page() -> str:
    filters = asked()
    with runtime().database.reading() as session:
        stamp = _stamp(session, filters)  # before the rows: what comes meanwhile is asked for again
        shown = map_data.read(session, filters)
        frame = _frame(session, shown.found)
        near = places_in(session, frame.south, frame.west, frame.north, frame.east)
        return render_template(
            "admin/map.html",
            **_rows(shown),
            frame=frame,
            places=near,
            named=apart(near, frame, _taken(shown.found, frame)),
            stamp=stamp,
            choices=_choices(),
            query=request.query_string.decode(errors="replace"),
        )


@bp.get("/map/rows")
@signed_in
def rows() -> Response:
    """The list beside the map, for the script that keeps it fresh."""
    filters = asked()
    with runtime().database.reading() as session:
        return unless_known(
            _stamp(session, filters),
            lambda: render_template(
                "admin/map_rows.html", **_rows(map_data.read(session, filters))
            ),
        )


@bp.get("/map/incidents.json")
@signed_in
def incidents() -> Response:
    filters = asked()
    with runtime().database.reading() as session:
        answer = unless_known(
            _stamp(session, filters), lambda: map_data.as_json(map_data.read(session, filters))
        )
    answer.mimetype = "application/json"
    answer.headers["Cache-Control"] = "private, no-cache"  # asked each time, sent when it changed
    return answer


def _rows(shown: map_data.Shown) -> dict[str, object]:
    return {
        "found": shown.found,
        "filters": shown.filters,
        "heat": by_area(shown.heat),
        "warning": shown.warning,
        "villages": shown.villages,
        "village_words": map_data.village_words,
    }


def _choices() -> dict[str, object]:
    return {
        "states": STATES,
        "hazards": list(runtime().hazards),
        "severities": SEVERITIES,
        "sorts": SORT_WORDS,
        "weeks": {count: weeks_words(count) for count in WEEKS},
        "layers": LAYERS,
    }


def _stamp(session: Session, filters: Filters) -> str:
    today = now().astimezone(runtime().zone).date()
    return stamp_of("map", speech.current(), today, filters, map_list.stamp(session))


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
    south, west, north, east = frame_of(session)
    return around([(south, west, 0.0), (north, east, 0.0)])


def _taken(found: Situation, frame: Frame) -> list[tuple[float, float]]:
    return [(frame.x(row.lon or 0.0), frame.y(row.lat or 0.0)) for row in found.incidents]
