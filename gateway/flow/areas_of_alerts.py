"""The area of a warning: the first one, the one a coordinator chooses, and the check before it
leaves."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, cast, null, or_, select, union_all
from sqlalchemy.orm import Session

from gateway.flow import choosing
from gateway.flow.headings import MOST_LENGTH_M, Heading, around, corridor, heading, named
from gateway.flow.marking import CONTROLLED
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Alert, Incident, Place, PlaceLink, PlaceMark, User
from gateway.terms.area import Area, Circle, Corridor, Spot
from gateway.terms.geo import Position, distance_m
from gateway.terms.polygon import LEAST_M2, MOST_ACROSS_M, MOST_CORNERS, Polygon, polygon_of
from gateway.terms.refusals import Refused

CIRCLE, POLYGON, CORRIDOR, PLACES = "circle", "polygon", "corridor", "places"
SHAPES = (CIRCLE, POLYGON, CORRIDOR, PLACES)
_OWN_PLACE_M = 300  # so near a drawn centre is that of the event itself
_MOST_SPOTS = 4_000
_AT_ONCE = 500
_FOLLOW_UPS = ("cancel", "all_clear")  # they go to whoever was sent the warning


@dataclass(frozen=True, slots=True)
class Choice:
    """What a coordinator chose; places by their ids where they were ticked, else by name."""

    shape: str
    radius_m: int | None = None
    centre: Position | None = None  # of the circle; None: as it was kept
    at_event: bool = False  # or where the event is
    corners: tuple[tuple[float, float], ...] = ()  # latitude and longitude of a drawn shape
    toward: str = ""
    toward_id: int | None = None
    width_m: int = 0
    speed_kmh: float = 0.0
    renewed: bool = False  # the way begins at the newest sighting, wherever it began before
    places: frozenset[int] = frozenset()
    named: str = ""
    linked: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    left_out_circles: frozenset[int] = frozenset()  # of those kept before, by their order
    left_out_named: str = ""
    left_out_m: int | None = None  # around the places named last; None: the places alone
    tell_controlled: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Where an armed group rules, which places are tied by what, and all places that were read."""

    controlled: Sequence[Circle]
    ties: Sequence[tuple[Place, Place, str]]
    places: Mapping[int, Place]


def first_area(session: Session, alert: Alert) -> Area:
    """A circle as wide as the hazard reaches, without the places that an armed group controls."""
    circle = Circle(alert.lat, alert.lon, alert.radius_m, alert.place_name)
    return replace(Area.around(circle), without=tuple(controlled(session)))


def chosen_area(runtime: Runtime, session: Session, alert: Alert, choice: Choice) -> Area:
    """The area as chosen; raises Refused that says what is wrong with which name or number."""
    kept = alert.zone
    start = None if _keeps_way(alert, choice) else heading_of(session, alert, name=False)
    ground = noted(session, _meant(runtime, session, choice), start.nameless if start else None)
    spots = _spots(runtime, session, alert, choice, ground)
    ruled = tuple(ground.controlled)
    if choice.tell_controlled and not kept.despite and not choice.reason.strip():
        raise Refused("Say why people are told where an armed group is in control.")
    without = [c for n, c in enumerate(_chosen_out(kept)) if n in choice.left_out_circles]
    left_named = choosing.chosen(
        choosing.named(runtime, session, choice.left_out_named, ground.places), choice.left_out
    )
    left_out = _kept_places(ground, kept.without_places, choice.left_out)
    if choice.left_out_m is None:
        left_out += [place for place in left_named if place not in left_out]
    else:
        without += [
            Circle(place.lat, place.lon, choice.left_out_m, place.name, "chosen")
            for place in left_named
        ]
    if choice.shape == CORRIDOR:
        start = named(start, ground.places.values()) if start else None
        way = _way(runtime, session, alert, choice, start, ground)
        base = Area(way.lat, way.lon, corridor=way)
    else:
        base = _base(session, alert, choice, spots)
    return replace(
        base,
        spots=tuple(spots),
        without=(*without, *(() if choice.tell_controlled else ruled)),
        without_places=tuple(_spot(place, "chosen") for place in left_out),
        despite=ruled if choice.tell_controlled else (),
    )


