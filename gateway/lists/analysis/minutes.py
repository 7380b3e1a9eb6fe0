"""From the first report to each step of an answer: how long half, and nine of ten, took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, literal, select, union_all
from sqlalchemy.orm import Session

from gateway.lists.analysis.incidents import FEW
from gateway.lists.analysis.period import Scope
from gateway.store.epoch import epoch_s
from gateway.store.tables import Incident

DELIVERED = "delivered"
_STEPS = {
    "seen": Incident.seen_at,
    "judged": Incident.judged_at,
    "approved": Incident.approved_at,
    "half": Incident.reached_50_at,
}
STEPS = ("seen", "judged", "approved", DELIVERED, "half")  # in the order things happen
_HALF, _NINE_OF_TEN = 50, 90


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds within which half, and nine of ten, of `of` incidents came to a step."""

    step: str
    median: int
    ninety: int
    of: int

    @property
    def is_few(self) -> bool:
        """Whether there are too few to say more than how many."""
        return self.of < FEW


def took(session: Session, scope: Scope) -> list[Took]:
    """Of incidents opened in the period, the steps that any of them came to.

    By nearest rank: an incident that happened, never a value between two. Engines differ in how
    they would interpolate.
    """
    begin = epoch_s(func.coalesce(Incident.first_report_at, Incident.opened_at))
    spans = union_all(
        *(
            select(literal(step).label("step"), (epoch_s(column) - begin).label("seconds")).where(
                scope.incidents(), column.is_not(None)
            )
            for step, column in _STEPS.items()
        )
    ).subquery()
    ranked = select(
        spans.c.step,
        spans.c.seconds,
        func.row_number().over(partition_by=spans.c.step, order_by=spans.c.seconds).label("rank"),
        func.count().over(partition_by=spans.c.step).label("of"),
    ).subquery()
    ends = [
        func.max(case((ranked.c.rank == (ranked.c.of * percent + 99) // 100, ranked.c.seconds)))
        for percent in (_HALF, _NINE_OF_TEN)
    ]
    rows: Any = session.execute(
        select(ranked.c.step, *ends, func.max(ranked.c.of)).group_by(ranked.c.step)
    )
    return [Took(step, max(0, half), max(0, ninety), of) for step, half, ninety, of in rows]


def of_spans(step: str, seconds: Sequence[int]) -> list[Took]:
    """The same of spans that were asked for already; none of no span."""
    spans, of = sorted(seconds), len(seconds)
    if not of:
        return []
    half, ninety = (spans[(of * part + 99) // 100 - 1] for part in (_HALF, _NINE_OF_TEN))
    return [Took(step, max(0, half), max(0, ninety), of)]


def in_order(found: Sequence[Took]) -> list[Took]:
    """As things happen."""
    return sorted(found, key=lambda one: STEPS.index(one.step))
