"""Until when an incident must be looked at and judged."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from gateway.incidents.deadlines import Deadlines, Facts, Minutes, all_due, due
from gateway.store.history import move
from tests.make import make_incident

ARMED = Minutes(5, 30)


@pytest.mark.parametrize(
    ("factor", "look", "judge"), [(1.0, 5, 30), (0.5, 2.5, 15), (0.75, 3.75, 22.5), (1.5, 7.5, 45)]
)
def test_severity_shortens_or_lengthens_both_times(
    now: datetime, factor: float, look: float, judge: float
) -> None:
    assert due(Facts("open", now, None), ARMED, factor) == Deadlines(
        now + timedelta(minutes=look), now + timedelta(minutes=judge)
    )


def test_what_was_seen_waits_for_its_judgement_only(now: datetime) -> None:
    found = due(Facts("open", now, now + timedelta(minutes=1)), ARMED, 1.0)
    assert found == Deadlines(None, now + timedelta(minutes=30))


@pytest.mark.parametrize("state", ["verified", "refuted", "unverifiable", "merged", "closed"])
def test_what_is_judged_waits_for_nothing(now: datetime, state: str) -> None:
    assert due(Facts(state, now, None), ARMED, 1.0) == Deadlines(None, None)


def test_zero_minutes_mean_for_ever(now: datetime) -> None:
    found = due(Facts("open", now, None), Minutes(0, 0), 1.0)
    assert found == Deadlines(None, None)
    assert found.missed(now + timedelta(days=1000)) is None


def test_what_was_missed_is_first_the_look_then_the_judgement(now: datetime) -> None:
    unseen = due(Facts("open", now, None), ARMED, 1.0)
    seen = due(Facts("open", now, now), ARMED, 1.0)
    just_before, after = timedelta(seconds=299), timedelta(hours=1)
    assert unseen.missed(now + just_before) is None
    assert unseen.missed(now + timedelta(minutes=5)) == "unseen"
    assert unseen.missed(now + after) == "unseen"
    assert seen.missed(now + timedelta(minutes=29)) is None
    assert seen.missed(now + after) == "unjudged"


def test_an_incident_opened_again_has_its_time_anew(session: Session, now: datetime) -> None:
    old = make_incident(session, now - timedelta(days=2), state="refuted", seen_at=now)
    fresh = make_incident(session, now)
    move(session, old, "open", who="amina", why="new witnesses", now=now)
    session.flush()
    found = all_due(session, [old, fresh], lambda _incident: (ARMED, 1.0))
    assert found[old.id].judge_by == found[fresh.id].judge_by == now + timedelta(minutes=30)
