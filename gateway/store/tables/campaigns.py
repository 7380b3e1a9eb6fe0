"""Messages by the calendar: what is sent again and again, and what became of each due date."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.store.tables.alerts import Alert
from gateway.store.tables.base import Base, Id, Word


class Campaign(Base):
    """The calendar of an alert of purpose campaign, which holds its texts, area and approvals."""

    __tablename__ = "campaigns"

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), unique=True)
    name: Mapped[str]
    kind: Mapped[Word]  # law, how_to_report, calm, all_quiet, counter_message or checked_false
    calendar: Mapped[dict[str, Any]]  # fields of a calendar rule, in the deployment's zone
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # None: not approved, or over
    runs: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    about_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))  # what it answers
    created_at: Mapped[datetime]
    alert: Mapped[Alert] = relationship(back_populates="campaign")


class CampaignRun(Base):
    """One due date of a campaign, once, and what became of it."""

    __tablename__ = "campaign_runs"
    __table_args__ = (UniqueConstraint("campaign_id", "due_at"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    due_at: Mapped[datetime]
    round: Mapped[int | None]  # of the deliveries; None: nothing was sent
    outcome: Mapped[Word]  # sent, put off (quiet hours), missed (too late) or held (a live alert)
    people: Mapped[int] = mapped_column(default=0)
    capped: Mapped[int] = mapped_column(default=0)  # people who had enough messages already
    at: Mapped[datetime]
