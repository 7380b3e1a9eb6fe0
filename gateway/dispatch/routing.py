"""Which accounts carry a number: paths that numbers share, and their accounts in order."""

from collections.abc import Mapping, Sequence
from typing import Literal

from gateway.plumbing.settings import Route

Lane = Literal["urgent", "talk", "campaign"]
EXERCISE_PATH = "exercise"


def path_of(routes: Sequence[Route], number: str) -> str:
    """What the routes of a number (E.164) have in common: numbers of one path go the same ways."""
    return max((route.prefix for route in routes if number.startswith(route.prefix)), key=len)


def accounts_for(
    routes: Sequence[Route], path: str, lane: Lane, prices: Mapping[str, float]
) -> tuple[str, ...]:
    """The accounts that carry a lane of a path, the preferred one first."""
    del lane, prices
    return next(route.accounts for route in routes if route.prefix == path)


def lane_of(priority: int) -> Lane:
    """Warnings and pages, then answers and questions, then campaigns."""
    if priority <= 2:
        return "urgent"
    return "talk" if priority < 9 else "campaign"
