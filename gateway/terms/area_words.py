"""An area in words, as a line of a list has room for: "20 km around Moa"."""

from math import atan2, degrees

from gateway.terms.area import Area, Circle, Corridor
from gateway.terms.geo import distance_m

_COMPASS = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


def area_words(area: Area) -> str:
    """Its shape, its places, and that something is left out; never empty."""
    parts = [_circle(circle) for circle in area.circles]
    if area.corridor is not None:
        parts.append(_corridor(area.corridor))
    named = [spot.name for spot in area.spots if spot.by == "chosen"]
    child, linked = (sum(spot.by == by for spot in area.spots) for by in ("child", "linked"))
    if named:
        parts.append(", ".join(named) if len(named) <= 2 else f"{len(named)} places")
    if child:
        parts.append(f"{child} places in {'it' if len(named) == 1 else 'them'}")
    if linked:
        parts.append(f"{linked} linked place{'' if linked == 1 else 's'}")
    words = " and ".join(parts) or "nowhere"
    left_out = sum(_touches(area, one) for one in area.without) + len(area.without_places)
    return f"{words}, {left_out} left out" if left_out else words


def kilometres(metres: float) -> str:
    """ "800 m", "1.5 km", "40 km"."""
    if metres < 950:
        return f"{round(metres, -1):.0f} m"
    return f"{metres / 1000:.1f}".removesuffix(".0") + " km"


def direction(corridor: Corridor) -> str:
    """The way's compass point, of eight."""
    east, north = corridor.way
    return _COMPASS[round(degrees(atan2(east, north)) / 45) % 8]


def _touches(area: Area, circle: Circle) -> bool:
    """What an armed group controls is left out of every warning, however far away it is."""
    return distance_m(area.centre, circle.position) <= area.reach_m + circle.radius_m


def _circle(circle: Circle) -> str:
    around = circle.name or f"{circle.lat:.3f}, {circle.lon:.3f}"
    return f"{kilometres(circle.radius_m)} around {around}"


def _corridor(way: Corridor) -> str:
    start = f" from {way.from_name}" if way.from_name else ""
    end = f" to {way.to_name}" if way.to_name else f" to the {direction(way)}"
    return f"way{start}{end}, {kilometres(2 * way.width_m)} wide"
