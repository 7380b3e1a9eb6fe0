"""The kinds of thing a report can be about, read from config/hazards.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache

from gateway.plumbing.resources import config_file

# The gateway itself raises these when nobody writes, so no language has words for them.
UNTOLD = frozenset({"silence"})


@dataclass(frozen=True, slots=True)
class Hazard:
    """One kind of hazard; each field is explained at the top of config/hazards.toml."""

    key: str
    label: str
    slow: bool
    severity: str
    urgency: str
    certainty: str
    radius_m: int
    match_radius_m: int
    match_hours: int
    ask: bool
    page_minutes: int
    judge_minutes: int
    cap_category: str
    cap_event: str
    cap_response: list[str]


@cache
def hazards() -> dict[str, Hazard]:
    """All hazards by key, the most pressing first. One dict is shared: do not change it."""
    with config_file("hazards.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {key: Hazard(key=key, **table) for key, table in tables.items()}