def controlled(session: Session) -> list[Circle]:
    """Where an armed group rules, as coordinators marked it."""
    rows = session.execute(
        select(Place.lat, Place.lon, Place.name, PlaceMark.radius_m)
        .join(PlaceMark, PlaceMark.place_id == Place.id)
        .where(PlaceMark.mark == CONTROLLED)
        .order_by(Place.id)
    )
    return [Circle(row.lat, row.lon, row.radius_m, row.name, CONTROLLED) for row in rows]


def noted(session: Session, kept: Iterable[int] = (), near: Position | None = None) -> Noted:
    """What the form of an area shows of the ground, by one look; `kept` are ids of places that it
    lists, `near` a point whose surroundings are of interest."""
    nobody = cast(null(), PlaceLink.id.type)
    no_word = cast(null(), PlaceLink.tie.type)
    ends = [
        select(
            end.label("place"),
            PlaceLink.id.label("link"),
            PlaceLink.tie.label("tie"),
            nobody.label("radius_m"),
        )
        for end in (PlaceLink.place_id, PlaceLink.other_id)
    ]
    marks = select(PlaceMark.place_id, nobody, no_word, PlaceMark.radius_m)
    wanted: ColumnElement[bool] = Place.id.in_(list(kept))
    if near is not None:
        wanted = or_(wanted, around(near))
    told = union_all(
        *ends,
        marks.where(PlaceMark.mark == CONTROLLED),
        select(Place.id, nobody, no_word, nobody).where(wanted),
    ).subquery()
    rows = session.execute(
        select(Place, told.c.link, told.c.tie, told.c.radius_m)
        .join(told, told.c.place == Place.id)
        .order_by(Place.id, told.c.link)
    ).all()
    ties: dict[int, tuple[str, list[Place]]] = {}
    for place, link, tie, _ in rows:
        if link is not None:
            ties.setdefault(link, (tie, []))[1].append(place)
    return Noted(
        controlled=[
            Circle(p.lat, p.lon, m, p.name, CONTROLLED) for p, *_, m in rows if m is not None
        ],
        ties=[(one, other, tie) for _, (tie, (one, other)) in sorted(ties.items())],
        places={place.id: place for place, *_ in rows},
    )


def linked_places(
    alert: Alert, area: Area, ties: Iterable[tuple[Place, Place, str]]
) -> list[tuple[Place, Place, str]]:
    """Ties of places in the area to places outside of it: the other place, ours, what ties them."""
    inside = {spot.place_id for spot in area.spots if spot.by != "linked"}
    if alert.place_id is not None:
        inside.add(alert.place_id)
    found = []

    def is_in(place: Place) -> bool:
        return place.id in inside or area.covers(Position(place.lat, place.lon))

    for one, other, tie in ties:
        if is_in(one) != is_in(other):
            ours, theirs = (one, other) if is_in(one) else (other, one)
            found.append((theirs, ours, tie))
    return found


def check_places(session: Session, alert: Alert) -> None:
    """Refuses an area that speaks of places that are gone, or of who rules where as it was."""
    if alert.purpose in _FOLLOW_UPS:
        return
    _refuse_gone(session, alert.zone)
    if alert.purpose != "campaign":  # which looks at the marks of each of its dates
        _refuse_newly_controlled(session, alert.zone)


def note_despite(session: Session, alert: Alert, by: User, reason: str, now: datetime) -> None:
    """Writes into the audit chain that people under control are told all the same, or no more."""
    told = len(alert.zone.despite)
    record(
        session,
        who=by.name,
        act="alert.despite_control" if told else "alert.heeds_control",
        subject=f"alert {alert.id}",
        now=now,
        facts={"places": told, "version": alert.version},
        reason=reason or None,
    )


def _refuse_gone(session: Session, area: Area) -> None:
    spots = {spot.place_id: spot.name for spot in (*area.spots, *area.without_places)}
    known: set[int] = set()
    for some in _some(sorted(spots)):
        known.update(session.scalars(select(Place.id).where(Place.id.in_(some))))
    gone = sorted(name for place_id, name in spots.items() if place_id not in known)
    if gone:
        names = ", ".join(gone[:3]) + (f" and {len(gone) - 3} more" if gone[3:] else "")
        raise Refused(
            "No longer in the list since this was drafted: %(names)s. Choose the area again.",
            names=names,
        )


