"""What a deployment itself wrote over the shipped advice: lines for the SMS, steps to tick."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables.base import Base, Id, Word


class PlaybookLine(Base):
    """What people are told to do about a hazard, in one language."""

    __tablename__ = "playbook_lines"
    __table_args__ = (UniqueConstraint("hazard", "language"),)

    id: Mapped[Id]
    hazard: Mapped[Word]
    language: Mapped[Word]
    action: Mapped[str]
    who: Mapped[Word]
    at: Mapped[datetime]


class PlaybookStep(Base):
    """One step of the coordinators' own checklist for a hazard; any row replaces the shipped."""

    __tablename__ = "playbook_steps"
    __table_args__ = (UniqueConstraint("hazard", "position"),)

    id: Mapped[Id]
    hazard: Mapped[Word]
    position: Mapped[int]
    words: Mapped[str]
    who: Mapped[Word]
    at: Mapped[datetime]


class ChecklistTick(Base):
    """A step that somebody did for an incident."""

    __tablename__ = "checklist_ticks"
    __table_args__ = (UniqueConstraint("incident_id", "words"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    words: Mapped[str]  # the step as it was worded then
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class StepOwner(Base):
    """Who took on a step of an incident's checklist."""

    __tablename__ = "step_owners"
    __table_args__ = (UniqueConstraint("incident_id", "words"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    words: Mapped[str]  # the step as it was worded then
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
