"""Which reports tell of one event: hazards that mix, distance, time, and the sender's own word."""

from datetime import datetime, timedelta

import pytest

from gateway.incidents.matching import Match, Reach, Sighting, match
from gateway.terms.geo import Position
from gateway.understanding.similarity import likeness
from tests.make import MOA

REACH = Reach(metres=10_000, hours=12, never_beyond_m=20_000)
JOIN = 0.55
METRES_A_DEGREE = 111_195


def _sighting(
    now: datetime, hazard: str = "armed_group", *, metres: float | None = 0, minutes: float = 0,
    text: str = "", sender: int | None = None, precision_m: int = 500,
) -> Sighting:  # fmt: skip
    place = None if metres is None else Position(MOA.lat + metres / METRES_A_DEGREE, MOA.lon)
    senders = frozenset() if sender is None else frozenset({sender})
    at = now + timedelta(minutes=minutes)
    return Sighting(hazard, place, precision_m, at, (text,) if text else (), senders)


def _match(report: Sighting, incident: Sighting) -> Match:
    return match(report, incident, REACH, likeness)


@pytest.mark.parametrize(
    ("one", "other", "mix"),
    [
        ("armed_group", "armed_group", True),
        ("armed_group", "attack", True),
        ("armed_group", "other", False),  # near and now, but nothing else speaks for it
        ("attack", "displacement", True),
        ("armed_group", "hate_speech", False),
        ("attack", "rumour", False),
        ("roadblock", "displacement", False),
        ("armed_group", "all_quiet", False),
        ("other", "all_quiet", False),
        ("gender_based_violence", "attack", False),
    ],
)
def test_hazards_mix_where_one_event_can_be_both(
    now: datetime, one: str, other: str, mix: bool
) -> None:
    here, there = _sighting(now, one), _sighting(now, other)
    assert (_match(here, there).score >= JOIN) is mix
    assert _match(here, there).score == _match(there, here).score


def test_all_quiet_never_hides_in_an_incident(now: datetime) -> None:
    quiet = _sighting(now, "all_quiet", text="armed men near Moa", sender=1)
    assert _match(quiet, _sighting(now, text="armed men near Moa", sender=1)).score == 0


@pytest.mark.parametrize(
    ("metres", "minutes", "joins"),
    [
        (0, 0, True),
        (2_000, 30, True),
        (6_000, 10, False),
        (9_000, 60, False),
        (12_000, 0, False),
        (0, 11 * 60, True),
        (0, 13 * 60, False),
        (0, -13 * 60, False),
        (25_000, 0, False),
    ],
)
def test_distance_and_time_decide(
    now: datetime, metres: float, minutes: float, joins: bool
) -> None:
    found = _match(_sighting(now, metres=metres, minutes=minutes), _sighting(now))
    assert (found.score >= JOIN) is joins, found


def test_a_score_only_falls_with_distance_and_with_time(now: datetime) -> None:
    by_metres = [
        _match(_sighting(now, metres=metres), _sighting(now)).score
        for metres in range(0, 30_000, 500)
    ]
    by_minutes = [
        _match(_sighting(now, minutes=minutes), _sighting(now)).score
        for minutes in range(0, 900, 15)
    ]
    assert by_metres == sorted(by_metres, reverse=True)
    assert by_minutes == sorted(by_minutes, reverse=True)
    assert by_metres[-1] == by_minutes[-1] == 0


def test_vague_places_may_be_farther_apart_but_never_beyond_the_limit(now: datetime) -> None:
    sharp = _match(_sighting(now, metres=12_000), _sighting(now))
    vague = _match(
        _sighting(now, metres=12_000, precision_m=5_000), _sighting(now, precision_m=5_000)
    )
    beyond = _match(
        _sighting(now, metres=20_500, precision_m=50_000), _sighting(now, precision_m=50_000)
    )
    assert sharp.score == 0
    assert vague.score > 0
    assert beyond.score == 0


def test_an_update_without_a_place_joins_only_its_own_senders_incident(now: datetime) -> None:
    known = _sighting(now, sender=1)
    own = _match(_sighting(now, metres=None, minutes=20, sender=1), known)
    strangers = _match(_sighting(now, metres=None, minutes=20, sender=2), known)
    assert own.score >= JOIN > strangers.score
    assert "the same sender" in own.why


def test_the_reasons_are_words_a_coordinator_reads(now: datetime) -> None:
    found = _match(_sighting(now, "attack", metres=3_000, minutes=10), _sighting(now))
    assert found.why == ("hazard 0.9", "3.0 km apart", "10 min apart", "text 0.00")