def _refuse_newly_controlled(session: Session, area: Area) -> None:
    heeded = {*area.without, *area.despite}
    fresh = [circle.name for circle in controlled(session) if circle not in heeded]
    if fresh:
        raise Refused(
            "%(place)s was marked as controlled by an armed group since this was drafted: "
            "keep the draft again, and look at whom it reaches.",
            place=fresh[0],
        )


def heading_of(session: Session, alert: Alert, *, name: bool = True) -> Heading | None:
    """Where the alert's incident moves, as witnesses tell; else where it is; None of a campaign.

    Without `name` the place that they go to is not looked up.
    """
    if alert.incident_id is None:
        return None
    found = heading(session, alert.incident_id, name=name)
    if found is not None:
        return found
    incident = session.get_one(Incident, alert.incident_id)
    if incident.lat is None or incident.lon is None:
        return None
    return Heading(
        start=Position(incident.lat, incident.lon),
        start_name=incident.place_name or "",
        precision_m=incident.precision_m or 0,
        seen_at=incident.last_report_at,
    )


def _meant(runtime: Runtime, session: Session, choice: Choice) -> set[int]:
    """Ids of all places that were ticked or may have been named."""
    found = choice.places | choice.linked | choice.left_out
    typed = [choice.named, choice.left_out_named]
    typed += [choice.toward] if choice.shape == CORRIDOR else []
    for names in typed:
        with suppress(Refused):  # which is told when they are looked at one by one
            found |= choosing.ids_of(runtime, session, names)
    return set(found)


def _keeps_way(alert: Alert, choice: Choice) -> bool:
    """Whether the choice is no way, or goes where the kept one does from where it began."""
    kept = alert.zone.corridor
    same = kept is not None and choice.toward.strip() == kept.to_name
    again = same and not choice.renewed and choice.toward_id is None
    return choice.shape != CORRIDOR or again


def _base(session: Session, alert: Alert, choice: Choice, spots: Sequence[Spot]) -> Area:
    centre = _centre(session, alert)
    if choice.shape == POLYGON:
        return _drawn(alert, own_centre(session, alert), choice)
    if choice.shape == PLACES:
        if not spots:
            raise Refused("Name the places to warn, or choose a circle.")
        return Area(centre.lat, centre.lon)
    if choice.radius_m is None:
        raise Refused("Give the radius in kilometres.")
    event = own_centre(session, alert)
    at = choice.centre or (event if choice.at_event else centre)
    moved = distance_m(at, event) > _OWN_PLACE_M
    name = "" if moved else alert.place_name
    return Area.around(Circle(at.lat, at.lon, choice.radius_m, name))


def check_drawn(polygon: Polygon) -> None:
    """Refuses a drawn shape that nobody can be warned by."""
    if len(polygon.corners) < 3:
        raise Refused("A drawn area needs at least three corners.")
    if len(polygon.corners) > MOST_CORNERS:
        raise Refused(
            "A drawn area has %(most)s corners at most, not %(count)s: leave some out.",
            most=MOST_CORNERS,
            count=len(polygon.corners),
        )
    if polygon.across_m > MOST_ACROSS_M:
        raise Refused(
            "The drawn area is wider than %(most)s km: draw a smaller one.",
            most=MOST_ACROSS_M // 1000,
        )
    if polygon.crosses_itself:
        raise Refused("The sides of the drawn area cross one another: move a corner.")
    if polygon.square_m < LEAST_M2:
        raise Refused("The drawn area has hardly any room inside: draw a wider one.")


def own_centre(session: Session, alert: Alert) -> Position:
    """Where the incident is, whatever was drawn; of a campaign, its own place."""
    incident = session.get(Incident, alert.incident_id) if alert.incident_id is not None else None
    if incident is None or incident.lat is None or incident.lon is None:
        return Position(alert.lat, alert.lon)
    return Position(incident.lat, incident.lon)


