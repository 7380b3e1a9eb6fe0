"""Questions to people: focal points asked to confirm, reporters asked where or what."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables.base import Base, Id, Word


class Inquiry(Base):
    """One question to one person, and what they answered."""

    __tablename__ = "inquiries"
    __table_args__ = (
        Index("ix_inquiries_subscriber_id_asked_at", "subscriber_id", "asked_at"),
        Index(
            "ix_inquiries_waiting",
            "expires_at",
            sqlite_where=text("state IN ('proposed', 'asked')"),
            postgresql_where=text("state IN ('proposed', 'asked')"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[Word]  # confirm (a focal point), quiet (is all calm), place or hazard (a reporter)
    state: Mapped[Word] = mapped_column(default="proposed")
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    number: Mapped[int]  # what a confirm is answered with, the smallest free; else 0
    place_name: Mapped[str | None]
    distance_m: Mapped[int | None]  # from the person's home to what is asked about
    hazard: Mapped[Word | None]
    language: Mapped[Word]
    answer: Mapped[Word | None]  # yes, no, unsure, quiet; told: see the report
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))  # that answered it
    asked_by: Mapped[Word]  # "gateway" or the coordinator
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
