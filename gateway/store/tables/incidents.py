"""Reports and the incidents they tell of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Id, Word


class Report(Base):
    """One message read as an observation; never changed, only moved to another incident."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_subscriber_id_received_at", "subscriber_id", "received_at"),
        Index(
            "ix_reports_contradicts_id",
            "contradicts_id",
            sqlite_where=text("contradicts_id IS NOT NULL"),
            postgresql_where=text("contradicts_id IS NOT NULL"),
        ),
        Index(
            "ix_reports_copy_of_id",
            "copy_of_id",
            sqlite_where=text("copy_of_id IS NOT NULL"),
            postgresql_where=text("copy_of_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    copy_kind: Mapped[Word | None]  # exact, forwarded, edited or translated
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
    stance: Mapped[Word] = mapped_column(default="witness")  # or hearsay, asks, denies
    contradicts_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    # When it happened, where the text says so; else it is taken to be when it was received.
    happened_from: Mapped[datetime | None]
    happened_to: Mapped[datetime | None]
    armed: Mapped[int | None]  # how many armed people, where the text says so
    from_lat: Mapped[float | None]  # where they are said to come from
    from_lon: Mapped[float | None]
    to_lat: Mapped[float | None]  # and to go
    to_lon: Mapped[float | None]
    bearing_deg: Mapped[int | None]
    travel: Mapped[Word | None]  # foot, horse, vehicle, boat
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
    received_at: Mapped[datetime] = mapped_column(index=True)


class ReportCell(Base):
    """A cell that a report touches: its place, the way to where it says they go. The index."""

    __tablename__ = "report_cells"

    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)  # received
    report_id: Mapped[int] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ReportMark(Base):
    """A keyed fingerprint of a piece of a report's text, by which edited copies are found."""

    __tablename__ = "report_marks"

    mark: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)  # received
    report_id: Mapped[int] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Placement(Base):
    """One decision about where a report belongs; the newest holds, and each can be undone."""

    __tablename__ = "placements"

    id: Mapped[Id]
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    from_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    # opened, joined, copied, moved, split, merged, unmerged, completed; or against: see undoing.py
    act: Mapped[Word]
    score: Mapped[float | None]  # the probability that decided it
    who: Mapped[Word]
    at: Mapped[datetime]


class Suggestion(Base):
    """An incident that a report may belong to as well: a coordinator decides."""

    __tablename__ = "suggestions"
    __table_args__ = (
        UniqueConstraint("report_id", "incident_id"),
        Index(
            "ix_suggestions_open",
            "report_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    score: Mapped[float]
    why: Mapped[str] = mapped_column(Sealed("suggestions.why"))  # JSON list
    state: Mapped[Word] = mapped_column(default="open")  # or accepted, dismissed
    decided_by: Mapped[Word | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Casualty(Base):
    """How many people somebody says were harmed: a report, or a coordinator for an incident."""

    __tablename__ = "casualties"

    id: Mapped[Id]
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    kind: Mapped[Word]  # killed, injured, abducted, missing or displaced
    low: Mapped[int | None]
    high: Mapped[int | None]
    who: Mapped[Word | None]  # the coordinator; a report's own source is its sender
    reason: Mapped[str | None] = mapped_column(Sealed("casualties.reason"))
    at: Mapped[datetime]


class Incident(Base):
    """What happened, as far as its reports tell."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_state_last_report_at", "state", "last_report_at"),
        Index("ix_incidents_opened_at", "opened_at"),
        Index(
            "ix_incidents_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

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
    grade_why: Mapped[str | None] = mapped_column(Sealed("incidents.grade_why"))  # JSON list
    contradictions: Mapped[int] = mapped_column(default=0)
    severity: Mapped[Word | None]  # low, medium, high, extreme: the worst that a witness tells
    coordinated: Mapped[bool] = mapped_column(default=False)  # a burst of new numbers: be careful
    hazard_by: Mapped[Word] = mapped_column(default="reports")  # or coordinator: then it is fixed
    area: Mapped[str | None]  # county or region, by which risks are counted
    opened_at: Mapped[datetime]
    first_report_at: Mapped[datetime | None]
    last_report_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # neighbours were asked, or nobody could be
    judged_at: Mapped[datetime | None]
    judged_grade: Mapped[Word | None]  # the grade when it was judged
    approved_at: Mapped[datetime | None]  # its first warning
    reached_50_at: Mapped[datetime | None]  # half of its first warning's people have it
    reached_90_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # those who wrote or were asked were thanked afterwards
    tagged_at: Mapped[datetime | None]  # its risk factors were looked for
    paged_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))

    @property
    def grade(self) -> str:
        """The Admiralty code, such as B2."""
        return f"{self.reliability}{self.credibility}"
