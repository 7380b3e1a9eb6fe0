"""What was done about one thing, by whom and why, in the order it was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from gateway.store.tables import AuditRow, Move

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Step:
    """One line; `what` is ready to read."""

    at: datetime
    who: str
    what: str
    why: str | None


def of(session: Session, kind: str, row_id: int, alerts: Sequence[int] = ()) -> list[Step]:
    """Moves and acts on this row, and moves of its alerts, oldest first."""
    moves = _moves(session, kind, row_id, alerts)
    told = {(move.at, move.who, move.why) for move in moves}
    acts = [
        act for act in _acts(session, kind, row_id) if (act.at, act.who, act.reason) not in told
    ]
    steps = [Step(move.at, move.who, _move_words(move, kind), move.why) for move in moves]
    steps += [Step(act.at, act.who, _act_words(act), act.reason) for act in acts]
    return sorted(steps, key=lambda step: step.at)


def _moves(session: Session, kind: str, row_id: int, alerts: Sequence[int]) -> Sequence[Move]:
    own = and_(Move.machine == kind, Move.row_id == row_id)
    theirs = and_(Move.machine == "alert", Move.row_id.in_(alerts))
    query = select(Move).where(or_(own, theirs)).order_by(Move.id.desc()).limit(LONGEST)
    return session.scalars(query).all()


def _acts(session: Session, kind: str, row_id: int) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.subject == f"{kind} {row_id}")
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(LONGEST)).all()


def _move_words(move: Move, kind: str) -> str:
    words = f"{move.origin} → {move.target}"
    return f"Warning {move.row_id}: {words}" if move.machine == "alert" != kind else words


def _act_words(act: AuditRow) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in sorted(act.facts.items()))
    words = act.act.replace("_", " ").replace(".", ": ", 1)
    return f"{words} ({facts})" if facts else words
