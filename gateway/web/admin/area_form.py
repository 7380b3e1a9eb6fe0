"""The area in the form of a draft: what it shows, and what a coordinator chose in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from gateway.flow import choosing
from gateway.flow.areas_of_alerts import (
    CIRCLE,
    CORRIDOR,
    PLACES,
    POLYGON,
    SHAPES,
    Choice,
    heading_of,
    linked_places,
    noted,
    own_centre,
)
from gateway.flow.headings import Heading, named, speed_of
from gateway.store.tables import Alert, Place
from gateway.terms.area import Area, Circle
from gateway.terms.area_words import kilometres
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused
from gateway.terms.saying import Said
from gateway.web.context import runtime
from gateway.web.forms import LARGEST, decimal
from gateway.web.speech import N_

_MOVED_M = 300
_LONGEST = 2_000  # letters of typed corners


@dataclass(frozen=True, slots=True)
class Tick:
    """A box with its value and words."""

    value: int
    words: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class AreaForm:
    """The fields as they stand: as kept, or as typed when that was refused."""

    fields: Mapping[str, str]
    shape: str
    places: Sequence[Tick]
    linked: Sequence[Tick]
    left_out: Sequence[Tick]
    circles: Sequence[Tick]
    choices: Sequence[tuple[str, str, Sequence[Tick]]]  # field, name as typed, what it may mean
    heading: Heading | None
    moves: bool  # somebody says where they go
    moved: bool  # they were seen elsewhere since the way was drawn
    renewed: bool
    controlled: Sequence[Circle]
    tell_controlled: bool


def read(alert: Alert) -> Choice:
    """What the form holds; raises Refused that names the field. Without a shape it is of a page
    that knows the radius alone: all else is as kept."""
    form = request.form
    if "shape" not in form:
        return _with_radius(_kept(alert.zone), _radius_m())
    shape = form["shape"] if form["shape"] in SHAPES else CIRCLE
    left_out_km = decimal("left_out_km", N_("How far around what is left out"))
    if left_out_km is not None and not 0 < left_out_km <= 100:
        raise Refused("What is left out may reach from 0.1 to 100 km around a place.")
    return replace(
        _ticked(form),
        shape=shape,
        radius_m=_radius_m() if shape == CIRCLE else None,
        centre=_centre() if shape == CIRCLE else None,
        at_event=not form.get("centre", "-").strip(),
        corners=tuple(_corners(form.get("corners", ""))) if shape == POLYGON else (),
        toward=form.get("toward", "").strip()[:100],
        width_m=_metres("width_km", N_("How wide the way is")) if shape == CORRIDOR else 0,
        speed_kmh=_number("speed_kmh", N_("How fast they go")) if shape == CORRIDOR else 0.0,
        renewed="renewed" in form,
        named=form.get("named", "")[:4_000],
        left_out_named=form.get("left_out_named", "")[:4_000],
        left_out_m=None if left_out_km is None else round(left_out_km * 1000),
        reason=form.get("controlled_reason", "").strip()[:2_000],
    )


def shown(session: Session, alert: Alert, typed: Mapping[str, str] | None) -> AreaForm:
    """The form of a draft; `typed` is what could not be kept."""
    area, start = alert.zone, heading_of(session, alert, name=False)
    chosen = {spot.place_id: spot.name for spot in area.spots if spot.by == "chosen"}
    out = {spot.place_id: spot.name for spot in area.without_places}
    ground = noted(session, (*chosen, *out), start.nameless if start else None)
    start = named(start, ground.places.values()) if start else None
    form = typed if isinstance(typed, MultiDict) and "shape" in typed else None
    choice = _kept(area) if form is None else _ticked(form)
    fields = _fields(session, alert, start) | dict(typed or {})
    toward = () if choice.toward_id is None else (choice.toward_id,)
    way = area.corridor
    return AreaForm(
        fields=fields,
        shape=fields["shape"],
        places=_place_ticks(ground.places, chosen, choice.places),
        linked=[
            Tick(theirs.id, _tied(theirs, ours, tie), theirs.id in choice.linked)
            for theirs, ours, tie in linked_places(alert, area, ground.ties)
        ],
        left_out=_place_ticks(ground.places, out, choice.left_out),
        circles=[
            Tick(
                number,
                gettext(
                    "%(distance)s around %(place)s",
                    distance=kilometres(one.radius_m),
                    place=one.name,
                ),
                number in choice.left_out_circles,
            )
            for number, one in enumerate(c for c in area.without if c.by != "controlled")
        ],
        choices=_choices(session, fields, (*choice.places, *choice.left_out, *toward)),
        heading=start,
        moves=start is not None and start.end is not None,
        moved=bool(way and start and distance_m(way.position, start.start) > _MOVED_M),
        renewed="renewed" in fields,
        controlled=ground.controlled,
        tell_controlled=choice.tell_controlled,
    )


def _ticked(form: Mapping[str, str]) -> Choice:
    """The boxes of a form, whatever else is wrong with it."""
    return Choice(
        shape=form["shape"],
        toward_id=next(iter(_ticks(form, "toward_id")), None),
        places=_ticks(form, "place"),
        linked=_ticks(form, "linked"),
        left_out=_ticks(form, "left_out"),
        left_out_circles=_ticks(form, "left_out_circle"),
        tell_controlled="tell_controlled" in form,
    )


def _kept(area: Area) -> Choice:
    """The choice that would give this area again."""
    return Choice(
        shape=_shape(area),
        radius_m=area.circles[0].radius_m if area.circles else None,
        corners=area.polygon.corners if area.polygon else (),
        toward=area.corridor.to_name if area.corridor else "",
        width_m=area.corridor.width_m if area.corridor else 0,
        speed_kmh=area.corridor.speed_kmh if area.corridor else 0.0,
        places=frozenset(spot.place_id for spot in area.spots if spot.by == "chosen"),
        linked=frozenset(spot.place_id for spot in area.spots if spot.by == "linked"),
        left_out=frozenset(spot.place_id for spot in area.without_places),
        left_out_circles=frozenset(
            range(sum(circle.by != "controlled" for circle in area.without))
        ),
        tell_controlled=bool(area.despite),
    )


def _with_radius(kept: Choice, radius_m: int) -> Choice:
    return replace(kept, radius_m=radius_m) if kept.shape == CIRCLE else kept


def _shape(area: Area) -> str:
    if area.corridor is not None:
        return CORRIDOR
    if area.polygon is not None:
        return POLYGON
    return CIRCLE if area.circles else PLACES


def _fields(session: Session, alert: Alert, start: Heading | None) -> dict[str, str]:
    area, rules = alert.zone, runtime().settings.area
    way, hazard = area.corridor, runtime().hazards[alert.hazard]
    usual_m = hazard.radius_m or runtime().settings.dispatch.radius_m
    radius_m = area.circles[0].radius_m if area.circles else usual_m
    return {
        "shape": _shape(area),
        "radius_km": f"{radius_m / 1000:g}",
        "centre": _centre_field(session, alert),
        "corners": "\n".join(f"{lat:g}, {lon:g}" for lat, lon in _kept_corners(area)),
        "toward": way.to_name if way else start.end_name if start else "",
        "width_km": f"{(way.width_m if way else rules.corridor_width_m) / 1000:g}",
        "speed_kmh": f"{way.speed_kmh if way else speed_of(rules, start):g}",
        "named": "",
        "left_out_named": "",
        "left_out_km": "",
        "controlled_reason": "",
    }


def _tied(theirs: Place, ours: Place, tie: str) -> str:
    return str(
        gettext(
            "%(place)s (%(tie)s tie to %(other)s)",
            place=theirs.name,
            tie=gettext(tie),
            other=ours.name,
        )
    )


def _place_ticks(
    known: Mapping[int, Place], kept: Mapping[int, str], ticked: frozenset[int]
) -> list[Tick]:
    return [
        Tick(
            place_id,
            choosing.described(known[place_id])
            if place_id in known
            else gettext("%(name)s (removed)", name=name),
            place_id in ticked,
        )
        for place_id, name in kept.items()
    ]


def _choices(
    session: Session, fields: Mapping[str, str], ticked: Sequence[int]
) -> list[tuple[str, str, list[Tick]]]:
    """Names that may mean several places, with those to choose from."""
    found = []
    for field, name in (
        ("named", "place"),
        ("left_out_named", "left_out"),
        ("toward", "toward_id"),
    ):
        try:
            meant = choosing.unclear(runtime(), session, fields[field])
        except Refused:
            continue
        for one in meant:
            found.append((name, one.words, [_choice(place, ticked) for place in one.places]))
    return found


def _choice(place: Place, ticked: Sequence[int]) -> Tick:
    return Tick(place.id, choosing.described(place), place.id in ticked)


def _ticks(form: Mapping[str, str] | None, name: str) -> frozenset[int]:
    values = form.getlist(name) if isinstance(form, MultiDict) else ()
    return frozenset(
        int(value)
        for value in values
        if value.isascii() and value.isdecimal() and len(value) < 16 and int(value) <= LARGEST
    )


def _kept_corners(area: Area) -> Sequence[tuple[float, float]]:
    return area.polygon.corners if area.polygon else ()


def _centre_field(session: Session, alert: Alert) -> str:
    """Empty while the circle lies around the incident."""
    circles, own = alert.zone.circles, own_centre(session, alert)
    if not circles or distance_m(circles[0].position, own) < 1:
        return ""
    return f"{circles[0].lat:.5f}, {circles[0].lon:.5f}"


def _centre() -> Position | None:
    text = request.form.get("centre", "").strip()
    if not text:
        return None
    lat, lon = _point(text, N_("The middle of the circle"))
    return Position(lat, lon)


def _corners(text: str) -> Iterator[tuple[float, float]]:
    """A line each."""
    for number, line in enumerate(text[:_LONGEST].splitlines(), 1):
        if line.strip():
            yield _point(line, Said(N_("Line %(number)s of the corners"), {"number": number}))


def _point(text: str, label: str | Said) -> tuple[float, float]:
    """To the metre."""
    said = label if isinstance(label, Said) else Said(label)
    parts = text.replace(";", ",").split(",") if "," in text else text.split()
    try:
        lat, lon = (round(float(part), 5) for part in parts)
        Position(lat, lon)
    except ValueError:
        raise Refused(
            "%(label)s is no point on the earth: write latitude, a comma, longitude, "
            "like -2.351, 40.317.",
            label=said,
        ) from None
    return lat, lon


def _radius_m() -> int:
    radius_km = decimal("radius_km", N_("The radius"))
    if radius_km is None or not 0 < radius_km < 10_000:
        raise Refused("Give the radius in kilometres.")
    return round(radius_km * 1000)


def _metres(name: str, label: str) -> int:
    return round(_number(name, label) * 1000)


def _number(name: str, label: str) -> float:
    value = decimal(name, label)
    if value is None or not 0 < value < 10_000:
        raise Refused("%(label)s: give a number above zero.", label=Said(label))
    return value
