"""What needs a coordinator now: open incidents and warnings on their way, in few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from gateway.lists import sameness
from gateway.lists.reach import Reach, reach_in
from gateway.store.tables import Alert, AlertReply, Approval, Incident, Move, Report, User

LONGEST = 60
_WAITING = ("draft", "submitted", "approved")
_ORDER = ("live", "submitted", "approved", "draft")


@dataclass(frozen=True, slots=True)
class Open:
    """An incident that somebody has to look at, and what its row says about it."""

    incident: Incident
    warned: bool  # a warning was begun for it
    owner: str | None
    begun_at: datetime  # when it was opened for the last time
    asking: int  # people who ask for help in it


@dataclass(frozen=True, slots=True)
class Needs:
    """`mine` are submitted warnings that this person may approve; exercises stand apart."""

    opened: Sequence[Open]
    more: int
    unseen: int
    same: Mapping[int, Sequence[int]]  # which each may be the same as
    mine: Sequence[Alert]
    counting: Sequence[Alert]  # that one coordinator alone is about to send
    reviews: Sequence[Alert]  # that one sent alone, and nobody else has looked at since
    others: Sequence[Alert]  # drafts and submissions that wait for somebody else
    live: Sequence[Alert]
    reach: Mapping[int, Reach]  # of the live ones
    drills: Sequence[Incident] = ()  # incidents of exercises, counted nowhere
    drill_alerts: Sequence[Alert] = ()  # their warnings, until they are over

    @property
    def incidents(self) -> list[Incident]:
        """Not yet seen before seen, then by hazard, then the newest news first."""
        return [one.incident for one in self.opened]

    @property
    def unwarned(self) -> frozenset[int]:
        """Verified incidents that no warning was begun for."""
        return frozenset(one.incident.id for one in self.opened if _is_unwarned(one))


def read(session: Session, user_id: int, hazards: Sequence[str]) -> Needs:
    """`hazards` from the most pressing on."""
    rows = session.execute(_incidents(hazards)).all()
    real = [row for row in rows if row.Incident.exercise_id is None][:LONGEST]
    opened = [Open(row[0], *row[1:5]) for row in real]
    alerts = session.execute(_alerts(user_id)).all()
    drills = [row.Alert for row in alerts if row.Alert.exercise_id is not None]
    ours = [row for row in alerts if row.Alert.exercise_id is None]
    waiting = [row for row in ours if row.Alert.state in _WAITING]
    mine = [row.Alert for row in waiting if _may_approve(row.Alert, user_id) and not row.approved]
    live = [row.Alert for row in ours if row.Alert.state == "live"][:LONGEST]
    return Needs(
        opened=opened,
        more=(rows[0].total if rows else 0) - len(opened),
        unseen=rows[0].unseen if rows else 0,
        same=sameness.beside(session, [one.incident for one in opened]),
        mine=mine,
        counting=[row.Alert for row in waiting if row.Alert.glass_at is not None],
        reviews=[row.Alert for row in alerts if row.review],
        others=[row.Alert for row in waiting if row.Alert not in mine][:LONGEST],
        live=live,
        reach=reach_in(session, {alert.id: alert.round for alert in live}),
        drills=[row.Incident for row in rows if row.Incident.exercise_id is not None],
        drill_alerts=[alert for alert in drills if alert.state in _ORDER],
    )


def _incidents(hazards: Sequence[str]) -> Select[Any]:
    """Real ones first; `total` and `unseen` count all of these, whatever the limit leaves."""
    rank = {hazard: number for number, hazard in enumerate(hazards)}
    warned = exists().where(
        Alert.incident_id == Incident.id,
        Alert.state.in_(("draft", "submitted", "approved", "live", "expired")),
    )
    real, unseen = Incident.exercise_id.is_(None), _unseen()
    asks = _asking().subquery()
    return (
        select(
            Incident,
            warned.label("warned"),
            User.name,
            func.coalesce(_reopened(), Incident.opened_at, type_=Incident.opened_at.type),
            func.coalesce(asks.c.count, 0),
            func.count(case((real, 1))).over().label("total"),
            func.count(case((and_(real, unseen), 1))).over().label("unseen"),
        )
        .outerjoin(User, User.id == Incident.owner_id)
        .outerjoin(asks, asks.c.incident_id == Incident.id)
        .where(
            Incident.state.in_(("open", "verified")),
            or_(Incident.state == "open", ~real, ~warned),
        )
        .order_by(
            case((real, 0), else_=1),
            case((unseen, 0), else_=1),
            case(rank, value=Incident.hazard, else_=len(rank)),
            Incident.last_report_at.desc(),
        )
        .limit(2 * LONGEST)
        .options(defer(Incident.grade_why))
    )


def _reopened() -> Any:
    return (
        select(func.max(Move.at))
        .where(Move.machine == "incident", Move.row_id == Incident.id, Move.target == "open")
        .scalar_subquery()
    )


def _asking() -> Select[int | None, int]:
    """How many people still ask for help in each incident where anybody does."""
    return (
        select(Report.incident_id, func.count().label("count"))
        .join(AlertReply, AlertReply.report_id == Report.id)
        .where(AlertReply.said == "help")
        .group_by(Report.incident_id)
    )


def _unseen() -> ColumnElement[bool]:
    return and_(Incident.state == "open", Incident.seen_at.is_(None))


def _is_unwarned(one: Open) -> bool:
    return one.incident.state == "verified" and not one.warned


def _alerts(user_id: int) -> Select[Alert, bool, bool]:
    """On their way or to be reviewed; an approved campaign only waits for its date."""
    review = and_(
        Alert.glass_broken.is_(True), Alert.reviewed_at.is_(None), Alert.glass_by != user_id
    )
    approved = exists().where(
        Approval.alert_id == Alert.id,
        Approval.user_id == user_id,
        Approval.version == Alert.version,
    )
    place = {state: number for number, state in enumerate(_ORDER)}
    return (
        select(Alert, approved.label("approved"), review.label("review"))
        .where(
            or_(
                and_(
                    Alert.state.in_(_ORDER),
                    or_(Alert.state.in_(("draft", "submitted")), Alert.purpose != "campaign"),
                ),
                review,
            )
        )
        .order_by(
            case((Alert.exercise_id.is_(None), 0), else_=1),
            case(place, value=Alert.state, else_=len(place)),
            Alert.submitted_at,
            Alert.id,
        )
        .limit(3 * LONGEST)
        .options(joinedload(Alert.campaign), defer(Alert.glass_reason), defer(Alert.review))
    )


def _may_approve(alert: Alert, user_id: int) -> bool:
    return alert.state == "submitted" and alert.submitted_by != user_id
