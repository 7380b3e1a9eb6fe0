"""The ground under the maps: countries around the deployment and its own borders, as JSON."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort
from sqlalchemy.orm import Session

from gateway.lists import borders
from gateway.web.context import runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import signed_in

bp = Blueprint("land", __name__)
_COUNTRIES = Path(__file__).parent.parent / "static" / "built" / "countries.json"
_WORLD = (-60.0, -180.0, 75.0, 180.0)
_AIR = 3.0  # degrees around the deployment's places
Frame = tuple[float, float, float, float]


@bp.get("/map/land.json")
@signed_in
def land() -> Response:
    with runtime().database.reading() as session:
        frame = frame_of(session)
        stamp = stamp_of("land", frame, borders.stamp(session))
        answer = unless_known(stamp, lambda: _drawn(session, frame))
    answer.mimetype = "application/json"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def frame_of(session: Session) -> Frame:
    """South, west, north, east of the deployment's places; the world when it has none."""
    return runtime().gazetteer(session).bounds or _WORLD


def _drawn(session: Session, frame: Frame) -> str:
    south, west, north, east = frame
    around = (south - _AIR, west - _AIR, north + _AIR, east + _AIR)
    found = {
        "frame": frame,
        "countries": countries_in(around),
        "borders": [
            {"name": one.name, "level": one.level, "rings": one.rings}
            for one in borders.shown(session)
        ],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def countries_in(frame: Frame) -> list[dict[str, Any]]:
    """Each country with those of its rings that touch the frame."""
    found = []
    for country in _countries():
        rings = [ring for ring in country["rings"] if _touches(ring, frame)]
        if rings:
            found.append({"name": country["name"], "rings": rings})
    return found


def _touches(ring: list[float], frame: Frame) -> bool:
    south, west, north, east = frame
    lons, lats = ring[::2], ring[1::2]
    return max(lats) >= south and min(lats) <= north and max(lons) >= west and min(lons) <= east


@cache
def _countries() -> list[dict[str, Any]]:
    if not _COUNTRIES.is_file():
        abort(404)
    found: list[dict[str, Any]] = json.loads(_COUNTRIES.read_text(encoding="utf-8"))
    return found
