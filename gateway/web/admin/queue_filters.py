"""The filters of the queue as an address carries them."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from gateway.lists import triage
from gateway.lists.triage import Wanted
from gateway.web.context import current_actor, runtime
from gateway.web.speech import N_

Args = Mapping[str, str]
SAVED: tuple[tuple[str, Args], ...] = (
    (N_("All open"), {}),
    (N_("Not seen"), {"unseen": "1"}),
    (N_("Overdue"), {"overdue": "1"}),
    (N_("Mine"), {"mine": "1"}),
    (N_("Place not known"), {"unplaced": "1"}),
)
_TICKS = ("mine", "unseen", "overdue", "unplaced", "drill")
_NAMES = ("state", "hazard", "place", "severity", "sort", *_TICKS)
_ALL = "all"


def wanted(args: Args) -> Wanted:
    state = args.get("state", "open")
    return Wanted(
        state="" if state == _ALL else _one_of(state, triage.STATES, "open"),
        hazard=_one_of(args.get("hazard", ""), tuple(runtime().hazards)),
        place=args.get("place", "").strip()[:60],
        severity=_one_of(args.get("severity", ""), triage.SEVERITIES),
        owner_id=current_actor().id if args.get("mine") == "1" else None,
        unseen=args.get("unseen") == "1",
        unplaced=args.get("unplaced") == "1",
        overdue=args.get("overdue") == "1",
        drill=args.get("drill") == "1",
        sort=_one_of(args.get("sort", ""), triage.SORTS, triage.SORTS[0]),
    )


def address(args: Args, **more: object) -> str:
    """The queue with the same filters."""
    values: dict[str, Any] = {**kept(args), **more}
    return url_for("triage.page", **values)


def kept(args: Args) -> dict[str, str]:
    """The filters of an address, to carry them into the next."""
    return {name: args[name][:60] for name in _NAMES if args.get(name, "").strip()}


def number(args: Args, name: str) -> int | None:
    """A row number of an address, or None when it is none."""
    text = args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 else None


def _one_of(value: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
    return value if value in allowed else otherwise
