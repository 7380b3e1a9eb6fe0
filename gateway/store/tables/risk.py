"""Risk factors of the UN Framework of Analysis on incidents, and notices when they rise."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.columns import Sealed
from gateway.store.tables.base import Base, Id, Word


class IncidentFactor(Base):
    """One of the 14 factors that an incident shows; a coordinator may add it or take it off."""

    __tablename__ = "incident_factors"
    __table_args__ = (UniqueConstraint("incident_id", "factor"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    factor: Mapped[int]  # 1 to 14
    removed: Mapped[bool] = mapped_column(default=False)  # a coordinator said no: it stays off
    who: Mapped[Word]  # "gateway" or the coordinator
    why: Mapped[str | None] = mapped_column(Sealed("incident_factors.why"))  # JSON list
    at: Mapped[datetime]


class RiskNotice(Base):
    """An area's week with more incidents of a factor than its own past explains."""

    __tablename__ = "risk_notices"
    __table_args__ = (UniqueConstraint("area", "factor", "week"),)

    id: Mapped[Id]
    area: Mapped[str]
    factor: Mapped[int]  # 0 counts incidents of any factor
    week: Mapped[datetime] = mapped_column(index=True)  # Monday 00:00 of the deployment's zone
    count: Mapped[int]
    expected: Mapped[float]
    threshold: Mapped[float]
    seen_by: Mapped[Word | None]
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
