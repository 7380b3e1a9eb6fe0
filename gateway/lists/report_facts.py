"""What a report tells besides hazard and place, in short sentences for the page."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.terms.ranges import in_words

Facts = Mapping[str, Any]


def sentences(sealed: str | None, zone: ZoneInfo) -> tuple[str, ...]:
    """`sealed` is the opened text of `reports.facts`; empty for reports from before it was kept."""
    try:
        facts = json.loads(sealed or "{}")
    except ValueError:
        return ()
    return tuple(_all(facts, zone)) if isinstance(facts, dict) else ()


def _all(facts: Facts, zone: ZoneInfo) -> Iterator[str]:
    act = facts.get("act")
    if act in ("question", "request", "denial"):
        yield {"question": "asks", "request": "asks for something", "denial": "denies it"}[act]
    severity = facts.get("severity")
    if severity and severity["level"] != "low":
        yield f"severity {severity['level']}: {'; '.join(severity['cues'])}"
    if facts.get("count"):
        yield f"{facts['count']} armed people"
    for harm in facts.get("casualties") or ():
        yield f"{_how_many(harm)} {harm['state']}"
    if facts.get("when"):
        yield _when(facts["when"], zone)
    if facts.get("movement"):
        yield _movement(facts["movement"])
    choices = [choice["name"] for choice in facts.get("choices") or ()]
    if choices:
        yield f"may be any of {len(choices)} places: {', '.join(choices)}"


def _how_many(harm: Facts) -> str:
    """Reports from before ranges were read have the number alone."""
    count = harm["count"]
    return in_words(harm.get("low", count), harm.get("high", count))


def _when(when: Facts, zone: ZoneInfo) -> str:
    said = f"when: {when['text']}"
    if not when.get("from"):
        return said
    begin, end = (datetime.fromisoformat(when[key]).astimezone(zone) for key in ("from", "to"))
    same_day = begin.date() == end.date()
    return f"{said} ({begin:%a %H:%M} to {end:{'%H:%M' if same_day else '%a %H:%M'}})"


def _movement(moved: Facts) -> str:
    ways = (("from", moved.get("from")), ("to", moved.get("to")))
    parts = [moved.get("who") or "they", "move"]
    parts += [f"{word} {name}" for word, name in ways if name]
    if moved.get("through"):
        parts.append(f"through {', '.join(moved['through'])}")
    if moved.get("bearing_deg") is not None:
        parts.append(f"({moved['bearing_deg']}°)")
    if moved.get("by"):
        parts.append(f"by {moved['by']}")
    if moved.get("arrival_minutes"):
        return f"{' '.join(parts)}, there in about {moved['arrival_minutes']} min"
    return " ".join(parts)
