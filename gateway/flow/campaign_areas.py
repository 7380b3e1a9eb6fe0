"""Where a campaign goes: around a place, whole counties, or where a rumour ran."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.named_areas import COUNTRY, COUNTY
from gateway.store.tables import Incident, Place, Report, Subscriber
from gateway.terms.area import Area, Circle, Spot
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import NotFound, Refused

_BESIDE_M = 5_000  # homes lie around their village
_MOST_SPOTS = 500
_WIDEST_M = 1_500_000


def around(session: Session, place_id: int, radius_m: int) -> tuple[Area, Place]:
    """A circle around a place of the list, and the place."""
    place = session.get(Place, place_id)
    if place is None:
        raise NotFound("There is no such place any more: search it again.")
    return Area.around(Circle(place.lat, place.lon, radius_m, place.name)), place


def of_counties(session: Session, country: str, counties: Collection[str]) -> Area:
    """These counties, or the whole country where none is named.

    Circles show on a map where they are; who is in them is found by the names.
    """
    query = select(Place.county, Place.lat, Place.lon).where(Place.country == country)
    if counties:
        query = query.where(Place.county.in_(counties))
    points: dict[str, list[Position]] = defaultdict(list)
    for county, lat, lon in session.execute(query.order_by(Place.id)):
        points[county if counties else "The whole country"].append(Position(lat, lon))
    if not points:
        raise Refused("No place of these counties is known: choose others, or a place.")
    by = COUNTY if counties else COUNTRY
    circles = tuple(_around_all(points[name], name, by) for name in sorted(points))
    return Area(circles[0].lat, circles[0].lon, circles=circles)


def counties(session: Session, country: str) -> Sequence[str]:
    """The counties of the country's places, by name."""
    return session.scalars(
        select(Place.county)
        .where(Place.country == country, Place.county != "")
        .distinct()
        .order_by(Place.county)
    ).all()


def where_it_ran(session: Session, incident: Incident, radius_m: int) -> Area:
    """Around the incident, and the places that its reports name or come from.

    Whole villages, never a home: nobody can tell from it who wrote.
    """
    named = select(Report.place_id).where(Report.incident_id == incident.id)
    homes = (
        select(Subscriber.place_id)
        .join(Report, Report.subscriber_id == Subscriber.id)
        .where(Report.incident_id == incident.id)
    )
    places = session.scalars(
        select(Place).where(Place.id.in_(named.union(homes))).order_by(Place.id).limit(_MOST_SPOTS)
    ).all()
    spots = tuple(Spot(place.id, place.name, place.lat, place.lon) for place in places)
    if incident.lat is not None and incident.lon is not None:
        name = incident.place_name or ""
        circle = Circle(incident.lat, incident.lon, radius_m, name)
        return Area(circle.lat, circle.lon, circles=(circle,), spots=spots)
    if not spots:
        raise Refused("Nobody knows where it ran: set the place of the incident first.")
    return Area(spots[0].lat, spots[0].lon, spots=spots)


def _around_all(points: Sequence[Position], name: str, by: str) -> Circle:
    """Around the middle one; a place that a list has far off does not move it."""
    centre = Position(median(one.lat for one in points), median(one.lon for one in points))
    reach = max(distance_m(centre, point) for point in points) + _BESIDE_M
    return Circle(centre.lat, centre.lon, min(round(reach), _WIDEST_M), name, by)
