"""Until when an incident must be looked at and judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Move


@dataclass(frozen=True, slots=True)
class Facts:
    """What the deadlines hang on; `begun_at` is when it was opened, or opened again."""

    state: str
    begun_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a hazard allows, in minutes; 0 means for ever."""

    look: float
    judge: float


@dataclass(frozen=True, slots=True)
class Deadlines:
    """None where there is none, or where it has been met."""

    look_by: datetime | None
    judge_by: datetime | None

    @property
    def next(self) -> datetime | None:
        """The one that is waited for now: first somebody looks, then somebody judges."""
        return self.look_by or self.judge_by


def due(facts: Facts, minutes: Minutes, factor: float) -> Deadlines:
    """Both deadlines of an incident; `factor` shortens or lengthens them by its severity."""
    if facts.state != "open":
        return Deadlines(None, None)
    look_by = _after(facts.begun_at, minutes.look * factor) if facts.seen_at is None else None
    return Deadlines(look_by, _after(facts.begun_at, minutes.judge * factor))


def begun(session: Session, incidents: Iterable[Incident]) -> Mapping[int, datetime]:
    """When each was opened for the last time: one that is opened again has its time anew."""
    rows = {incident.id: incident.opened_at for incident in incidents}
    again = session.execute(
        select(Move.row_id, func.max(Move.at))
        .where(Move.machine == "incident", Move.row_id.in_(rows), Move.target == "open")
        .group_by(Move.row_id)
    )
    return rows | {row_id: at for row_id, at in again}


def _after(moment: datetime, minutes: float) -> datetime | None:
    return moment + timedelta(minutes=minutes) if minutes > 0 else None
