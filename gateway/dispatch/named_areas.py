"""People of whole counties or of the whole country, found by their places and not by a map."""

from collections.abc import Sequence

from sqlalchemy import Integer, literal, select

from gateway.dispatch.audience import People, Ring, World
from gateway.store.tables import Place, Subscriber, Subscription
from gateway.terms.area import Area

COUNTRY, COUNTY = "country", "county"  # `Circle.by` of a circle that stands for one


def ring_of(area: Area, world: World) -> Ring | None:
    """Everybody of it in one ring, near or far; None of an area that is drawn on a map.

    The whole country is everybody who subscribed, wherever they live.
    """
    by = {circle.by for circle in area.circles}
    if by == {COUNTRY}:
        return Ring(0, (_subscribed(world),))
    if by == {COUNTY}:
        return Ring(0, _of(world, [circle.name for circle in area.circles]))
    return None


def _of(world: World, counties: Sequence[str]) -> tuple[People, ...]:
    """At home there, or joined for a place there."""
    places = select(Place.id).where(Place.county.in_(counties))
    joined = select(Subscription.subscriber_id).where(Subscription.place_id.in_(places))
    return (
        _subscribed(world).where(Subscriber.place_id.in_(places)),
        _subscribed(world).where(Subscriber.id.in_(joined)),
    )


def _subscribed(world: World) -> People:
    return select(
        Subscriber.id,
        Subscriber.language,
        Subscriber.place_id,
        literal(0, Integer).label("distance_m"),
        Subscriber.path,
    ).where(Subscriber.state == "subscribed", world.holds())
