"""A quick first look: which of many sightings are worth comparing in full."""

from collections.abc import Callable, Sequence
from math import cos, radians
from typing import Any

from gateway.incidents.matching import Scale, Sighting

_MOST = 12  # reports that are compared in full,
_MOST_OF_ONE = 3  # of one incident,
_MOST_GOING = 5  # and besides them of groups that were on their way somewhere
_DEGREE_M = 111_195.0
_ROOM_M = 3_000.0


def nearest(here: Sighting, rows: Sequence[Any], scale: Callable[[str], Scale]) -> list[int]:
    """Ids of the rows nearest in place and time, each measured by what its hazard scatters.

    A plane and no exact rule: what is left out here is far less likely than what is kept.
    """
    assert here.position is not None  # noqa: S101 (who has no place asks nobody)
    lat, lon = here.position.lat, here.position.lon
    east = cos(radians(lat))
    moment = here.end.timestamp()
    ranked: dict[int, tuple[float, Any]] = {}
    for row in rows:
        if row.lat is None:
            continue
        reach = scale(row.hazard)
        metres = _DEGREE_M * (((row.lat - lat) ** 2 + ((row.lon - lon) * east) ** 2) ** 0.5)
        spread = reach.spread_m + (row.precision_m or 0) / 2 + _ROOM_M
        hours = abs(row.at.timestamp() - moment) / 3600
        ranked[row.id] = ((metres / spread) ** 2 / 2 + hours / reach.fade_hours, row)
    order = sorted(ranked.values(), key=lambda pair: pair[0])
    going = [row for _, row in order if row.bearing_deg is not None or row.to_lat is not None]
    return [row.id for row in _spread_out(row for _, row in order)] + [
        row.id for row in going[:_MOST_GOING]
    ]


def _spread_out(rows: Any) -> list[Any]:
    """A few of each incident: the loudest one must not hide the others."""
    kept: list[Any] = []
    seen: dict[int, int] = {}
    for row in rows:
        seen[row.incident_id] = seen.get(row.incident_id, 0) + 1
        if seen[row.incident_id] <= _MOST_OF_ONE:
            kept.append(row)
        if len(kept) == _MOST:
            break
    return kept
