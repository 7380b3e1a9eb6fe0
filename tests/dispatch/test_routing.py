"""Which accounts carry a number: by prefix and operator, by kind and price, and by the person."""

from typing import Any

import pytest

from gateway.dispatch.routing import LANES, ONLY_BY, accounts_for, path_of
from gateway.plumbing.settings_routes import Route, problems_of

SAFARICOM, AIRTEL, ABROAD = "+254711000111", "+254733000111", "+15005550006"
PRICES = {"cloud": 0.03, "cheap": 0.01, "phone": 0.0, "other": 0.02}


def _routes(*rows: dict[str, Any]) -> list[Route]:
    return [Route(**({"prefix": ""} | row)) for row in rows]


def _go(routes: list[Route], number: str, lane: Any = "urgent") -> tuple[str, ...]:
    return accounts_for(routes, path_of(routes, number), lane, PRICES)


def test_the_longest_prefix_counts_and_then_the_operator_and_then_the_kinds() -> None:
    routes = _routes(
        {"accounts": ["other"]},
        {"prefix": "+254", "accounts": ["cloud"]},
        {"prefix": "+254", "operator": "safaricom", "accounts": ["phone", "cloud"]},
        {"prefix": "+254", "kinds": ["campaign"], "accounts": ["cheap"]},
    )
    assert _go(routes, ABROAD) == ("other",)
    assert _go(routes, AIRTEL) == ("cloud",)
    assert _go(routes, AIRTEL, "campaign") == ("cheap",)
    assert _go(routes, SAFARICOM) == ("phone", "cloud")
    assert problems_of(routes) == []


def test_a_longer_prefix_does_not_hide_what_its_numbers_share_with_a_shorter_one() -> None:
    routes = _routes(
        {"prefix": "+254", "operator": "Safaricom", "accounts": ["phone"]},
        {"prefix": "+25471", "kinds": ["campaign"], "accounts": ["cheap"]},
        {"accounts": ["other"]},
    )
    assert _go(routes, SAFARICOM, "campaign") == ("cheap",)
    assert _go(routes, SAFARICOM) == ("phone",)
    assert _go(routes, AIRTEL) == ("other",)


def test_what_no_route_fits_goes_by_the_first_account() -> None:
    routes = _routes({"prefix": "+254", "kinds": ["campaign"], "accounts": ["cheap"]})
    assert _go(routes, ABROAD) == _go(routes, SAFARICOM) == ("cloud",)
    assert _go(routes, SAFARICOM, "campaign") == ("cheap",)


def test_the_cheapest_comes_first_and_what_nobody_knows_the_price_of_last() -> None:
    routes = _routes({"accounts": ["phone", "cloud", "cheap"], "cheapest": True})
    assert _go(routes, SAFARICOM) == ("cheap", "cloud", "phone")


def test_two_operators_share_no_path_and_all_numbers_of_one_share_theirs() -> None:
    routes = _routes(
        {"prefix": "+254", "operator": "Safaricom", "accounts": ["phone"]},
        {"accounts": ["cloud"]},
    )
    paths = {number: path_of(routes, number) for number in (SAFARICOM, AIRTEL, ABROAD)}
    assert len(set(paths.values())) == 3
    assert path_of(routes, "+254722999888") == paths[SAFARICOM]
    assert all(len(path) <= 64 for path in paths.values())


def test_paths_of_yesterday_s_routes_still_lead_somewhere_sensible() -> None:
    before = _routes(
        {"prefix": "+254", "operator": "Safaricom", "accounts": ["phone"]}, {"accounts": ["cloud"]}
    )
    path = path_of(before, SAFARICOM)
    today = _routes({"prefix": "+2", "accounts": ["other"]}, {"accounts": ["cloud"]})
    assert accounts_for(today, path, "urgent", PRICES) == ("other",)


def test_exercises_never_leave_the_machine() -> None:
    routes = _routes({"accounts": ["cloud"]})
    for lane in LANES:
        assert accounts_for(routes, "exercise", lane, PRICES) == ("exercise",)


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("+254", ("cloud", "phone")),
        ("+254<phone", ("phone", "cloud")),
        ("+254<other", ("other", "cloud", "phone")),
        ("+254<gone", ("cloud", "phone")),
        ("+254>phone", ("phone", "cloud")),
        ("+254>other", ("cloud", "phone")),
        ("<phone", ("phone", "cloud")),
    ],
)
def test_answers_go_back_the_way_they_came_and_the_rest_by_what_reached_them(
    path: str, order: tuple[str, ...]
) -> None:
    routes = _routes({"accounts": ["cloud", "phone"]})
    prices = {"cloud": 0.0, "phone": 0.0, "other": 0.0}
    assert accounts_for(routes, path, "talk", prices) == order


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (({"accounts": ["a"]}, {"accounts": ["b"]}), "routes.1: no message ever takes this route"),
        (
            ({"kinds": ["urgent", "talk"]}, {"kinds": ["campaign"]}, {}),
            "routes.2: no message ever takes this route, since routes.0 and routes.1",
        ),
        (
            ({"operator": "Safari", "prefix": "+254"}, {"operator": "safaricom", "prefix": "+254"}),
            "routes.1: no message ever takes",
        ),
        (
            ({"operator": "Safricom", "prefix": "+254"},),
            "routes.0.operator: no operator of numbers that begin with +254 is named 'Safricom'",
        ),
        (({"operator": "Nemo Telecom Ltd"},), "routes.0.operator: no operator of any number"),
    ],
)
def test_a_route_that_can_never_be_reached_is_a_mistake(rows: Any, said: str) -> None:
    (problem,) = problems_of(_routes(*({"accounts": ["a"]} | row for row in rows)))
    assert problem.startswith(said)


def test_a_misspelt_operator_is_told_the_right_name() -> None:
    (problem,) = problems_of(_routes({"prefix": "+254", "operator": "Safricom", "accounts": ["a"]}))
    assert "Safaricom" in problem


def test_routes_that_differ_in_prefix_operator_or_kind_are_none() -> None:
    assert not problems_of(
        _routes(
            {"accounts": ["a"]},
            {"prefix": "+254", "accounts": ["a"]},
            {"prefix": "+254", "operator": "Airtel", "accounts": ["a"]},
            {"prefix": "+254", "operator": "Airtel", "kinds": ["talk"], "accounts": ["a"]},
            {"prefix": "+254", "kinds": ["urgent"], "accounts": ["a"]},
        )
    )


def test_what_tries_an_account_out_goes_by_that_one_or_not_at_all() -> None:
    routes = _routes({"accounts": ["cloud", "phone"]}, {"prefix": "+254", "accounts": ["other"]})
    for lane in LANES:
        assert accounts_for(routes, f"{ONLY_BY}phone", lane, PRICES) == ("phone",)
