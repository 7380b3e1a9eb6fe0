"""Coordinators called to incidents by SMS, and the codes by which they may answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables.base import Base, Fingerprint, Id, Word


class Call(Base):
    """One page to one coordinator about an incident or a warning; its code works once, a while."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("incident_id", "cause", "step", "user_id"),
        UniqueConstraint("alert_id", "cause", "step", "user_id"),
        Index("ix_calls_user_id_at", "user_id", "at"),
    )

    id: Mapped[Id]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # Of an incident: unseen, unjudged or asked (the coordinator wanted a new code). Of a warning:
    # approve (it waits for a yes) or glass (one coordinator alone is about to send it).
    cause: Mapped[Word]
    step: Mapped[int]  # 1 is the first person of the rota; of a warning its version
    code_index: Mapped[Fingerprint]  # keyed; the code itself is only in the SMS
    code_until: Mapped[datetime]
    used_at: Mapped[datetime | None]
    at: Mapped[datetime]


class RotaShift(Base):
    """A shift set on the page; as soon as there is one, the settings' rota no longer counts."""

    __tablename__ = "rota_shifts"
    __table_args__ = (UniqueConstraint("position"),)

    id: Mapped[Id]
    position: Mapped[int]
    people: Mapped[list[Any]]  # names of accounts, in the order in which they are called
    hours: Mapped[Word]  # "18:00-06:00", or "" for always
    days: Mapped[Word]  # "mon-fri", or "" for every day
    who: Mapped[Word]
    at: Mapped[datetime]


class Presence(Base):
    """A coordinator has an incident open; old rows say nothing."""

    __tablename__ = "presences"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
