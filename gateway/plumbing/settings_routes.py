"""The settings of routes, and what is wrong with several of them together."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from gateway.plumbing.settings_section import Section
from gateway.terms.operators import operators_of

Kind = Literal["urgent", "talk", "campaign"]
KINDS: tuple[Kind, ...] = ("urgent", "talk", "campaign")
_SHOWN = 8


class Route(Section):
    """Which accounts carry the numbers of a prefix, in order of preference."""

    prefix: Annotated[str, Field(pattern=r"^(\+\d{1,14})?$")]
    accounts: Annotated[tuple[str, ...], Field(min_length=1)]
    operator: Annotated[str, Field(max_length=40)] = ""
    kinds: tuple[Kind, ...] = ()
    cheapest: bool = False

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """Of several routes that fit the highest is taken, of equals the one that stands first."""
        return len(self.prefix), bool(self.operator), bool(self.kinds)

    def carries(self, kind: str) -> bool:
        """Whether messages of this kind take it."""
        return not self.kinds or kind in self.kinds


def problems_of(routes: Sequence[Route]) -> list[str]:
    """A line for each route that no message can ever take."""
    return _nameless(routes) + _hidden(routes)


def _nameless(routes: Sequence[Route]) -> list[str]:
    found = []
    for number, route in enumerate(routes):
        wanted, known = route.operator.casefold(), operators_of(route.prefix)
        if wanted and not any(wanted in name.casefold() for name in known):
            near = get_close_matches(route.operator, known, _SHOWN, 0.5) or sorted(known)[:_SHOWN]
            whose = f"numbers that begin with {route.prefix}" if route.prefix else "any number"
            found.append(
                f"routes.{number}.operator: no operator of {whose} is named {route.operator!r};"
                f" names are as phonenumbers has them ({', '.join(near) or 'it has none there'})"
            )
    return found


def _hidden(routes: Sequence[Route]) -> list[str]:
    found = []
    for number, route in enumerate(routes):
        carried = [kind for kind in KINDS if route.carries(kind)]
        before = [_before(routes, number, kind) for kind in carried]
        if None not in before:
            names = " and ".join(sorted({f"routes.{one}" for one in before}))
            found.append(
                f"routes.{number}: no message ever takes this route, since {names} of the same"
                " prefix and operator comes first for all its kinds; join them or remove one"
            )
    return found


def _before(routes: Sequence[Route], number: int, kind: str) -> int | None:
    """Another route that takes every message of this kind before the one with this number."""
    mine = routes[number]
    for place, other in enumerate(routes):
        wider = other.operator.casefold() in mine.operator.casefold()
        before = other.rank > mine.rank or (other.rank == mine.rank and place < number)
        if other.prefix == mine.prefix and wider and before and other.carries(kind):
            return place
    return None
