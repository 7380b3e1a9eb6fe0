"""Which accounts carry a number: paths that numbers share, and their accounts in order."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from gateway.plumbing.settings_routes import Route
from gateway.terms.operators import operator_of

Lane = Literal["urgent", "talk", "campaign"]
LANES: tuple[Lane, ...] = ("urgent", "talk", "campaign")
EXERCISE_PATH = "exercise"  # also the account that carries it: a drill never leaves the machine
_PRIORITIES: Mapping[Lane, tuple[int, int]] = {
    "urgent": (0, 2),  # warnings and pages
    "talk": (3, 8),  # questions and answers
    "campaign": (9, 9),
}
HEARD_ON, REACHED_BY = "<", ">"  # "+254@safaricom>phone": by this account first
ONLY_BY = "="  # "=phone": by this account and no other, to try it out
_AT, _AND = "@", "|"  # "+254@safaricom"
_LONGEST = 31  # of a path without the account of one person


def path_of(routes: Sequence[Route], number: str) -> str:
    """What the routes of a number (E.164) have in common: numbers of one path go the same ways.

    It is the longest prefix that a route has of the number, and which operators that routes name it
    is of. A path stays readable when routes change: by prefix and operator today's are found.
    """
    fitting = [route for route in routes if number.startswith(route.prefix)]
    prefix = max((route.prefix for route in fitting), key=len, default="")
    named = {route.operator.casefold() for route in fitting if route.operator}
    operator = operator_of(number).casefold() if named else ""
    its = sorted(name for name in named if name in operator)
    widest = [name for name in its if not any(name in other and name != other for other in its)]
    return f"{prefix}{_AT}{_AND.join(widest)}"[:_LONGEST] if widest else prefix


def accounts_for(
    routes: Sequence[Route], path: str, lane: Lane, prices: Mapping[str, float]
) -> tuple[str, ...]:
    """The accounts that carry a lane of a path, the preferred one first.

    `prices` has every account of the settings, in their order, and what an SMS costs there (0: not
    known). What no route fits goes by the first of them. A path may name the account of one person:
    an answer goes back on which they wrote, even where no route leads there, since they wrote to
    its number; what reached them when another account did not is tried first, if it is of the path.
    """
    if path == EXERCISE_PATH:
        return (EXERCISE_PATH,)
    if path.startswith(ONLY_BY):
        return (path.removeprefix(ONLY_BY),)
    for mark in (HEARD_ON, REACHED_BY):
        if mark in path:
            path, _, own = path.partition(mark)
            found = accounts_for(routes, path, lane, prices)
            return _first(own, found) if own in (prices if mark == HEARD_ON else found) else found
    prefix, _, operators = path.partition(_AT)
    fitting = [
        route
        for route in routes
        if prefix.startswith(route.prefix)
        and route.operator.casefold() in operators
        and route.carries(lane)
    ]
    if not fitting:
        return tuple(prices)[:1]
    best = max(fitting, key=lambda route: route.rank)
    if not best.cheapest:
        return best.accounts
    return tuple(sorted(best.accounts, key=lambda account: prices.get(account, 0.0) or math.inf))


def lane_of(priority: int) -> Lane:
    """Warnings and pages, then answers and questions, then campaigns."""
    return next(lane for lane, (_, highest) in _PRIORITIES.items() if priority <= highest)


def priorities(lane: Lane) -> tuple[int, int]:
    """The lowest and highest priority of a lane, both within."""
    return _PRIORITIES[lane]


def _first(account: str, accounts: Sequence[str]) -> tuple[str, ...]:
    return (account, *(one for one in accounts if one != account))
