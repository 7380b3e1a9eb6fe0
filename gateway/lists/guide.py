"""How far a new deployment has come: what is there, and what was tried once."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.store.tables import (
    Alert,
    Delivery,
    Exercise,
    Incident,
    Place,
    Report,
    Subscriber,
    User,
)

_JUDGES = ("coordinator", "admin")
_ENOUGH = 1_000  # nobody needs to know whether there are more


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts, none of them above 1,000; exercises count only as `exercises`."""

    places: int
    coordinators: int  # who may sign in
    ready: int  # of them, those who chose their own password
    phones: int  # of them, those whose number we may call
    members: int
    focal_points: int
    reports: int
    verified: int
    drafted: int
    submitted: int
    approved: int
    delivered: int
    exercises: int

    @property
    def warned(self) -> bool:
        """Whether a warning has reached a phone."""
        return self.delivered > 0


def progress(session: Session) -> Progress:
    """One query of small counts."""
    judges = User.role.in_(_JUDGES), User.disabled.is_(False)
    joined = Subscriber.state == "subscribed", Subscriber.exercise_id.is_(None)
    judged = Incident.judged_at.is_not(None), Incident.exercise_id.is_(None)
    warning = Alert.purpose == "warning", Alert.exercise_id.is_(None)
    arrived = (
        Delivery.kind == "alert", Delivery.state == "delivered", Delivery.exercise_id.is_(None)
    )  # fmt: skip
    row = session.execute(
        select(
            _count(Place.id),
            _count(User.id, *judges),
            _count(User.id, *judges, User.must_change_password.is_(False)),
            _count(User.id, *judges, User.phone_index.is_not(None)),
            _count(Subscriber.id, *joined),
            _count(Subscriber.id, *joined, Subscriber.focal_point.is_(True)),
            _count(Report.id, Report.exercise_id.is_(None)),
            _count(Incident.id, *judged),
            _count(Alert.id, *warning),
            _count(Alert.id, *warning, Alert.submitted_at.is_not(None)),
            _count(Alert.id, *warning, Alert.approved_at.is_not(None)),
            _any(select(Delivery.id).where(*arrived)),
            _count(Exercise.id),
        )
    ).one()
    return Progress(*(int(count or 0) for count in row))


def is_new(session: Session) -> bool:
    """Whether nothing was ever warned of here: the guide is offered until then."""
    first = select(Alert.id).where(Alert.approved_at.is_not(None), Alert.exercise_id.is_(None))
    return session.execute(first.limit(1)).first() is None


def _count(
    column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    return _any(select(column).where(*conditions))


def _any(query: Select[int]) -> ScalarSelect[int]:
    return select(func.count()).select_from(query.limit(_ENOUGH).subquery()).scalar_subquery()
