"""Alerts, their frozen texts and approvals, and the deliveries that carry them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Fingerprint, Id, Word
from gateway.terms.area import Area, Circle

if TYPE_CHECKING:
    from gateway.store.tables.campaigns import Campaign
    from gateway.store.tables.messages import Exercise


class Alert(Base):
    """A warning on its way from draft to expiry; frozen from its approval on."""

    __tablename__ = "alerts"

    id: Mapped[Id]
    # None for a campaign: it tells of no incident.
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    refers_to_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))
    state: Mapped[Word] = mapped_column(default="draft", index=True)
    msg_type: Mapped[Word] = mapped_column(default="Alert")  # CAP 1.2 msgType
    purpose: Mapped[Word] = mapped_column(default="warning")  # or all_clear, cancel, campaign
    hazard: Mapped[Word]
    urgency: Mapped[Word]
    severity: Mapped[Word]
    certainty: Mapped[Word]
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey("places.id", ondelete="SET NULL"), index=True
    )
    place_name: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    radius_m: Mapped[int]  # how far the area reaches from its centre
    area: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # terms/area.py
    starts_at: Mapped[datetime | None]  # not before; None: at once
    repeat_minutes: Mapped[int | None]  # again so often to those without receipt
    expires_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)  # raised by each edit of the draft
    drafted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approvals_needed: Mapped[int] = mapped_column(default=1)  # by policy when it was submitted
    approved_at: Mapped[datetime | None]
    content_hash: Mapped[Fingerprint | None]  # of texts, area, rule of audience and times, frozen
    audience: Mapped[int] = mapped_column(default=0)  # people with a copy in the outbox
    round: Mapped[int] = mapped_column(default=0)  # the last one begun; 0 is the first
    spread_ring: Mapped[int] = mapped_column(default=-1)  # people up to here are in the outbox
    spread_at: Mapped[datetime | None]  # all people of this round are
    next_round_at: Mapped[datetime | None] = mapped_column(index=True)
    # Break-glass: one coordinator alone, unless another stops the countdown.
    glass_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    glass_at: Mapped[datetime | None] = mapped_column(index=True)  # when it will leave
    glass_reason: Mapped[str | None] = mapped_column(Sealed("alerts.glass_reason"))
    glass_broken: Mapped[bool] = mapped_column(default=False)  # it left that way
    review: Mapped[str | None] = mapped_column(Sealed("alerts.review"))  # by a second person, after
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
    texts: Mapped[list["AlertText"]] = relationship(
        cascade="all, delete-orphan", order_by="AlertText.language"
    )
    approvals: Mapped[list["Approval"]] = relationship(order_by="Approval.id")
    campaign: Mapped["Campaign | None"] = relationship(back_populates="alert")
    exercise: Mapped["Exercise | None"] = relationship(viewonly=True)

    @property
    def status(self) -> str:
        """CAP 1.2 status."""
        return "Actual" if self.exercise_id is None else "Exercise"

    @property
    def zone(self) -> Area:
        """The area as a rule that says who is in it."""
        if self.area is not None:
            return Area.of_json(self.area)
        return Area.around(Circle(self.lat, self.lon, self.radius_m, self.place_name))

    def set_zone(self, area: Area) -> None:
        """Keeps the rule, and its centre and reach beside it."""
        self.area, self.radius_m = area.as_json(), round(area.reach_m)
        self.lat, self.lon = area.lat, area.lon


class AlertText(Base):
    """The alert in one language."""

    __tablename__ = "alert_texts"
    __table_args__ = (UniqueConstraint("alert_id", "language"),)

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    language: Mapped[Word]
    body: Mapped[str] = mapped_column(Sealed("alert_texts.body"))


class Approval(Base):
    """One coordinator's yes to exactly what they saw."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("alert_id", "user_id", "version"),)

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int]
    at: Mapped[datetime]


class Override(Base):
    """A check's objection that a coordinator set aside, for one version of the draft, and why."""

    __tablename__ = "overrides"
    __table_args__ = (UniqueConstraint("alert_id", "version", "rule"),)

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    version: Mapped[int]
    rule: Mapped[Word]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Sealed("overrides.reason"))
    at: Mapped[datetime]


class AlertReply(Base):
    """What a warned person says of themselves; the last word counts."""

    __tablename__ = "alert_replies"
    __table_args__ = (UniqueConstraint("alert_id", "subscriber_id"),)

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    said: Mapped[Word]  # safe, help or moved
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id", ondelete="SET NULL"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    at: Mapped[datetime]


class Delivery(Base):
    """One SMS for one person: an alert, a reply, or a page to a coordinator. The outbox.

    Alert, subscriber, user and exercise are no foreign keys: none of them is ever deleted, whoever
    writes a copy of an alert holds the alert's row, and checking them for each of 300,000 rows
    costs as much as writing them.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("alert_id", "subscriber_id", "round"),
        Index(
            "ix_deliveries_open",
            "path",
            "priority",
            "distance_m",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_deliveries_claimed",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'unknown')"),
            postgresql_where=text("state IN ('claimed', 'unknown')"),
        ),
        Index(
            "ix_deliveries_unproven",
            "submitted_at",
            sqlite_where=text("state = 'submitted' AND priority <= 2 AND hedged_at IS NULL"),
            postgresql_where=text("state = 'submitted' AND priority <= 2 AND hedged_at IS NULL"),
        ),
        Index("ix_deliveries_provider_id", "provider_id"),
        Index("ix_deliveries_subscriber_id_kind", "subscriber_id", "kind"),
    )

    id: Mapped[Id]
    kind: Mapped[Word]  # alert, inquiry, reply, thanks, confirmation (of a STOP) or page
    alert_id: Mapped[int | None]
    subscriber_id: Mapped[int | None]
    round: Mapped[int] = mapped_column(default=0)  # one copy a person and round of an alert
    user_id: Mapped[int | None]
    language: Mapped[Word]
    body: Mapped[str | None] = mapped_column(Sealed("deliveries.body"))  # not of alerts
    reference: Mapped[Word] = mapped_column(unique=True)
    state: Mapped[Word] = mapped_column(default="queued")
    priority: Mapped[int]  # 0 leaves first
    distance_m: Mapped[int] = mapped_column(default=0)
    path: Mapped[Word] = mapped_column(default="")  # as the subscriber's, when it was written
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    account: Mapped[Word | None]
    provider_id: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    error_code: Mapped[Word | None]
    doubtful: Mapped[bool] = mapped_column(default=False)  # it was once unknown whether it left
    hedged_at: Mapped[datetime | None]  # sent once more, as no receipt came
    exercise_id: Mapped[int | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # delivered, failed or withdrawn


class Receipt(Base):
    """What a company said of a message, kept whatever it means."""

    __tablename__ = "receipts"
    __table_args__ = (
        Index(
            "ix_receipts_waiting",
            "account",
            "provider_id",
            sqlite_where=text("delivery_id IS NULL"),
            postgresql_where=text("delivery_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    account: Mapped[Word]
    provider_id: Mapped[str]
    reference: Mapped[Word | None]
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    status: Mapped[Word]
    state: Mapped[Word | None]
    error_code: Mapped[Word | None]
    opted_out: Mapped[bool] = mapped_column(default=False)
    transient: Mapped[bool] = mapped_column(default=False)
    bad_recipient: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
