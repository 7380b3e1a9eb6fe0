"""How doubts whether a message had left were settled: counted on from where one last looked."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import NEVER_TAKEN
from gateway.store.tables import Delivery, FormerAttempt, Move


@dataclass(frozen=True, slots=True)
class Settled:
    """``taken``: the company had it, as it said when asked; ``again``: it was sent once more."""

    taken: int = 0
    again: int = 0


class Doubts:
    """Remembers the moves it has counted: they are many, and only the new ones are read."""

    def __init__(self) -> None:
        self._seen = 0
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def settled(self, session: Session) -> Mapping[str, Settled]:
        """By account; of the real world."""
        with self._lock:
            self._count_on(session)
            taken = dict(self._taken)
        again = dict(self._again(session))
        return {
            name: Settled(taken.get(name, 0), again.get(name, 0)) for name in taken.keys() | again
        }

    def _count_on(self, session: Session) -> None:
        newest = session.scalar(select(func.max(Move.id))) or 0
        rows: Any = session.execute(
            select(Delivery.account, func.count())
            .join(Move, Move.row_id == Delivery.id)
            .where(
                Move.id > self._seen,
                Move.id <= newest,
                Move.machine == "delivery",
                Move.origin == "unknown",
                Move.target.in_(("submitted", "delivered")),
                Delivery.exercise_id.is_(None),
            )
            .group_by(Delivery.account)
        )
        for account, count in rows:
            self._taken[account or ""] += count
        self._seen = newest

    def _again(self, session: Session) -> Any:
        return session.execute(
            select(FormerAttempt.account, func.count())
            .where(FormerAttempt.cause.in_(("doubt", NEVER_TAKEN)))
            .group_by(FormerAttempt.account)
        ).all()
