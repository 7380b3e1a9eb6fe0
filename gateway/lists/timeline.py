"""What was done about one thing, by whom and why, in the order it was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from gateway.store.tables import AuditRow, Move

LONGEST = 300
_OUTCOMES = ("verified", "refuted", "unverifiable")


@dataclass(frozen=True, slots=True)
class Step:
    """One line; `what` is ready to read. `outcome` and `grade` only where it is a judgement."""

    at: datetime
    who: str
    what: str
    why: str | None
    outcome: str | None = None
    grade: str | None = None


def of(session: Session, kind: str, row_id: int, alerts: Sequence[int] = ()) -> list[Step]:
    """Moves and acts on this row, and moves of its alerts, oldest first."""
    moves = _moves(session, kind, row_id, alerts)
    told = {(move.at, move.who, move.why) for move in moves}
    all_acts = _acts(session, kind, row_id)
    acts = [act for act in all_acts if (act.at, act.who, act.reason) not in told]
    grades = {(act.at, act.who, act.reason): act.facts.get("grade") for act in all_acts}
    steps = [_moved(move, kind, grades.get((move.at, move.who, move.why))) for move in moves]
    steps += [Step(act.at, act.who, _act_words(act), act.reason) for act in acts]
    return sorted(steps, key=lambda step: step.at)


def judgements(steps: Sequence[Step]) -> list[Step]:
    """How the incident was judged each time, the last one first."""
    return [step for step in reversed(steps) if step.outcome]


def _moves(session: Session, kind: str, row_id: int, alerts: Sequence[int]) -> Sequence[Move]:
    own = and_(Move.machine == kind, Move.row_id == row_id)
    theirs = and_(Move.machine == "alert", Move.row_id.in_(alerts))
    query = select(Move).where(or_(own, theirs)).order_by(Move.id.desc()).limit(LONGEST)
    return session.scalars(query).all()[::-1]  # of one moment in the order they were made


def _acts(session: Session, kind: str, row_id: int) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.subject == f"{kind} {row_id}")
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(LONGEST)).all()[::-1]


def _moved(move: Move, kind: str, grade: str | None) -> Step:
    words = _move_words(move, kind)
    if move.machine != "incident" or move.target not in _OUTCOMES or grade is None:
        return Step(move.at, move.who, words, move.why)
    return Step(move.at, move.who, f"{words} ({grade})", move.why, move.target, grade)


def _move_words(move: Move, kind: str) -> str:
    words = f"{move.origin} → {move.target}"
    return f"Warning {move.row_id}: {words}" if move.machine == "alert" != kind else words


def _act_words(act: AuditRow) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in sorted(act.facts.items()))
    words = act.act.replace("_", " ").replace(".", ": ", 1)
    return f"{words} ({facts})" if facts else words
