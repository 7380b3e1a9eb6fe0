"""Where a campaign goes: around a place, whole counties, or where a rumour ran."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import MAX_RADIUS_M
from gateway.store.tables import Incident, Place, Report, Subscriber
from gateway.terms.area import Area, Circle, Spot
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import NotFound, Refused

_BESIDE_M = 5_000  # homes lie around their village
_MOST_SPOTS = 500


def around(session: Session, place_id: int, radius_m: int) -> tuple[Area, Place]:
    """A circle around a place of the list, and the place."""
    place = session.get(Place, place_id)
    if place is None:
        raise NotFound("There is no such place any more: search it again.")
    return Area.around(Circle(place.lat, place.lon, radius_m, place.name)), place


def of_counties(session: Session, country: str, counties: Collection[str]) -> Area:
    """All places of these counties and what lies around them; none named: the whole country."""
    query = select(Place.county, Place.lat, Place.lon).where(Place.country == country)
    if counties:
        query = query.where(Place.county.in_(counties))
    by_county: dict[str, list[Position]] = defaultdict(list)
    for county, lat, lon in session.execute(query.order_by(Place.id)):
        by_county[county].append(Position(lat, lon))
    if not by_county:
        raise Refused("No place of these counties is known: choose others, or a place.")
    circles = [
        circle for county in sorted(by_county) for circle in _covering(county, by_county[county])
    ]
    centre = _middle([circle.position for circle in circles])
    return Area(centre.lat, centre.lon, circles=tuple(circles))


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


def _covering(county: str, points: Sequence[Position]) -> list[Circle]:
    """One circle around all, or where a county is too wide for it, several over its places."""
    centre = _middle(points)
    reach = max(distance_m(centre, point) for point in points) + _BESIDE_M
    if reach <= MAX_RADIUS_M:
        return [Circle(centre.lat, centre.lon, round(reach), county)]
    circles: list[Circle] = []
    for point in points:
        near = MAX_RADIUS_M - _BESIDE_M
        if not any(distance_m(one.position, point) <= near for one in circles):
            circles.append(Circle(point.lat, point.lon, MAX_RADIUS_M, county))
    return circles


def _middle(points: Sequence[Position]) -> Position:
    return Position(
        sum(point.lat for point in points) / len(points),
        sum(point.lon for point in points) / len(points),
    )
