"""Decides whether a report tells of an incident that is already open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.terms.geo import Position, distance_m

# How well a report of one hazard fits an incident of another; a pair that is missing does not.
_KIN = {
    frozenset({"armed_group", "attack"}): 0.9,
    frozenset({"armed_group", "abduction"}): 0.7,
    frozenset({"armed_group", "roadblock"}): 0.7,
    frozenset({"armed_group", "displacement"}): 0.6,
    frozenset({"attack", "abduction"}): 0.7,
    frozenset({"attack", "displacement"}): 0.7,
    frozenset({"hate_speech", "rumour"}): 0.6,
}
_OTHER = 0.6  # "other" says nothing against any hazard but all quiet
_WEIGHTS = {"place": 0.55, "time": 0.25, "text": 0.20}
_NO_PLACE = 0.35  # neither for nor against: the sender's own update decides
_SAME_SENDER = 0.25


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a report or an incident says: hazard, place with precision in metres, time, texts."""

    hazard: str
    position: Position | None
    precision_m: int
    at: datetime
    texts: tuple[str, ...] = ()
    senders: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """How well two sightings fit, 0 to 1, and why."""

    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far apart two reports of one event may be."""

    metres: float
    hours: float
    never_beyond_m: float


def match(
    report: Sighting, incident: Sighting, reach: Reach, likeness: Callable[[str, str], float]
) -> Match:
    """The fit of a report to an incident; 0 where hazard, distance or time rule it out."""
    kin = _kinship(report.hazard, incident.hazard)
    hours = abs((report.at - incident.at).total_seconds()) / 3600
    if kin == 0:
        return Match(0, (f"{report.hazard} is no {incident.hazard}",))
    if hours > reach.hours:
        return Match(0, (f"{hours:.0f} h apart",))
    place, place_why = _place_fit(report, incident, reach)
    if place < 0:
        return Match(0, (place_why,))
    alike = max((likeness(a, b) for a in report.texts for b in incident.texts), default=0.0)
    score = (
        _WEIGHTS["place"] * place
        + _WEIGHTS["time"] * (1 - hours / reach.hours)
        + _WEIGHTS["text"] * alike
    )
    why = [f"hazard {kin:.1f}", place_why, f"{hours * 60:.0f} min apart", f"text {alike:.2f}"]
    if report.senders & incident.senders:
        score = min(1.0, score + _SAME_SENDER)
        why.append("the same sender")
    return Match(round(score * kin, 3), tuple(why))


def _kinship(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if "all_quiet" in (a, b):
        return 0.0
    if "other" in (a, b):
        return _OTHER
    return _KIN.get(frozenset({a, b}), 0.0)


def _place_fit(report: Sighting, incident: Sighting, reach: Reach) -> tuple[float, str]:
    """Fit from 0 to 1, or -1 where the distance rules it out."""
    if report.position is None or incident.position is None:
        return _NO_PLACE, "no place to compare"
    metres = distance_m(report.position, incident.position)
    slack = min(report.precision_m + incident.precision_m, reach.metres)
    if metres > min(reach.metres + slack, reach.never_beyond_m):
        return -1.0, f"{metres / 1000:.1f} km apart"
    return 1 - metres / (reach.metres + slack), f"{metres / 1000:.1f} km apart"
