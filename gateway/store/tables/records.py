"""What was done: moves of state, the audit chain, and the beat of the jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Fingerprint, Id, Word


class Move(Base):
    """One step of a state machine: which row, from, to, when, by whom, why."""

    __tablename__ = "moves"
    __table_args__ = (Index("ix_moves_machine_row_id", "machine", "row_id"),)

    id: Mapped[Id]
    machine: Mapped[Word]
    row_id: Mapped[int]
    origin: Mapped[Word]
    target: Mapped[Word]
    who: Mapped[Word]
    why: Mapped[str | None] = mapped_column(Sealed("moves.why"))
    at: Mapped[datetime]


class AuditRow(Base):
    """One act of a coordinator or operator, chained to the one before by its hash."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[Word]
    act: Mapped[Word]
    subject: Mapped[Word] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(Sealed("audit.reason"))
    previous: Mapped[Fingerprint]
    hash: Mapped[Fingerprint]


class Beat(Base):
    """When a job last went round, for /ready."""

    __tablename__ = "beats"

    job: Mapped[Word] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    holder: Mapped[Word]
