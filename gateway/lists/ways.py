"""The way that each incident went: stops, and how far and fast between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session

from gateway.incidents.sightings import sightings
from gateway.incidents.track import Stop, stops
from gateway.terms.geo import distance_m

_LEAST_HOURS = 5 / 60
_FASTEST_KM_PER_HOUR = 110.0


@dataclass(frozen=True, slots=True)
class Leg:
    """A stop, and the way to it from the one before; None where that cannot be said."""

    stop: Stop
    metres: float | None = None
    km_per_hour: float | None = None
    too_fast: bool = False  # for one group on any road: perhaps there are two


def ways(session: Session, incident_ids: Iterable[int]) -> Mapping[int, Sequence[Leg]]:
    """Only incidents that were seen at more than one place, by those who saw them."""
    seen = sightings(session, incident_ids)
    found = {incident_id: stops(group) for incident_id, group in seen.items()}
    return {key: _legs(way) for key, way in found.items() if len(way) > 1}


def _legs(way: Sequence[Stop]) -> list[Leg]:
    first = [Leg(way[0])]
    return first + [_leg(one, two) for one, two in pairwise(way)]


def _leg(before: Stop, stop: Stop) -> Leg:
    """From the last moment there to the first here; minutes are no measure of a speed."""
    metres = distance_m(before.position, stop.position)
    hours = (stop.begin - before.end).total_seconds() / 3600
    speed = metres / 1000 / max(hours, _LEAST_HOURS)
    too_fast = speed > _FASTEST_KM_PER_HOUR
    return Leg(stop, metres, speed if hours >= _LEAST_HOURS and not too_fast else None, too_fast)
