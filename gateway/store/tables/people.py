"""Community members and coordinators."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Fingerprint, Id, Word


class Subscriber(Base):
    """Anyone who ever wrote from a phone number, known everywhere by a pseudonym."""

    __tablename__ = "subscribers"
    __table_args__ = (Index("ix_subscribers_cell_state", "cell", "state"),)

    id: Mapped[Id]
    pseudonym: Mapped[Word] = mapped_column(unique=True)
    phone: Mapped[str | None] = mapped_column(Sealed("subscribers.phone"))
    phone_index: Mapped[Fingerprint | None] = mapped_column(unique=True)
    state: Mapped[Word] = mapped_column(default="pending")
    language: Mapped[Word | None]
    place_id: Mapped[int | None] = mapped_column(
        ForeignKey("places.id", ondelete="SET NULL"), index=True
    )
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    cell: Mapped[int | None]
    focal_point: Mapped[bool] = mapped_column(default=False)
    reliability: Mapped[Word] = mapped_column(default="F")
    quiet_hours: Mapped[int | None]  # a focal point asked so often whether all is calm
    quiet_due_at: Mapped[datetime | None]
    drills: Mapped[bool] = mapped_column(default=False)  # a volunteer who takes part in exercises
    path: Mapped[Word] = mapped_column(default="")  # which routes their number goes by
    heard_on: Mapped[Word | None]  # the account on which they wrote last
    reached_by: Mapped[Word | None]  # the account whose message last arrived
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercises.id"))
    created_at: Mapped[datetime]


class Subscription(Base):
    """A place a subscriber asked to be warned about, their home or another."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("subscriber_id", "place_id"),)

    id: Mapped[Id]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]


class Consent(Base):
    """One act of consent: joined, stopped, started, by whom and through what."""

    __tablename__ = "consents"

    id: Mapped[Id]
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), index=True
    )
    act: Mapped[Word]
    via: Mapped[Word]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    at: Mapped[datetime]


class User(Base):
    """A coordinator, analyst, viewer or administrator who signs in to the pages."""

    __tablename__ = "users"

    id: Mapped[Id]
    name: Mapped[Word] = mapped_column(unique=True)
    role: Mapped[Word]
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    language: Mapped[Word | None]  # of the pages; none: what the browser asks for
    epoch: Mapped[int] = mapped_column(default=0)  # raised to end every open session
    phone: Mapped[str | None] = mapped_column(Sealed("users.phone"))
    phone_index: Mapped[Fingerprint | None]
    totp_secret: Mapped[str | None] = mapped_column(Sealed("users.totp_secret"))
    totp_step: Mapped[int | None]  # the last one used: no code works twice (RFC 6238, 5.2)
    drilled_at: Mapped[datetime | None]  # when last in an exercise
    drill_reminded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignInAttempt(Base):
    """One failed sign-in, by fingerprints of the name and the address."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[Id]
    who_index: Mapped[Fingerprint] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
