"""Which reports tell of one event: hazards, distance, time, ways, numbers, senders."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.incidents.matching import Match, Scale, Sighting, Weights, match
from gateway.incidents.movement import ahead, cells_around, cells_of, way_between
from gateway.plumbing.settings import Settings
from gateway.terms.geo import Position, distance_m
from tests.make import MOA, TEST_ENV

SCALE = Scale(
    spread_m=4_000, fade_hours=3, longest_hours=12, never_beyond_m=20_000, moves=True
)  # fmt: skip
NORTH, EAST = 0, 90


@pytest.fixture(scope="module")
def weights() -> Weights:
    """The shipped ones."""
    return Weights(**_shipped().matching.weights.model_dump())


def _shipped() -> Settings:
    from gateway.plumbing.settings import load_settings

    return load_settings(TEST_ENV)


JOIN, SUGGEST = _shipped().matching.join, _shipped().matching.suggest


def _seen(
    now: datetime, hazard: str = "armed_group", *, metres: float | None = 0, minutes: float = 0,
    bearing: float = NORTH, sender: int = 0, **facts: Any,
) -> Sighting:  # fmt: skip
    place = None if metres is None else ahead(MOA, bearing, metres)
    at = now + timedelta(minutes=minutes)
    values: dict[str, Any] = {"hazards": {hazard: 0.8}, "precision_m": 1_500}
    return Sighting(
        hazard=hazard, position=place, begin=at, end=at, sender=sender, **(values | facts)
    )


@pytest.fixture
def odds(weights: Weights) -> Any:
    """The match of two sightings by strangers to each other."""

    def found(one: Sighting, other: Sighting, likeness: float = 0.4) -> Match:
        return match(one, other, likeness, SCALE, weights)

    return found


@pytest.mark.parametrize(
    ("one", "other", "mix"),
    [
        ("armed_group", "armed_group", True),
        ("armed_group", "attack", True),
        ("attack", "displacement", True),
        ("armed_group", "hate_speech", False),
        ("attack", "rumour", False),
        ("roadblock", "displacement", False),
        ("armed_group", "all_quiet", False),
        ("other", "all_quiet", False),
        ("gender_based_violence", "attack", False),
        ("hate_speech", "roadblock", False),
    ],
)
def test_hazards_mix_where_one_event_can_be_both(
    now: datetime, odds: Any, one: str, other: str, mix: bool
) -> None:
    here, there = _seen(now, one, sender=1), _seen(now, other, sender=2)
    assert (odds(here, there).score >= JOIN) is mix
    assert odds(here, there).score == odds(there, here).score


def test_all_quiet_never_hides_in_an_incident(now: datetime, odds: Any) -> None:
    assert odds(_seen(now, "all_quiet", sender=1), _seen(now, sender=1), 1.0).score == 0


def test_a_denial_fits_whatever_it_denies(now: datetime, odds: Any) -> None:
    denial = _seen(now, "rumour", sender=1, stance="denies")
    assert odds(denial, _seen(now, "attack", sender=2)).score >= JOIN


@pytest.mark.parametrize(
    ("metres", "minutes", "fate"),
    [
        (0, 0, "joins"),
        (2_000, 30, "joins"),
        (0, 5 * 60, "joins"),
        (16_000, 20, "apart"),
        (25_000, 0, "apart"),
        (0, 13 * 60, "apart"),
        (0, -13 * 60, "apart"),
    ],
)
def test_distance_and_time_decide(
    now: datetime, odds: Any, metres: float, minutes: float, fate: str
) -> None:
    found = odds(_seen(now, metres=metres, minutes=minutes, sender=1), _seen(now, sender=2))
    assert ("joins" if found.score >= JOIN else "apart") == fate, found


def test_a_score_only_falls_with_distance_and_with_time(now: datetime, odds: Any) -> None:
    scores = [odds(_seen(now, metres=m), _seen(now)).score for m in range(0, 30_000, 500)]
    later = [odds(_seen(now, minutes=m), _seen(now)).score for m in range(0, 900, 15)]
    assert scores == sorted(scores, reverse=True)
    assert later == sorted(later, reverse=True)
    assert scores[-1] == later[-1] == 0


def test_two_places_named_apart_are_two_where_a_rough_place_may_be_one(
    now: datetime, odds: Any
) -> None:
    named = odds(_seen(now, metres=6_000, minutes=20, place_id=2, sender=1), _seen(now, place_id=1))
    rough = odds(
        _seen(now, metres=6_000, minutes=20, precision_m=6_000, sender=1), _seen(now, place_id=1)
    )
    assert named.score < rough.score
    assert any("another place is named" in why for why in named.why)


def test_the_same_name_is_one_place_however_roughly_it_is_meant(now: datetime, odds: Any) -> None:
    rough = {"precision_m": 10_000, "place_id": 7}
    same = odds(_seen(now, sender=1, **rough), _seen(now, **rough))
    other = odds(_seen(now, sender=1, precision_m=10_000), _seen(now, precision_m=10_000))
    assert same.score > other.score


def test_an_update_without_a_place_joins_only_its_own_senders_incident(
    now: datetime, odds: Any
) -> None:
    known = _seen(now, sender=1)
    own = odds(_seen(now, metres=None, minutes=20, sender=1), known)
    strangers = odds(_seen(now, metres=None, minutes=20, sender=2), known)
    assert own.score >= JOIN > strangers.score
    assert any("the same sender" in why for why in own.why)


def test_a_group_that_said_where_it_goes_is_the_one_that_comes_there(
    now: datetime, odds: Any
) -> None:
    target = ahead(MOA, EAST, 30_000)
    leaving = _seen(now, target=target, bearing_deg=EAST, sender=1, place_id=1)
    arriving = _seen(now, metres=28_000, bearing=EAST, minutes=50, sender=2, place_id=2)
    elsewhere = _seen(now, metres=28_000, bearing=NORTH, minutes=50, sender=3, place_id=3)
    assert odds(arriving, leaving).score >= JOIN
    assert any("on the way" in why for why in odds(arriving, leaving).why)
    assert odds(elsewhere, leaving).score == 0


def test_nobody_walks_thirty_kilometres_in_an_hour(now: datetime, odds: Any) -> None:
    target = ahead(MOA, EAST, 30_000)
    walking = _seen(now, target=target, travel="foot", sender=1)
    hour_later = _seen(now, metres=28_000, bearing=EAST, minutes=60, sender=2)
    six_later = _seen(now, metres=28_000, bearing=EAST, minutes=360, sender=2)
    assert odds(hour_later, walking).score < SUGGEST
    assert odds(six_later, walking).score > odds(hour_later, walking).score


def test_who_comes_from_where_they_were_seen_is_the_same_group(now: datetime, odds: Any) -> None:
    seen = _seen(now, sender=1)
    later = _seen(now, metres=12_000, bearing=EAST, minutes=40, sender=2, origin=MOA)
    stranger = _seen(now, metres=12_000, bearing=EAST, minutes=40, sender=2)
    assert odds(later, seen).score >= JOIN > odds(stranger, seen).score


def test_two_groups_on_two_roads_are_two(now: datetime, odds: Any) -> None:
    one = _seen(now, target=ahead(MOA, EAST, 30_000), sender=1, place_id=1)
    other = _seen(
        now, metres=3_000, minutes=10, target=ahead(MOA, NORTH, 30_000), sender=2, place_id=2
    )
    assert odds(other, one).score < JOIN


def test_one_group_cannot_be_in_two_villages_at_once(now: datetime, odds: Any) -> None:
    one = _seen(now, "attack", sender=1, place_id=1)
    other = _seen(now, "attack", metres=12_000, minutes=2, sender=2, place_id=2)
    assert odds(other, one).score < SUGGEST


def test_numbers_and_means_of_travel_speak_for_or_against(now: datetime, odds: Any) -> None:
    known = _seen(now, armed=30, travel="vehicle", sender=1)
    like = odds(_seen(now, armed=35, travel="vehicle", sender=2), known).score
    unlike = odds(_seen(now, armed=4, travel="foot", sender=2), known).score
    assert like > odds(_seen(now, sender=2), known).score > unlike


def test_what_happened_yesterday_is_compared_with_yesterday(now: datetime, odds: Any) -> None:
    yesterday = _seen(now, minutes=-20 * 60, sender=1)
    told_late = Sighting(
        "armed_group", {}, MOA, 1_500, now - timedelta(hours=22), now - timedelta(hours=18), 2
    )
    assert odds(told_late, yesterday).score >= JOIN
    assert odds(told_late, _seen(now, sender=3)).score < SUGGEST


def test_the_reasons_are_words_and_their_weights(now: datetime, odds: Any) -> None:
    found = odds(_seen(now, "attack", metres=3_000, minutes=10, sender=1), _seen(now))
    assert found.why[0].startswith("hazard 0.9 (+")
    assert any(why.startswith("10 min apart (+") for why in found.why)
    assert any(why.startswith("3.0 km apart (+") for why in found.why)


@pytest.mark.parametrize("radius_m", [500, 7_000, 20_000, 40_000])
def test_cells_around_a_point_cover_the_whole_circle(radius_m: float) -> None:
    cells = set(cells_around(MOA, radius_m))
    rim = [ahead(MOA, bearing, radius_m) for bearing in range(0, 360, 15)]
    assert {cell for point in rim for cell in cells_of(point)} <= cells


def test_a_way_is_found_by_the_cells_between_its_ends() -> None:
    target = ahead(MOA, EAST, 60_000)
    halfway = ahead(MOA, EAST, 30_000)
    assert set(cells_of(halfway)) <= set(cells_of(MOA, target))
    assert set(cells_of(MOA)) < set(cells_of(MOA, None, EAST))


def test_a_point_ahead_lies_as_far_away_as_it_should() -> None:
    for bearing in range(0, 360, 45):
        assert distance_m(MOA, ahead(MOA, bearing, 12_345)) == pytest.approx(12_345, rel=1e-6)
    assert ahead(Position(0, 179.9), EAST, 50_000).lon < 0


def test_a_way_of_the_later_sighting_says_nothing_of_where_it_was_before(now: datetime) -> None:
    earlier = _seen(now)
    later = _seen(now, metres=9_000, minutes=30, target=MOA)
    assert not way_between(earlier, later).on_it
