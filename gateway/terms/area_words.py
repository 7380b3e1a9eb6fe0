"""An area in words, as a line of a list has room for: "20 km around Moa"."""

from collections.abc import Sequence
from math import atan2, degrees

from gateway.terms.area import Area, Circle, Corridor
from gateway.terms.geo import distance_m
from gateway.terms.polygon import Polygon
from gateway.terms.saying import N_, Said

_COMPASS = (
    N_("north"),
    N_("north-east"),
    N_("east"),
    N_("south-east"),
    N_("south"),
    N_("south-west"),
    N_("west"),
    N_("north-west"),
)


def area_words(area: Area) -> str:
    """Its shape, its places, and that something is left out; in English, never empty."""
    return str(area_said(area))


def area_said(area: Area) -> Said:
    """The same for a door that speaks other languages."""
    words = _listed(_parts(area))
    left_out = sum(_touches(area, one) for one in area.without) + len(area.without_places)
    if not left_out:
        return words
    return Said(N_("%(area)s, %(count)s left out"), {"area": words, "count": left_out})


def kilometres(metres: float) -> str:
    """ "800 m", "1.5 km", "40 km"."""
    if metres < 950:
        return f"{round(metres, -1):.0f} m"
    return f"{metres / 1000:.1f}".removesuffix(".0") + " km"


def direction(corridor: Corridor) -> str:
    """The way's compass point, of eight."""
    east, north = corridor.way
    return _COMPASS[round(degrees(atan2(east, north)) / 45) % 8]


def _parts(area: Area) -> list[Said]:
    parts = [_circle(circle) for circle in area.circles]
    if area.corridor is not None:
        parts.append(_corridor(area.corridor))
    if area.polygon is not None:
        parts.append(_drawn(area.polygon))
    named = [spot.name for spot in area.spots if spot.by == "chosen"]
    child, linked = (sum(spot.by == by for spot in area.spots) for by in ("child", "linked"))
    if 0 < len(named) <= 2:
        parts.append(Said("%(names)s", {"names": ", ".join(named)}))
    elif named:
        parts.append(Said(N_("%(count)s places"), {"count": len(named)}))
    if child:
        in_it = N_("%(count)s places in it") if len(named) == 1 else N_("%(count)s places in them")
        parts.append(Said(in_it, {"count": child}))
    if linked == 1:
        parts.append(Said(N_("1 linked place")))
    elif linked:
        parts.append(Said(N_("%(count)s linked places"), {"count": linked}))
    return parts


def _listed(parts: Sequence[Said]) -> Said:
    if not parts:
        return Said(N_("nowhere"))
    words = parts[0]
    for part in parts[1:]:
        words = Said(N_("%(first)s and %(second)s"), {"first": words, "second": part})
    return words


def _touches(area: Area, circle: Circle) -> bool:
    """What an armed group controls is left out of every warning, however far away it is."""
    return distance_m(area.centre, circle.position) <= area.reach_m + circle.radius_m


def _circle(circle: Circle) -> Said:
    around = circle.name or f"{circle.lat:.3f}, {circle.lon:.3f}"
    values = {"distance": kilometres(circle.radius_m), "place": around}
    return Said(N_("%(distance)s around %(place)s"), values)


def _drawn(drawn: Polygon) -> Said:
    across = kilometres(round(drawn.across_m, -3) or drawn.across_m)
    if drawn.name:
        words = N_("drawn area with %(place)s, %(distance)s across")
        return Said(words, {"place": drawn.name, "distance": across})
    return Said(N_("drawn area, %(distance)s across"), {"distance": across})


def _corridor(way: Corridor) -> Said:
    values = {
        "start": way.from_name,
        "end": way.to_name or Said(direction(way)),
        "distance": kilometres(2 * way.width_m),
    }
    if way.from_name and way.to_name:
        return Said(N_("way from %(start)s to %(end)s, %(distance)s wide"), values)
    if way.from_name:
        return Said(N_("way from %(start)s to the %(end)s, %(distance)s wide"), values)
    if way.to_name:
        return Said(N_("way to %(end)s, %(distance)s wide"), values)
    return Said(N_("way to the %(end)s, %(distance)s wide"), values)
