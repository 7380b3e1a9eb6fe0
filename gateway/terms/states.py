"""The state machines of the field, each a table of allowed moves."""

from collections.abc import Mapping

Machine = Mapping[str, frozenset[str]]


class MoveRefused(Exception):
    """The state machine has no such move, or somebody else moved the row meanwhile."""

    def __init__(self, machine: str, origin: str, target: str, row_id: int | None = None) -> None:
        super().__init__(f"{machine} cannot go from {origin} to {target}")
        self.machine, self.origin, self.target, self.row_id = machine, origin, target, row_id


def _machine(**moves: str) -> Machine:
    table = {state: frozenset(targets.split()) for state, targets in moves.items()}
    ends = frozenset().union(*table.values()) - table.keys()
    return table | {end: frozenset() for end in ends}


MACHINES: Mapping[str, Machine] = {
    "message": _machine(received="processed failed", failed="received"),
    "incident": _machine(
        open="verified refuted unverifiable merged",
        verified="closed refuted",
        refuted="open",
        unverifiable="open",
        merged="open",  # unmerged
    ),
    "inquiry": _machine(
        proposed="asked withdrawn",
        asked="answered expired withdrawn",
        expired="answered",  # late, and still worth hearing
    ),
    "alert": _machine(
        draft="submitted discarded",
        submitted="approved draft discarded",
        approved="live cancelled expired",
        live="expired cancelled",
    ),
    "delivery": _machine(
        # Delivered, from wherever: of several hand-overs of a copy another than the last arrived.
        queued="claimed withdrawn delivered",
        claimed="submitted queued failed unknown withdrawn",
        unknown="submitted queued delivered failed withdrawn",
        submitted="delivered failed queued",  # queued: once more, by another way or later
        failed="delivered",
        withdrawn="delivered",
    ),
    "subscriber": _machine(
        pending="subscribed stopped blocked",
        subscribed="stopped blocked",
        stopped="subscribed blocked",
        blocked="pending",
    ),
}

# Steps back that only a person may take who has just made the step: no page offers them otherwise.
SLIPS: Mapping[str, Machine] = {"incident": {"verified": frozenset({"open"})}}


def check_move(
    machine: str, origin: str, target: str, *, row_id: int | None = None, slip: bool = False
) -> None:
    """Raises MoveRefused unless the machine allows the step; a `slip` is one taken back."""
    allowed = MACHINES[machine].get(origin, frozenset())
    if slip:
        allowed |= SLIPS.get(machine, {}).get(origin, frozenset())
    if target not in allowed:
        raise MoveRefused(machine, origin, target, row_id)
