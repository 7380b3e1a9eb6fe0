"""Warnings: the list, and one warning with its texts, approvals and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from gateway.lists.paging import Page, read_page
from gateway.store.tables import Alert, Incident, Move, User
from gateway.terms.refusals import NotFound

STATES = ("draft", "submitted", "approved", "live", "expired", "cancelled", "discarded")
PURPOSES = ("warning", "all_clear", "cancel", "campaign")
HOLDING = ("approved", "live")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the list; empty: all. `exercises` shows drills too."""

    state: str = ""
    purpose: str = ""
    hazard: str = ""
    exercises: bool = True


@dataclass(frozen=True, slots=True)
class Yes:
    """One approval; `current` when it was given to this version."""

    who: str
    at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Follower:
    """An alert that takes another's place, cancels or clears it."""

    id: int
    state: str


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert with the names of those who made it."""

    alert: Alert
    incident: Incident | None  # None of a campaign
    drafted_by: str
    submitted_by: str | None
    yes: Sequence[Yes]
    approvers: frozenset[int]  # of this version
    glass_by: str | None
    reviewed_by: str | None
    followed_by: Sequence[Follower]
    returned: Move | None  # why a draft that was submitted is one again

    @property
    def mark(self) -> str:
        """Differs when somebody decided or changed something."""
        return f"{self.alert.state}.{self.alert.version}.{len(self.approvers)}"

    @property
    def texts(self) -> Mapping[str, str]:
        """Text by language."""
        return {text.language: text.body for text in self.alert.texts}


def listed(session: Session, wanted: Wanted, page: int) -> Page[Alert]:
    """Warnings, the newest first."""
    query = select(Alert).options(selectinload(Alert.campaign)).order_by(Alert.id.desc())
    for column, value in (
        (Alert.state, wanted.state),
        (Alert.purpose, wanted.purpose),
        (Alert.hazard, wanted.hazard),
    ):
        if value:
            query = query.where(column == value)
    if not wanted.exercises:
        query = query.where(Alert.exercise_id.is_(None))
    read = read_page(session, query, page)
    return Page([row[0] for row in read.rows], read.number, read.more)


def view(session: Session, alert_id: int) -> AlertView:
    """Raises NotFound."""
    alert, incident, returned = _one(session, _with_return(_query(alert_id)))
    people = {approval.user_id for approval in alert.approvals}
    others = (alert.drafted_by, alert.submitted_by, alert.glass_by, alert.reviewed_by)
    people |= {user_id for user_id in others if user_id is not None}
    rows = session.execute(
        union_all(
            select(literal(True), User.id, User.name).where(User.id.in_(people)),
            select(literal(False), Alert.id, Alert.state).where(Alert.refers_to_id == alert.id),
        )
    ).all()
    names = {row_id: name for is_user, row_id, name in rows if is_user}
    followed = sorted(
        (Follower(row_id, state) for is_user, row_id, state in rows if not is_user),
        key=lambda one: one.id,
    )
    current = [approval for approval in alert.approvals if approval.version == alert.version]
    return AlertView(
        alert=alert,
        incident=incident,
        drafted_by=names.get(alert.drafted_by, "?"),
        submitted_by=names.get(alert.submitted_by or 0),
        glass_by=names.get(alert.glass_by or 0),
        reviewed_by=names.get(alert.reviewed_by or 0),
        yes=[Yes(names.get(a.user_id, "?"), a.at, a in current) for a in alert.approvals],
        approvers=frozenset(approval.user_id for approval in current),
        followed_by=followed,
        returned=returned,
    )


def find(session: Session, alert_id: int) -> Alert:
    """The alert with its texts, approvals and campaign; raises NotFound."""
    return found(session, alert_id)[0]


def found(session: Session, alert_id: int) -> tuple[Alert, Incident | None]:
    """The same, and its incident: whoever holds both spares every later look at them."""
    alert, incident = _one(session, _query(alert_id))
    return alert, incident


def _query(alert_id: int) -> Any:
    query: Any = (
        select(Alert, Incident)
        .outerjoin(Incident, Incident.id == Alert.incident_id)
        .where(Alert.id == alert_id)
        .options(
            joinedload(Alert.texts),
            joinedload(Alert.approvals),
            joinedload(Alert.campaign),
            joinedload(Alert.exercise),
        )
    )
    return query


def _with_return(query: Any) -> Any:
    """The last move that made a draft again of what had been submitted, beside it."""
    back = aliased(Move)
    last = (
        select(func.max(back.id))
        .where(back.machine == "alert", back.row_id == Alert.id, back.target == "draft")
        .scalar_subquery()
    )
    again = and_(Move.id == last, Alert.state == "draft", Alert.submitted_at.is_not(None))
    return query.add_columns(Move).outerjoin(Move, again)


def _one(session: Session, query: Any) -> Any:
    row = session.execute(query).unique().first()
    if row is None:
        raise NotFound("There is no such warning.")
    return row