def _drawn(alert: Alert, event: Position, choice: Choice) -> Area:
    polygon = polygon_of(choice.corners)
    check_drawn(polygon)
    if polygon.holds(event):
        polygon = replace(polygon, name=alert.place_name)
    middle = polygon.centre
    return Area(middle.lat, middle.lon, polygon=polygon)


def _centre(session: Session, alert: Alert) -> Position:
    """Where it was kept; after a way or a drawn shape, where the incident is: those had others."""
    zone = alert.zone
    moved = zone.corridor is not None or zone.polygon is not None
    if moved and alert.incident_id is not None:
        incident = session.get_one(Incident, alert.incident_id)
        if incident.lat is not None and incident.lon is not None:
            return Position(incident.lat, incident.lon)
    return Position(alert.lat, alert.lon)


def _way(
    runtime: Runtime,
    session: Session,
    alert: Alert,
    choice: Choice,
    start: Heading | None,
    ground: Noted,
) -> Corridor:
    if not 500 <= choice.width_m <= 50_000:
        raise Refused("The way must be from 0.5 to 50 km wide to either side.")
    if not 0 < choice.speed_kmh <= 200:
        raise Refused("Give how fast they go: from 0.1 to 200 km an hour.")
    kept = alert.zone.corridor
    if kept is not None and _keeps_way(alert, choice):
        return replace(kept, width_m=choice.width_m, speed_kmh=choice.speed_kmh)
    if start is None:
        raise Refused("Nobody knows where they are: set the incident's place first.")
    end, name, beyond = _end(runtime, session, start, choice, ground)
    return corridor(start, end, name, choice.width_m, choice.speed_kmh, beyond)


def _end(
    runtime: Runtime, session: Session, start: Heading, choice: Choice, ground: Noted
) -> tuple[Position, str, int]:
    """Where the way goes: the place that is named, else what witnesses say."""
    beyond = runtime.settings.area.corridor_beyond_m
    words = choice.toward.strip()
    if start.end is not None and words == start.end_name and choice.toward_id is None:
        return start.end, start.end_name, beyond
    if not words:
        raise Refused("Nobody says where they go: name the place they head for.")
    place = choosing.one_place(runtime, session, words, choice.toward_id, ground.places)
    return Position(place.lat, place.lon), place.name, min(beyond, MOST_LENGTH_M)


def _spots(
    runtime: Runtime, session: Session, alert: Alert, choice: Choice, ground: Noted
) -> list[Spot]:
    """Each place once: the chosen, those in a chosen county, the linked ones."""
    kept = [spot for spot in alert.zone.spots if spot.by == "chosen"]
    typed = choosing.named(runtime, session, choice.named, ground.places)
    called = choosing.chosen(typed, choice.places)
    places = _kept_places(ground, kept, choice.places) + called
    found: dict[int, Spot] = {}
    for place in places:
        found.setdefault(place.id, _spot(place, "chosen"))
    for place in places:
        for member in choosing.members(runtime, session, place):
            found.setdefault(member.id, _spot(member, "child"))
    for place in _kept_places(ground, (), choice.linked):
        found.setdefault(place.id, _spot(place, "linked"))
    if len(found) > _MOST_SPOTS:
        raise Refused(
            "That is %(count)s places; %(most)s are the most in one warning.",
            count=len(found),
            most=_MOST_SPOTS,
        )
    return list(found.values())


def _kept_places(ground: Noted, kept: Iterable[Spot], ticked: frozenset[int]) -> list[Place]:
    """The ticked places; raises Refused where one of the kept is gone from the list."""
    found = ground.places
    names = {spot.place_id: spot.name for spot in kept}
    for place_id in ticked:
        if place_id not in found:
            if place_id not in names:
                raise Refused("A place that was ticked was removed from the list: untick it.")
            raise Refused(
                "%(place)s was removed from the list meanwhile: untick it.", place=names[place_id]
            )
    return [found[place_id] for place_id in sorted(ticked)]


def _chosen_out(area: Area) -> list[Circle]:
    return [circle for circle in area.without if circle.by != CONTROLLED]


def _spot(place: Place, by: str) -> Spot:
    return Spot(place.id, place.name, place.lat, place.lon, by)


def _some(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
