"""A quick first look: which of many sightings are worth comparing in full."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from math import cos, radians
from typing import Any

from gateway.incidents.matching import Scale, Sighting

_MOST = 12  # reports that are compared in full,
_MOST_OF_ONE = 3  # of one incident,
_MOST_GOING = 5  # and besides them of groups that were on their way somewhere
_DEGREE_M = 111_195.0
_ROOM_M = 3_000.0


def nearest(
    here: Sighting, rows: Sequence[Sequence[Any]], scale: Callable[[str], Scale]
) -> list[int]:
    """Ids of the rows nearest in place and time, each measured by what its hazard scatters.

    A row is id, incident, hazard, lat, lon, precision, whether it goes somewhere, time, and more.
    A plane and no exact rule: what is left out here is far less likely than what is kept.
    """
    if not rows or here.position is None:
        return []
    lat, lon = here.position.lat, here.position.lon
    east = cos(radians(lat))
    moment = here.end.astimezone(UTC)
    if rows[0][7].tzinfo is None:  # as SQLite gives times, in UTC
        moment = moment.replace(tzinfo=None)
    reach = {hazard: _reach(scale(hazard)) for hazard in {row[2] for row in rows}}
    ranked = []
    for number, incident, hazard, its_lat, its_lon, precision, goes, at, _ in rows:
        spread, fade = reach[hazard]
        metres = _DEGREE_M * ((its_lat - lat) ** 2 + ((its_lon - lon) * east) ** 2) ** 0.5
        far = metres / (spread + (precision or 0) / 2)
        late = abs((at - moment).total_seconds()) / fade
        ranked.append((far * far / 2 + late, number, incident, goes))
    ranked.sort()
    going = [number for _, number, _, goes in ranked if goes]
    return list(dict.fromkeys((*_spread_out(ranked), *going[:_MOST_GOING])))


def _reach(scale: Scale) -> tuple[float, float]:
    """Metres and seconds in which sightings of such a hazard scatter."""
    return scale.spread_m + _ROOM_M, scale.fade_hours * 3600


def _spread_out(ranked: Iterable[tuple[float, int, int, Any]]) -> list[int]:
    """A few of each incident: the loudest one must not hide the others."""
    kept: list[int] = []
    seen: dict[int, set[int]] = {}
    for _, number, incident, _ in ranked:
        of_it = seen.setdefault(incident, set())
        of_it.add(number)
        if len(of_it) <= _MOST_OF_ONE and number not in kept:
            kept.append(number)
        if len(kept) == _MOST:
            break
    return kept
