"""What a balance allows, how long it lasts and when somebody must pay in."""

import pytest

from gateway.dispatch.balance import (
    Purse,
    able,
    days_left,
    is_well_again,
    may_carry,
    same_money,
    why_low,
)
from gateway.dispatch.costing import seconds_for
from gateway.plumbing.settings import ProviderSettings
from gateway.providers.base import Limits
from gateway.store.tables import AccountState

LANES = ("urgent", "talk", "campaign")


def account(**facts: float) -> ProviderSettings:
    return ProviderSettings(type="simulator", **facts)


def state(balance: float | None) -> AccountState:
    return AccountState(account="a", state="well", balance=balance)


@pytest.mark.parametrize(
    ("balance", "reserve", "lanes"),
    [
        (None, 100, LANES),  # what is not known stops nothing
        (101, 100, LANES),
        (100, 100, LANES),
        (99, 100, ("urgent",)),
        (0.01, 100, ("urgent",)),
        (0, 100, ()),
        (-3, 0, ()),
        (0.01, 0, LANES),
    ],
)
def test_below_the_reserve_only_warnings_leave_and_with_nothing_left_nothing(
    balance: float | None, reserve: float, lanes: tuple[str, ...]
) -> None:
    own = account(reserve=reserve)
    assert tuple(lane for lane in LANES if may_carry(state(balance), own, lane)) == lanes


def test_an_account_of_which_nothing_is_known_carries_everything() -> None:
    assert all(may_carry(None, account(reserve=5), lane) for lane in LANES)


def test_an_empty_account_leaves_its_messages_to_the_others_and_is_tried_when_there_are_none() -> (
    None
):
    settings = {"a": account(), "b": account(reserve=50), "c": account()}
    states = {"a": state(0), "b": state(20)}
    assert able(("a", "b"), states, settings, "urgent") == ("b",)
    assert able(("a", "b", "c"), states, settings, "talk") == ("c",)
    assert able(("a",), states, settings, "urgent") == ("a",)
    assert able(("b",), states, settings, "campaign") == ()  # it waits: the rest is for warnings
    assert able(("b",), {"b": state(0)}, settings, "urgent") == ("b",)


def test_a_balance_lasts_as_long_as_the_usual_day_of_spending_allows() -> None:
    assert days_left(100, [0, 10, 0, 50, 20, 0, 0]) == 5
    assert days_left(100, [0, 0]) is None
    assert days_left(-4, [2]) == 0


def test_balances_in_another_money_than_the_prices_are_told_apart() -> None:
    assert same_money("usd", "USD")
    assert same_money(None, "USD")
    assert same_money("", "USD")
    assert not same_money("KES", "USD")


@pytest.mark.parametrize(
    ("purse", "why"),
    [
        (Purse(None, 1, 9), ()),
        (Purse(100, 30, 90), ()),
        (Purse(100, 2.9, 90), ("days",)),
        (Purse(100, None, 101), ("warning",)),
        (Purse(9, 3, 9), ("low_balance",)),
        (Purse(0, 0, 90), ("empty", "low_balance", "days", "warning")),
    ],
)
def test_each_reason_to_pay_in_is_named(purse: Purse, why: tuple[str, ...]) -> None:
    assert why_low(purse, account(low_balance=10)) == why


def test_a_balance_that_wavers_about_the_line_is_not_well_again() -> None:
    own = account(low_balance=10)
    assert [is_well_again(Purse(left), own) for left in (9, 10, 11.9, 12, None)] == [
        False, False, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "segments", "seconds"),
    [
        (Limits(per_second=10), 0, 0),
        (Limits(per_second=10), 100, 10),
        (Limits(per_second=10, per_minute=60), 61, 60),
        (Limits(per_second=1, per_half_hour=30), 30, 30),  # the first half hour is free at once
        (Limits(per_second=1, per_half_hour=30), 31, 1800),
        (Limits(per_second=10, per_day=200), 1000, 4 * 86_400),
    ],
)
def test_the_narrowest_limit_says_how_long_it_takes(
    limits: Limits, segments: int, seconds: float
) -> None:
    assert seconds_for(limits, segments) == seconds
