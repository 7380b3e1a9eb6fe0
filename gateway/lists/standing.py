"""An incident with what its page says of it at once, and what tells whether that is still so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Label, Select, func, select
from sqlalchemy.orm import Session, aliased

from gateway.store.tables import Alert, AlertReply, AuditRow, Incident, Inquiry, Move, Report, User
from gateway.terms.refusals import NotFound

JUDGED = ("verified", "refuted", "unverifiable")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it was judged last: by whom, when, why."""

    outcome: str
    who: str
    at: datetime
    why: str | None


class Stamp(NamedTuple):
    """The newest rows of each kind that an incident's page tells of."""

    moves: int | None
    acts: int | None
    warnings: int | None
    drafts: int | None
    cries: datetime | None
    reports: int
    newest: int | None
    against: int | None
    answers: int | None
    questions: int | None

    @property
    def voices(self) -> tuple[int | None, ...]:
        """Only reports, questions and answers."""
        return self[5:]


@dataclass(frozen=True, slots=True)
class Whole:
    """An incident with what its page says of it at once."""

    incident: Incident
    owner: str | None  # a name
    begun_at: datetime  # opened, or opened again for the last time
    taken_in: int  # incidents that were merged into it
    verdict: Verdict | None
    stamp: Stamp


def read(session: Session, incident_id: int) -> Whole:
    """In one query; raises NotFound."""
    opened = (
        select(func.max(Move.at))
        .where(Move.machine == "incident", Move.row_id == incident_id, Move.target == "open")
        .scalar_subquery()
    )
    merged = aliased(Incident)
    inside = select(func.count()).where(merged.merged_into_id == incident_id).scalar_subquery()
    judged = (
        select(func.max(Move.id))
        .where(Move.machine == "incident", Move.row_id == incident_id, Move.target.in_(JUDGED))
        .scalar_subquery()
    )
    verdict = aliased(Move)
    row = session.execute(
        select(Incident, User.name, verdict, opened, inside, *_marks(incident_id))
        .outerjoin(User, User.id == Incident.owner_id)
        .outerjoin(verdict, verdict.id == judged)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such incident.")
    incident, owner, move, begun_at, taken_in, *marks = row
    last = Verdict(move.target, move.who, move.at, move.why) if move else None
    return Whole(incident, owner, begun_at or incident.opened_at, taken_in, last, Stamp(*marks))


def stamp(session: Session, incident_id: int) -> Stamp:
    """Differs when what the page tells may have changed; all marks of no incident are empty."""
    return Stamp(*session.execute(select(*_marks(incident_id))).one())


def _marks(incident_id: int) -> list[Label[Any]]:
    """One indexed look each."""
    asked = select(Inquiry.id).where(Inquiry.incident_id == incident_id)
    warned = select(Alert.id).where(Alert.incident_id == incident_id)

    def moved(machine: str, which: ColumnElement[bool]) -> Select[Any]:
        return select(func.max(Move.id)).where(Move.machine == machine, which)

    found = {
        "moves": moved("incident", Move.row_id == incident_id),
        "acts": select(func.max(AuditRow.id)).where(AuditRow.subject == f"incident {incident_id}"),
        "warnings": moved("alert", Move.row_id.in_(warned)),
        "drafts": select(func.max(Alert.id)).where(Alert.incident_id == incident_id),
        "cries": select(func.max(AlertReply.at))
        .join(Report, Report.id == AlertReply.report_id)
        .where(Report.incident_id == incident_id),
        "reports": select(func.count()).where(Report.incident_id == incident_id),
        "newest": select(func.max(Report.id)).where(Report.incident_id == incident_id),
        "against": select(func.max(Report.id)).where(Report.contradicts_id == incident_id),
        "answers": moved("inquiry", Move.row_id.in_(asked)),
        "questions": select(func.max(Inquiry.id)).where(Inquiry.incident_id == incident_id),
    }
    return [query.scalar_subquery().label(name) for name, query in found.items()]
