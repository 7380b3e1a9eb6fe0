"""The ground under the maps: countries around the deployment and its own borders, as JSON."""

import json
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy.orm import Session

from gateway.lists import borders, place_names
from gateway.store import gazetteer as gazetteer_store
from gateway.terms.outlines import Pair, thinned
from gateway.terms.refusals import Refused
from gateway.web.context import runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import signed_in

bp = Blueprint("land", __name__)
_COUNTRIES = Path(__file__).parent.parent / "static" / "built" / "countries.json"
_WORLD = (-60.0, -180.0, 75.0, 180.0)
_AIR = 3.0  # degrees around the deployment's places
_MOST_CORNERS = 14_000  # of all countries: under 80 kB on the line
_DIGITS = 3
_OWN = 0.02  # of the deployment's places: fewer in a country are strays
_SAMPLE = 300  # places that tell whose land it is
_KEPT_S = 3600
Frame = tuple[float, float, float, float]


@bp.get("/map/land.json")
@signed_in
def land() -> Response:
    with runtime().database.reading() as session:
        frame = frame_of(session)
        stamp = stamp_of("land", frame, borders.stamp(session))
        return _kept(unless_known(stamp, lambda: _drawn(session, frame)))


@bp.get("/map/places.json")
@signed_in
def places() -> Response:
    """Names to write on a piece of the earth, the largest places first, none over another."""
    box, zoom = _asked_box()
    with runtime().database.reading() as session:
        stamp = stamp_of("names", box, zoom, gazetteer_store.version(session))
        return _kept(unless_known(stamp, lambda: _packed(place_names.within(session, box, zoom))))


def frame_of(session: Session) -> Frame:
    """South, west, north, east of the deployment's places; the world when it has none."""
    return runtime().gazetteer(session).bounds or _WORLD


def countries_in(frame: Frame) -> list[dict[str, Any]]:
    """Each country with those of its rings that touch the frame, coarser where they are many."""
    found = []
    for country in _countries():
        rings = [ring for ring in country["rings"] if _touches(ring, frame)]
        if rings:
            found.append({"name": country["name"], "rings": rings})
    tolerance = 1_000.0
    while _corners(found) > _MOST_CORNERS and tolerance < 64_000:
        found = [{**one, "rings": _thinner(one["rings"], tolerance)} for one in found]
        tolerance *= 2
    return found


def _asked_box() -> tuple[Frame, float]:
    refused = Refused(
        "The map asked for a piece of the earth that cannot be read. Reload the page."
    )
    zoom = request.args.get("zoom", type=float)
    try:
        south, west, north, east = map(float, request.args.get("box", "").split(","))
    except ValueError:
        raise refused from None
    if not isfinite(south + west + north + east):
        raise refused
    box = (max(-90.0, south), max(-180.0, west), min(90.0, north), min(180.0, east))
    if zoom is None or not 0 <= zoom <= 20 or not (box[0] < box[2] and box[1] < box[3]):
        raise refused
    return box, zoom


def _kept(answer: Response) -> Response:
    answer.mimetype = "application/json"
    answer.headers["Cache-Control"] = f"private, max-age={_KEPT_S}"
    return answer


def _drawn(session: Session, frame: Frame) -> str:
    south, west, north, east = frame
    around = (south - _AIR, west - _AIR, north + _AIR, east + _AIR)
    countries = _countries_in(around)
    own = _own(session, countries)
    return _packed({
        "frame": frame,
        "countries": [
            {**country, "own": True} if country["name"] in own else country for country in countries
        ],
        "borders": borders.shown(session),
    })  # fmt: skip


def _packed(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


@cache
def _countries_in(frame: Frame) -> list[dict[str, Any]]:
    return countries_in(frame)


def _own(session: Session, countries: list[dict[str, Any]]) -> set[str]:
    """Names of countries that hold the deployment's places."""
    spots = place_names.sample(session, _SAMPLE)
    held = {
        country["name"]: sum(any(_holds(ring, spot) for ring in country["rings"]) for spot in spots)
        for country in countries
    }
    return {name for name, count in held.items() if count > _OWN * len(spots)}


def _holds(ring: list[float], spot: Pair) -> bool:
    """Whether the point lies within: a ray to the east crosses the ring an odd number of times."""
    lon, lat = spot
    inside = False
    for at in range(0, len(ring) - 2, 2):
        ax, ay, bx, by = ring[at : at + 4]
        if (ay > lat) != (by > lat) and lon < ax + (lat - ay) * (bx - ax) / (by - ay):
            inside = not inside
    return inside


def _thinner(rings: list[list[float]], tolerance_m: float) -> list[list[float]]:
    pairs = [list(zip(ring[::2], ring[1::2], strict=True)) for ring in rings]
    found = thinned(pairs, tolerance_m, sum(map(len, pairs)))
    return [[round(degree, _DIGITS) for pair in ring for degree in pair] for ring in found]


def _corners(countries: list[dict[str, Any]]) -> int:
    return sum(len(ring) for country in countries for ring in country["rings"]) // 2


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
