"""What a situation report may say at each level of the Traffic Light Protocol: one table.

FIRST, Traffic Light Protocol 2.0. A column that a level does not name does not leave the gateway
at that level, on no page and in no file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.lists.analysis.incidents import FEW
from gateway.lists.casualties import KINDS
from gateway.terms.refusals import NotAllowed, Refused

TABLES = ("incidents", "hazards", "areas", "warnings", "notices")
_HARM = tuple(f"{kind}_{end}" for kind in KINDS for end in ("low", "high"))
_STATES = ("incidents", "verified", "refuted", "unverifiable", "open")
_PEOPLE = ("people", "handed_over", "delivered", "failed", "unknown", "delivered_percent")
_MINUTES = ("minutes_to_approval", "minutes_to_delivery")
_NOTICE = ("area", "factor", "week", "incidents", "usual", "noticed_from")
_SINGLE = {
    "incidents": (
        "number", "day", "hazard", "state", "grade", "area", "reports", "sources", *_HARM,
    ),
    "hazards": ("hazard", *_STATES),
    "areas": ("area", *_STATES),
    "warnings": ("number", "day", "hazard", "area", *_MINUTES, *_PEOPLE),
    "notices": _NOTICE,
}  # fmt: skip
_ALL = {
    **_SINGLE,
    "incidents": (
        "number", "opened_at", "hazard", "state", "grade", "grade_reasons", "place", "lat", "lon",
        "area", "reports", "sources", *_HARM,
    ),
    "warnings": ("number", "approved_at", "hazard", "place", "area", *_MINUTES, *_PEOPLE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """`role` is the least that may make it; `tables` has the columns of each table it has."""

    name: str
    role: str
    tables: Mapping[str, Sequence[str]]
    hidden_below: int = 0  # counts from 1 up to this are not shown
    least_days: int = 1  # a shorter period would tell of single incidents

    @property
    def is_single(self) -> bool:
        """Whether it tells of single incidents and warnings."""
        return "incidents" in self.tables

    @property
    def has_areas(self) -> bool:
        """Whether it names counties."""
        return "areas" in self.tables

    @property
    def key(self) -> str:
        """As an address and a file have it."""
        return self.name.lower().replace("+", "-")


LEVELS = (
    Level("RED", "coordinator", _ALL),
    Level("AMBER+STRICT", "analyst", _SINGLE),
    Level("AMBER", "analyst", _SINGLE),
    Level(
        "GREEN",
        "viewer",
        {
            "hazards": ("hazard", *_STATES),
            "areas": ("area", *_STATES),
            "warnings": ("area", "warnings", *_PEOPLE),
            "notices": _NOTICE,
        },
    ),
    Level(
        "CLEAR",
        "viewer",
        {"hazards": ("hazard", "incidents"), "warnings": ("warnings", "people", "delivered")},
        hidden_below=FEW,
        least_days=7,
    ),
)
_ROLES = ("viewer", "analyst", "coordinator", "admin")


def open_to(role: str) -> list[Level]:
    """The levels at which somebody of this role may make a report, the most open last."""
    return [level for level in LEVELS if _ROLES.index(role) >= _ROLES.index(level.role)]


def level_of(key: str, role: str) -> Level:
    """The level of an address; raises Refused, or NotAllowed where the role is too low."""
    found = next((level for level in LEVELS if level.key == key.lower()), None)
    if found is None:
        raise Refused("Choose one of the levels from the list.")
    if found not in open_to(role):
        raise NotAllowed(
            "A report at the level %(level)s needs the role %(role)s.",
            level=found.name,
            role=found.role,
        )
    return found


def without_small(cells: Mapping[str, int], below: int) -> dict[str, int | None]:
    """The cells of one total, without those that are few or could be worked out from the others.

    None stands for a hidden one. If one is hidden, at least two are, and together they hold at
    least `below`: else the total would tell. Where that cannot be, all are hidden.
    """
    hidden = {key for key, count in cells.items() if 0 < count < below}
    if not hidden:
        return dict(cells)
    shown = sorted((key for key in cells if key not in hidden), key=lambda key: cells[key])
    for key in shown:
        if len(hidden) > 1 and sum(cells[one] for one in hidden) >= below:
            break
        hidden.add(key)
    return {key: None if key in hidden else count for key, count in cells.items()}


def few(count: int, below: int) -> int | None:
    """A count that stands alone, or None when it is too small to be told."""
    return None if 0 < count < below else count
