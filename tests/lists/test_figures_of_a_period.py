"""The figures of a small world whose answers are known, on both engines."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from gateway.lists.analysis import incidents, minutes, reports, warned
from gateway.lists.analysis.levels import LEVELS, Level
from gateway.lists.analysis.period import Period, Scope
from gateway.lists.analysis.situation import situation, table
from gateway.plumbing.crypto import Keys
from gateway.store.tables import Casualty
from tests.make import make_incident
from tests.world import make_world

ZONE = ZoneInfo("Africa/Nairobi")
MARCH = Scope(Period(date(2026, 3, 1), date(2026, 3, 10), ZONE))


@pytest.fixture
def world(session: Session, keys: Keys, now: datetime) -> Session:
    make_world(session, keys, now)
    return session


def test_incidents_count_once_by_what_they_are_held_for(world: Session) -> None:
    found = incidents.outcomes(world, MARCH)
    all_ = found.all
    assert (all_.total, all_.verified, all_.refuted, all_.unverifiable, all_.open) == (
        9,
        5,
        2,
        1,
        1,
    )
    assert (all_.false_alarms, all_.warned, all_.warned_refuted) == (29, 3, 1)
    assert (all_.unplaced, all_.disputed) == (1, 1)
    assert {name: one.total for name, one in found.hazards.items()} == {"attack": 6, "abduction": 3}
    assert list(found.areas) == ["Lamu", "Tana River", ""]
    assert found.areas["Lamu"].false_alarms is None, "of four cases nobody says a percentage"


def test_a_period_is_compared_with_the_days_before(world: Session) -> None:
    now, before = incidents.outcomes_and_before(world, MARCH)
    assert (now.all.total, before.all.total) == (9, 1)
    assert reports.received_and_before(world, MARCH) == (11, 1)


def test_a_hazard_an_area_and_exercises_are_looked_at_alone(world: Session) -> None:
    def total(**only: object) -> int:
        return incidents.outcomes(world, replace(MARCH, **only)).all.total

    assert total(hazard="abduction") == 3
    assert total(area="Lamu") == 4
    assert total(hazard="abduction", area="Lamu") == 1
    assert total(drills=True) == 1
    assert reports.received(world, replace(MARCH, area="Lamu")).total == 6
    assert reports.received(world, replace(MARCH, drills=True)).total == 1


def test_days_are_those_of_the_zone(world: Session) -> None:
    by_day = incidents.by_day(world, MARCH)
    assert by_day["open"] == {date(2026, 3, 10): 1}, "opened at 22:30 UTC the evening before"
    found = reports.received(world, MARCH)
    assert (found.total, found.copies) == (11, 1)
    assert sum(MARCH.period.by_piece(found.by_day)) == 11


def test_minutes_are_those_of_an_incident_by_nearest_rank(world: Session) -> None:
    found = {one.step: one for one in minutes.took(world, MARCH)}
    seen = found["seen"]
    assert (seen.median, seen.ninety, seen.of) == (4 * 60, 9 * 60, 8)
    assert (found["judged"].of, found["approved"].of) == (8, 3)
    assert found["approved"].is_few
    assert "half" not in found
    assert minutes.of_spans("delivered", [60, 120, 600]) == [minutes.Took("delivered", 120, 600, 3)]


def test_reach_counts_people_once_whatever_the_rounds(world: Session) -> None:
    found = warned.warned(world, MARCH)
    assert [(one.number, one.is_first) for one in found] == [(1, True), (2, True), (3, True)]
    once, again, erased = found
    assert (once.reached.meant, once.reached.delivered, once.reached.submitted) == (6, 3, 1)
    assert (once.reached.failed, once.reached.unknown, once.reached.share) == (1, 1, 50)
    assert (once.approved_s, once.delivered_s) == (20 * 60, 25 * 60)
    assert (again.reached.meant, again.reached.delivered, again.reached.failed) == (2, 1, 1)
    assert again.reached.share is None
    assert (erased.reached.meant, erased.reached.erased) == (40, 40)
    assert warned.together(found).handed_over == 5
    assert [one.number for one in warned.warned(world, replace(MARCH, area="Lamu"))] == [3]
    assert len(warned.warned(world, replace(MARCH, drills=True))) == 0


def test_sources_are_judged_by_what_became_of_their_own_words(world: Session) -> None:
    found = reports.sources(world, MARCH)
    letters = {letter: (one.verified, one.refuted) for letter, one in found.letters.items()}
    assert letters == {"B": (4, 0), "F": (1, 2)}
    assert (found.focal.verified, found.focal.right) == (4, None)
    assert (found.others.decided, found.others.refuted) == (3, 2)


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Paris", 29), ("Australia/Lord_Howe", 5), ("Asia/Kathmandu", 5)]
)
def test_a_day_whose_clocks_change_is_one_day(
    session: Session, now: datetime, zone: str, day: int
) -> None:
    month = 3 if zone == "Europe/Paris" else 4
    here = ZoneInfo(zone)
    period = Period(date(2026, month, day), date(2026, month, day), here)
    for at in (period.start, period.end - timedelta(seconds=1)):
        make_incident(session, at)
    make_incident(session, period.start - timedelta(seconds=1))
    make_incident(session, period.end)
    wide = Period(date(2026, month, day - 2), date(2026, month, day + 1), here)
    found = incidents.by_day(session, Scope(wide))["open"]
    assert found[date(2026, month, day)] == 2
    assert sum(found.values()) == 4


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.key)
def test_a_report_holds_the_columns_of_its_level_and_no_other(
    world: Session, now: datetime, level: Level
) -> None:
    world.add(Casualty(report_id=1, kind="killed", low=3, high=5, at=now))
    world.add(Casualty(incident_id=1, kind="killed", low=4, high=4, who="asha", at=now))
    world.flush()
    found = situation(world, MARCH, level)
    assert set(found.tables) == set(level.tables)
    for name, columns in level.tables.items():
        for rows in (found.tables[name], table(world, MARCH, level, name)):
            assert all(list(row) == list(columns) for row in rows)
    if not level.is_single:
        assert found.harmed == {"killed": None if level.hidden_below else 1}
