"""What a report tells besides hazard and place, in short sentences for the page."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.terms.ranges import harmed
from gateway.terms.saying import Said

Facts = Mapping[str, Any]


def sentences(sealed: str | None, zone: ZoneInfo) -> tuple[str, ...]:
    """`sealed` is the opened text of `reports.facts`; empty for reports from before it was kept."""
    try:
        facts = json.loads(sealed or "{}")
    except ValueError:
        return ()
    return tuple(_all(facts, zone)) if isinstance(facts, dict) else ()


_ACTS = {
    "question": Said("asks"),
    "request": Said("asks for something"),
    "denial": Said("denies it"),
}
_WAYS = {
    (True, True): Said("%(who)s move from %(begin)s to %(end)s"),
    (True, False): Said("%(who)s move from %(begin)s"),
    (False, True): Said("%(who)s move to %(end)s"),
    (False, False): Said("%(who)s move"),
}
_TRAVEL = {
    "foot": Said("by foot"),
    "horse": Said("by horse"),
    "vehicle": Said("by vehicle"),
    "boat": Said("by boat"),
}
_LEVELS = {
    "medium": Said("severity medium: %(cues)s"),
    "high": Said("severity high: %(cues)s"),
    "extreme": Said("severity extreme: %(cues)s"),
}


def _all(facts: Facts, zone: ZoneInfo) -> Iterator[str]:
    if facts.get("act") in _ACTS:
        yield _ACTS[facts["act"]]
    severity = facts.get("severity")
    if severity and severity["level"] in _LEVELS:
        yield _LEVELS[severity["level"]].of(cues="; ".join(severity["cues"]))
    if facts.get("count"):
        yield Said("%(count)s armed people", count=facts["count"])
    for harm in facts.get("casualties") or ():
        count = harm["count"]  # reports from before ranges were read have the number alone
        yield harmed(harm["state"], harm.get("low", count), harm.get("high", count))
    if facts.get("when"):
        yield _when(facts["when"], zone)
    if facts.get("movement"):
        yield _movement(facts["movement"])
    choices = [choice["name"] for choice in facts.get("choices") or ()]
    if choices:
        yield Said(
            "may be any of %(count)s places: %(names)s",
            count=len(choices),
            names=", ".join(choices),
        )


def _when(when: Facts, zone: ZoneInfo) -> Said:
    if not when.get("from"):
        return Said("when: %(text)s", text=when["text"])
    begin, end = (datetime.fromisoformat(when[key]).astimezone(zone) for key in ("from", "to"))
    same_day = begin.date() == end.date()
    return Said(
        "when: %(text)s (%(begin)s to %(end)s)",
        text=when["text"],
        begin=f"{begin:%a %H:%M}",
        end=f"{end:{'%H:%M' if same_day else '%a %H:%M'}}",
    )


def _movement(moved: Facts) -> Said:
    begin, end = moved.get("from"), moved.get("to")
    said = _WAYS[bool(begin), bool(end)].of(
        who=moved.get("who") or Said("they"), begin=begin, end=end
    )
    if moved.get("through"):
        said = Said("%(way)s through %(names)s", way=said, names=", ".join(moved["through"]))
    if moved.get("bearing_deg") is not None:
        said = Said("%(way)s (%(bearing)s°)", way=said, bearing=moved["bearing_deg"])
    if moved.get("by") in _TRAVEL:
        said = Said("%(way)s %(how)s", way=said, how=_TRAVEL[moved["by"]])
    if moved.get("arrival_minutes"):
        minutes = moved["arrival_minutes"]
        said = Said("%(way)s, there in about %(minutes)s min", way=said, minutes=minutes)
    return said
