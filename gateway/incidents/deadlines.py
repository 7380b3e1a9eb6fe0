"""Until when an incident must be looked at and judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Move

_CHUNK = 500  # ids in one query


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

    def missed(self, now: datetime) -> str | None:
        """What has not been done in time, unseen or unjudged: first somebody must look."""
        if self.look_by is not None:
            return "unseen" if self.look_by <= now else None
        return "unjudged" if self.judge_by is not None and self.judge_by <= now else None


def due(facts: Facts, minutes: Minutes, factor: float) -> Deadlines:
    """Both deadlines of an incident; `factor` shortens or lengthens them by its severity."""
    if facts.state != "open":
        return Deadlines(None, None)
    look_by = _after(facts.begun_at, minutes.look * factor) if facts.seen_at is None else None
    return Deadlines(look_by, _after(facts.begun_at, minutes.judge * factor))


def begun(session: Session, incidents: Sequence[Incident]) -> dict[int, datetime]:
    """When each was opened for the last time: one that is opened again has its time anew."""
    moments = {incident.id: incident.opened_at for incident in incidents}
    ids = list(moments)
    for start in range(0, len(ids), _CHUNK):
        again = session.execute(
            select(Move.row_id, func.max(Move.at))
            .where(
                Move.machine == "incident",
                Move.row_id.in_(ids[start : start + _CHUNK]),
                Move.target == "open",
            )
            .group_by(Move.row_id)
        )
        moments.update({row_id: at for row_id, at in again if row_id in moments})
    return moments


def all_due(
    session: Session,
    incidents: Sequence[Incident],
    allowed: Callable[[Incident], tuple[Minutes, float]],
) -> dict[int, Deadlines]:
    """The deadlines of each; `allowed` gives the minutes of its hazard and its factor."""
    moments = begun(session, incidents)
    return {
        incident.id: due(
            Facts(incident.state, moments[incident.id], incident.seen_at), *allowed(incident)
        )
        for incident in incidents
    }


def _after(moment: datetime, minutes: float) -> datetime | None:
    return moment + timedelta(minutes=minutes) if minutes > 0 else None
