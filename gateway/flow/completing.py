"""Fills what a report left open from its sender's answer to our question."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gateway.flow.naming import places_named
from gateway.runtime import Runtime
from gateway.store.tables import Report
from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import Entry
from gateway.understanding.folding import fold
from gateway.understanding.values import Geotag, Reading

FOUND_BY = "answer"
_CERTAINTY = 0.9
_SAME_M = 2_000
_NO_NEWS = ("other", "all_quiet")


def fill_place(
    runtime: Runtime, session: Session, report: Report, text: str, reading: Reading
) -> bool:
    """Whether the text names one place; a text that tells of another danger is a new report."""
    if reading.hazard not in (None, *_NO_NEWS, report.hazard):
        return False
    tag = _chosen(choices_of(runtime, session, report), text) or _told(reading)
    if tag is None and not any(why.startswith("chat: '") for why in reading.why):
        places = places_named(runtime, session, text)
        entry = runtime.gazetteer(session).get(places[0].id) if len(places) == 1 else None
        tag = _tag(entry) if entry else None
    if tag is None:
        return False
    report.place_id, report.place_name = tag.place_id, tag.name
    report.lat, report.lon, report.precision_m = tag.lat, tag.lon, tag.precision_m
    report.role, report.found_by, report.certainty = "at", FOUND_BY, tag.certainty
    _explain(report, f"place {tag.name}: the sender answered our question")
    return True


def fill_hazard(
    _runtime: Runtime, _session: Session, report: Report, _text: str, reading: Reading
) -> bool:
    """Whether the text tells a danger; one at another place is a new report."""
    if reading.hazard is None or reading.hazard in _NO_NEWS or reading.act == "denial":
        return False
    told = _told(reading)
    if told is not None and report.lat is not None and report.lon is not None:
        away = distance_m(Position(told.lat, told.lon), Position(report.lat, report.lon))
        if away > (report.precision_m or 0) + told.precision_m + _SAME_M:
            return False
    report.hazard, report.hazards = reading.hazard, dict(reading.hazards)
    _explain(report, f"hazard {reading.hazard}: the sender answered our question")
    return True


def choices_of(runtime: Runtime, session: Session, report: Report) -> list[Entry]:
    """The places that the report's name may mean, as the gazetteer calls them."""
    told: Mapping[str, Any] = json.loads(report.facts or "{}")
    found = []
    for tag in told.get("choices") or ():
        spot = Position(tag["lat"], tag["lon"])
        same = [
            match.entry
            for match in runtime.gazetteer(session).search(tag["name"], limit=30)
            if match.entry.name == tag["name"]
        ]
        near = min(same, key=lambda entry: distance_m(entry.position, spot), default=None)
        if near is not None and distance_m(near.position, spot) <= _SAME_M:
            found.append(near)
    return found


def _chosen(choices: Sequence[Entry], text: str) -> Geotag | None:
    """The one choice that the answer singles out, be it only by its county."""
    wanted = set(fold(text).split())
    parents = [set(fold(f"{entry.county} {entry.region}").split()) for entry in choices]
    shared = set.intersection(*parents) if parents else set()
    fitting = [e for e, own in zip(choices, parents, strict=True) if wanted & (own - shared)]
    return _tag(fitting[0]) if len(fitting) == 1 else None


def _told(reading: Reading) -> Geotag | None:
    place = reading.place
    return place if place is not None and place.found_by != "sender" else None


def _tag(entry: Entry) -> Geotag:
    return Geotag(
        entry.id, entry.name, entry.lat, entry.lon, entry.precision_m, "at", FOUND_BY, _CERTAINTY
    )


def _explain(report: Report, sentence: str) -> None:
    report.why = json.dumps([*json.loads(report.why), sentence], ensure_ascii=False)
