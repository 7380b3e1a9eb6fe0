"""How the accounts with SMS companies do: health, pace, what they carried, old attempts."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables.base import Base, Id, Word


class AccountState(Base):
    """One account: whether it works, when its next message may leave, what is left in it."""

    __tablename__ = "account_states"

    account: Mapped[Word] = mapped_column(primary_key=True)
    state: Mapped[Word] = mapped_column(default="well")  # well, failing or probing
    error: Mapped[Word | None]  # the one that made it fail
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    probes: Mapped[int] = mapped_column(default=0)  # in vain, since it fails
    probe_at: Mapped[datetime | None]  # when one message may try it again
    changed_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]  # its pace: no message leaves before
    blocked_until: Mapped[datetime | None]  # the company asked us to wait
    answer_s: Mapped[float | None]  # seconds to its answer, of late
    receipt_s: Mapped[float | None]  # seconds to its receipt, of late
    balance: Mapped[float | None]
    currency: Mapped[Word | None]
    balance_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # when coordinators heard that it runs low


class AccountUse(Base):
    """What one account carried in one minute: counts towards its limits and its balance."""

    __tablename__ = "account_uses"
    __table_args__ = (UniqueConstraint("account", "minute"),)

    id: Mapped[Id]
    account: Mapped[Word]
    minute: Mapped[datetime] = mapped_column(index=True)  # its beginning
    sms: Mapped[int] = mapped_column(default=0)  # handed over, or claimed to be
    segments: Mapped[int] = mapped_column(default=0)
    cost: Mapped[float] = mapped_column(default=0.0)


class FormerAttempt(Base):
    """A hand-over that another followed: its receipt may still come, under the company's old id."""

    __tablename__ = "former_attempts"
    __table_args__ = (Index("ix_former_attempts_provider_id", "provider_id"),)

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(index=True)
    account: Mapped[Word]
    provider_id: Mapped[str | None]
    cause: Mapped[Word]  # of the other one: doubt, never taken, hedge or failed
    at: Mapped[datetime]
