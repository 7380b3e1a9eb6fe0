"""Which accounts carry a number: paths that numbers share, and their accounts in order."""

from collections.abc import Mapping, Sequence
from typing import Literal

from gateway.plumbing.settings import Route

Lane = Literal["urgent", "talk", "campaign"]
LANES: tuple[Lane, ...] = ("urgent", "talk", "campaign")
EXERCISE_PATH = "exercise"
_PRIORITIES: Mapping[Lane, tuple[int, int]] = {
    "urgent": (0, 2),  # warnings and pages
    "talk": (3, 8),  # questions and answers
    "campaign": (9, 9),
}


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
    return next(lane for lane, (_, highest) in _PRIORITIES.items() if priority <= highest)


def priorities(lane: Lane) -> tuple[int, int]:
    """The lowest and highest priority of a lane, both within."""
    return _PRIORITIES[lane]
