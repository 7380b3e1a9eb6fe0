"""Risk factors add up from hazards and words; a week is judged by an area's own past."""

import random
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.incidents.factors import Factor, Factors, Topic
from gateway.incidents.risk import chart, ewma, factors_of, is_news, threshold
from gateway.plumbing.settings import RiskSettings

RULES = RiskSettings(weeks=8, chance=0.01, least=3)
ALONE = Factor(9, "Tensions", "specific", "…", {"hate_speech": 1.0}, ())
TOGETHER = Factor(
    14, "Aid", "specific", "…", {"attack": 0.4, "roadblock": 0.4},
    (Topic("aid workers", 0.6, {}), Topic("peacekeepers", 0.6, {})),
)  # fmt: skip
FACTORS = Factors(1.0, frozenset(), {9: ALONE, 14: TOGETHER})
SMALL = st.integers(0, 40)
PAST = st.lists(SMALL, min_size=8, max_size=26)


@pytest.mark.parametrize(
    ("hazards", "topics", "shown"),
    [
        ({"hate_speech": 1.0}, (), [9]),
        ({"hate_speech": 0.9}, (), []),
        ({"attack": 1.0}, (), []),
        ({}, [(14, "aid workers")], []),
        ({"attack": 1.0}, [(14, "aid workers")], [14]),
        ({"attack": 1.0}, [(9, "aid workers")], []),
        ({}, [(14, "aid workers"), (14, "peacekeepers")], [14]),
        ({"hate_speech": 1.0, "roadblock": 1.0}, [(14, "peacekeepers")], [9, 14]),
    ],
)
def test_hazards_and_words_add_up_to_a_factor(hazards, topics, shown):
    assert [tag.factor for tag in factors_of(FACTORS, hazards, topics)] == shown


def test_words_that_come_often_count_once():
    assert factors_of(FACTORS, {}, [(14, "aid workers"), (14, "aid workers")]) == []


def test_the_reason_names_the_hazard_and_the_topic():
    (tag,) = factors_of(FACTORS, {"attack": 1.0, "other": 1.0}, [(14, "aid workers")])
    assert tag.why == ("words about aid workers", "hazard attack")


@given(st.floats(0, 60), st.floats(0.001, 0.2))
def test_the_threshold_is_the_smallest_count_that_chance_alone_rarely_reaches(mean, chance):
    k = threshold(mean, chance, 1)

    def at_least(count):
        return 1 - sum(exp(-mean) * mean**n / factorial(n) for n in range(count))

    assert at_least(k) < chance + 1e-9
    assert k == 1 or at_least(k - 1) >= chance - 1e-9


@given(st.floats(0, 5_000), st.floats(0, 5_000))
def test_who_is_used_to_more_is_noticed_later(one, other):
    low, high = sorted((one, other))
    assert threshold(low, 0.01, 3) <= threshold(high, 0.01, 3)


@given(st.floats(0, 1_000), st.integers(1, 50))
def test_fewer_than_the_least_are_never_noticed(mean, least):
    assert threshold(mean, 0.01, least) >= least


@given(PAST, st.data())
def test_more_in_any_past_week_raises_what_is_expected(past, data):
    at = data.draw(st.integers(0, len(past) - 1))
    more = [*past[:at], past[at] + 1, *past[at + 1 :]]
    assert ewma(more) > ewma(past)
    assert min(past) - 1e-9 <= ewma(past) <= max(past) + 1e-9


@given(PAST, SMALL, SMALL)
def test_what_is_noticed_stays_noticed_when_more_is_reported(past, count, more):
    if chart(count, past, None, RULES).is_rising:
        assert chart(count + more, past, None, RULES).is_rising


@given(SMALL, st.integers(8, 26))
def test_a_constant_past_gives_no_notice_at_its_usual_count(usual, weeks):
    found = chart(usual, [usual] * weeks, None, RULES)
    assert found.expected == pytest.approx(usual)
    assert not found.is_rising


def test_a_short_past_is_judged_by_the_mean_of_all_areas():
    found = chart(9, [0] * 7, 4.0, RULES)
    assert (found.expected, found.threshold, found.is_rising) == (4.0, 10, False)
    assert chart(9, [0] * 8, 4.0, RULES).is_rising


def test_without_any_past_nothing_is_noticed():
    assert not chart(50, [], None, RULES).is_rising


@pytest.mark.parametrize("usual", [0.2, 0.5, 0.8, 1.5, 2, 3, 5, 10, 30])
def test_chance_alone_is_noticed_in_at_most_two_weeks_of_a_hundred(usual):
    source = random.Random(f"false alarms {usual}")
    alarms = 0
    for _ in range(2_000):
        past = [_poisson(source, usual) for _ in range(20)]
        alarms += chart(_poisson(source, usual), past, None, RULES).is_rising
    assert alarms / 2_000 <= 0.02


@pytest.mark.parametrize("usual", [4, 5, 8, 15])
def test_three_times_as_many_are_noticed_within_two_weeks(usual):
    source = random.Random(f"tripled {usual}")
    noticed = 0
    for _ in range(1_000):
        past = [_poisson(source, usual) for _ in range(20)]
        first, second = (_poisson(source, 3 * usual) for _ in range(2))
        noticed += (
            chart(first, past, None, RULES).is_rising
            or chart(second, [*past, first], None, RULES).is_rising
        )
    assert noticed / 1_000 >= 0.8


@pytest.mark.parametrize(("seen", "count", "news"), [(4, 5, False), (4, 6, True), (3, 5, True)])
def test_a_seen_notice_is_news_again_when_it_grew_by_half(seen, count, news):
    assert is_news(seen, count) is news


def _poisson(source: random.Random, mean: float) -> int:
    """Knuth's multiplication of uniform numbers."""
    floor, product, count = exp(-mean), source.random(), 0
    while product > floor:
        product *= source.random()
        count += 1
    return count
