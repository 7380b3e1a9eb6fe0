"""How reports of this deployment are matched, compared and taken, from its settings and hazards."""

from gateway.incidents.candidates import Rules
from gateway.incidents.copies import Reader
from gateway.incidents.matching import Scale, Weights
from gateway.runtime import Runtime
from gateway.store.tables import Subscriber
from gateway.terms.geo import Position, distance_m
from gateway.understanding.reading import Reading
from gateway.understanding.similarity import likeness

_SPREAD, _FADE = 5, 4  # reports of one event lie within a fifth of the reach, and a fourth of it


def matching_rules(runtime: Runtime) -> Rules:
    """Scales of each hazard and weights of the settings."""
    settings = runtime.settings.matching

    def scale(name: str) -> Scale:
        hazard = runtime.hazards.get(name) or runtime.hazards["other"]
        return Scale(
            spread_m=hazard.match_radius_m / _SPREAD,
            fade_hours=hazard.match_hours / _FADE,
            longest_hours=hazard.match_hours,
            never_beyond_m=settings.max_distance_m,
            moves=name in settings.moving,
        )

    return Rules(
        scale=scale,
        weights=Weights(**settings.weights.model_dump()),
        max_distance_m=settings.max_distance_m,
        longest_hours=max(hazard.match_hours for hazard in runtime.hazards.values()),
        join=settings.join,
        suggest=settings.suggest,
        likeness=likeness,
    )


def reader(runtime: Runtime) -> Reader:
    """How copies are found."""
    copies = runtime.copies
    return Reader(
        prepare=copies.prepare,
        pieces=copies.sketch,
        compare=copies.compare,
        keyed=lambda piece: runtime.keys.index.of(f"copy:{piece}"),
        hours=runtime.settings.matching.copy_hours,
    )


def stance_of(reading: Reading, person: Subscriber, hearsay_m: float) -> str:
    """Whether somebody saw it, heard of it, asks or denies.

    Who lives far from what they tell of cannot have seen it from home.
    """
    if reading.act == "denial":
        return "denies"
    if reading.act == "question":
        return "asks"
    if reading.hazard == "rumour":
        return "hearsay"
    place = reading.place
    if place is None or place.found_by == "sender" or person.lat is None or person.lon is None:
        return "witness"
    away = distance_m(Position(person.lat, person.lon), Position(place.lat, place.lon))
    return "hearsay" if away > hearsay_m + place.precision_m else "witness"
