"""What somebody did with a row before somebody else could."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Move


def last_move(session: Session, machine: str, row_id: int) -> Move | None:
    """The newest step of its state machine."""
    return session.scalar(
        select(Move)
        .where(Move.machine == machine, Move.row_id == row_id)
        .order_by(Move.id.desc())
        .limit(1)
    )
