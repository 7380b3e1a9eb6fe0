"""The one thing that comes next about an incident, as its page says it first."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.lists.next_step import next_step


def incident(**facts: Any) -> Any:
    known = {"state": "open", "owner_id": 1, "credibility": 3, "lat": 1.0}
    return SimpleNamespace(**(known | facts))


def alert(state: str, purpose: str = "warning") -> Any:
    return SimpleNamespace(state=state, purpose=purpose)


@pytest.mark.parametrize(
    ("facts", "alerts", "known", "step"),
    [
        ({"owner_id": None}, (), {}, "take"),
        ({"credibility": 2}, (), {}, "judge"),
        ({"lat": None}, (), {"may_ask": False}, "place"),
        ({}, (), {"proposed": 2}, "ask proposed"),
        ({}, (), {}, "ask"),
        ({}, (), {"asked": 2}, "judge"),
        ({}, (), {"may_ask": False}, "judge"),
        ({"state": "verified"}, (), {}, "warn"),
        ({"state": "verified", "lat": None}, (), {}, "place"),
        ({"state": "verified"}, (alert("draft"),), {}, "finish"),
        ({"state": "verified"}, (alert("submitted"),), {}, "approve"),
        ({"state": "verified"}, (alert("live"),), {"steps_left": 3}, "checklist"),
        ({"state": "verified"}, (alert("live"),), {}, "watch"),
        ({"state": "verified"}, (alert("expired"),), {}, "close"),
        ({"state": "verified"}, (alert("live", "campaign"),), {}, "warn"),
        ({"state": "merged"}, (), {}, "merged"),
        ({"state": "refuted"}, (), {}, ""),
    ],
)  # fmt: skip
def test_what_comes_next(facts, alerts, known, step) -> None:
    known = {"proposed": 0, "asked": 0, "may_ask": True, "steps_left": 0} | known
    assert next_step(incident(**facts), alerts, **known) == step
