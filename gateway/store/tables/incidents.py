"""Reports and the incidents they tell of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Fingerprint, Id, Word


class Report(Base):
    """One message read as an observation; never changed, only moved to another incident."""

    __tablename__ = "reports"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    # Keyed fingerprint of the text's core: forwarded copies are found without reading texts.
    copy_index: Mapped[Fingerprint | None] = mapped_column(index=True)
    language: Mapped[Word]
    hazard: Mapped[Word]
    hazards: Mapped[dict[str, Any]]
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey("places.id", ondelete="SET NULL"), index=True
    )
    place_name: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    precision_m: Mapped[int | None]
    role: Mapped[Word | None]
    found_by: Mapped[Word | None]
    certainty: Mapped[float | None]
    why: Mapped[str] = mapped_column(Sealed("reports.why"))  # JSON list; quotes words of the text
    match_why: Mapped[str] = mapped_column(Sealed("reports.match_why"))  # JSON list
    # JSON object: act, count, when, casualties, severity, movement, choices; quotes the text too
    facts: Mapped[str | None] = mapped_column(Sealed("reports.facts"))
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
    received_at: Mapped[datetime] = mapped_column(index=True)


class Incident(Base):
    """What happened, as far as its reports tell."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_state_last_report_at", "state", "last_report_at"),)

    id: Mapped[Id]
    state: Mapped[Word] = mapped_column(default="open", index=True)
    hazard: Mapped[Word]
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey("places.id", ondelete="SET NULL"), index=True
    )
    place_name: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    precision_m: Mapped[int | None]
    placed_by: Mapped[Word] = mapped_column(default="reports")  # or coordinator: then it is fixed
    reliability: Mapped[Word]
    credibility: Mapped[int]
    reports: Mapped[int] = mapped_column(default=0)
    sources: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    last_report_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    paged_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))

    @property
    def grade(self) -> str:
        """The Admiralty code, such as B2."""
        return f"{self.reliability}{self.credibility}"
