"""What came in: every message as it was, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Fingerprint, Id, Word


class Message(Base):
    """One MO, kept exactly once by (account, provider id); never changed but for its state."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("account", "provider_id"),
        Index(
            "ix_messages_received",
            "id",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index(
            "ix_messages_failed",
            "id",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
    )

    id: Mapped[Id]
    account: Mapped[Word]
    provider_id: Mapped[str]
    sender: Mapped[str | None] = mapped_column(Sealed("messages.sender"))
    sender_index: Mapped[Fingerprint] = mapped_column(index=True)
    recipient: Mapped[str | None] = mapped_column(Sealed("messages.recipient"))
    body: Mapped[str | None] = mapped_column(Sealed("messages.body"))
    opt: Mapped[Word | None]  # the company itself handled this opt-out or opt-in word
    media: Mapped[int] = mapped_column(default=0)
    state: Mapped[Word] = mapped_column(default="received")
    kind: Mapped[Word | None]  # report, command, answer, chat or notice, once processed
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id"))
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
    received_at: Mapped[datetime] = mapped_column(index=True)
    processed_at: Mapped[datetime | None]
    failure: Mapped[Word | None]  # the name of what went wrong, never its text


class MessagePart(Base):
    """One part of a long message that its company does not join, kept once as it came."""

    __tablename__ = "message_parts"
    __table_args__ = (
        UniqueConstraint("account", "provider_id"),
        Index(
            "ix_message_parts_waiting",
            "received_at",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
        Index("ix_message_parts_reference", "sender_index", "reference"),
    )

    id: Mapped[Id]
    account: Mapped[Word]
    provider_id: Mapped[str]
    sender: Mapped[str | None] = mapped_column(Sealed("message_parts.sender"))
    sender_index: Mapped[Fingerprint]
    recipient: Mapped[str | None] = mapped_column(Sealed("message_parts.recipient"))
    body: Mapped[str | None] = mapped_column(Sealed("message_parts.body"))
    reference: Mapped[Word]  # the same in all parts of a message
    number: Mapped[int]
    total: Mapped[int]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))  # once joined
    received_at: Mapped[datetime]


class Exercise(Base):
    """One run of a scripted scenario; what it makes points here and is CAP status Exercise."""

    __tablename__ = "exercises"

    id: Mapped[Id]
    scenario: Mapped[Word]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    volunteers: Mapped[bool] = mapped_column(default=False)  # real people who agreed are texted too
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # its report
