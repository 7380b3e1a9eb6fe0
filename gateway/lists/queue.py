"""The queue: what needs a coordinator first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, text
from sqlalchemy.orm import Session

from gateway.lists import cries, risk, sameness
from gateway.lists.reach import Reach, reach_of
from gateway.store.tables import (
    Alert,
    Approval,
    AuditRow,
    Beat,
    Delivery,
    Incident,
    Move,
    Receipt,
    Report,
)

LONGEST = 60
_WAITING = ("draft", "submitted", "approved")
# Spelled out, so that a partial index fits.
_FAILED = text("messages.state = 'failed' AND messages.exercise_id IS NULL")


@dataclass(frozen=True, slots=True)
class Queue:
    """`mine` are submitted warnings that this person may approve; exercises stand apart."""

    incidents: Sequence[Incident]
    more: int
    unseen: int
    unwarned: frozenset[int]  # verified incidents that no warning was begun for
    same: Mapping[int, Sequence[int]]  # which each may be the same as
    asking: Mapping[int, int]  # people who ask for help in each
    mine: Sequence[Alert]
    counting: Sequence[Alert]  # that one coordinator alone is about to send
    reviews: Sequence[Alert]  # that one sent alone, and nobody else has looked at since
    others: Sequence[Alert]  # drafts and submissions that wait for somebody else
    live: Sequence[tuple[Alert, Reach]]
    failed_messages: int
    risks: int  # notices of rising risk that nobody has looked at
    drills: Sequence[Incident] = ()  # incidents of exercises, counted nowhere
    drill_alerts: Sequence[Alert] = ()  # their warnings, until they are over

    @property
    def news(self) -> str:
        """What is worth saying aloud when it changes."""
        parts = [(len(self.counting), "about to leave")]
        parts += [(self.unseen, "not seen"), (len(self.mine), "to approve")]
        parts += [(len(self.live), "live"), (self.failed_messages, "failed messages")]
        return ", ".join(f"{count} {words}" for count, words in parts if count)


def stamp(session: Session) -> tuple[Any, ...]:
    """Differs when anything in the queue may have changed; one indexed look each."""
    newest = [
        select(func.max(table.id)).scalar_subquery()
        for table in (Move, AuditRow, Report, Incident, Alert, Delivery, Receipt)
    ]
    waiting = [
        text("(SELECT count(*) FROM deliveries WHERE state = 'queued')"),
        text("(SELECT count(*) FROM deliveries WHERE state IN ('claimed', 'unknown'))"),
        text("(SELECT count(*) FROM messages WHERE state = 'failed')"),
        text("(SELECT count(*) FROM risk_notices WHERE seen_at IS NULL)"),
        text("(SELECT count(*) FROM account_states WHERE state = 'failing')"),
        text("(SELECT max(changed_at) FROM account_states WHERE state = 'failing')"),
        text("(SELECT count(*) FROM account_states WHERE told_at IS NOT NULL)"),
        text(
            "(SELECT count(*) FROM alert_replies WHERE said = 'help'"
            " AND alert_id IN (SELECT id FROM alerts WHERE state = 'live'))"
        ),
    ]
    return tuple(session.execute(select(*newest, *waiting)).one())


def read(session: Session, user_id: int, hazards: Sequence[str]) -> Queue:
    """`hazards` from the most pressing on."""
    incidents, total, unseen = _incidents(session, hazards)
    waiting = _waiting(session)
    approved = _approved_by(session, user_id, [alert.id for alert in waiting])
    mine = [a for a in waiting if _may_approve(a, user_id) and (a.id, a.version) not in approved]
    live = _live(session)
    return Queue(
        incidents=[incident for incident, _ in incidents],
        more=total - len(incidents),
        unseen=unseen,
        unwarned=frozenset(
            incident.id
            for incident, warned in incidents
            if incident.state == "verified" and not warned
        ),
        asking=cries.asking(session, [incident.id for incident, _ in incidents]),
        same=sameness.beside(session, [incident for incident, _ in incidents]),
        mine=mine,
        counting=[alert for alert in waiting if alert.glass_at is not None],
        reviews=_reviews(session, user_id),
        others=[alert for alert in waiting if alert not in mine],
        live=live,
        failed_messages=session.scalar(_count_failed()) or 0,
        risks=risk.unseen(session),
        drills=_drills(session),
        drill_alerts=session.scalars(
            _alerts_in(*_WAITING, "live").where(Alert.exercise_id.is_not(None))
        ).all(),
    )


def last_beat(session: Session) -> datetime | None:
    """When the background work last went round; None before its first round."""
    return session.scalar(select(func.max(Beat.at)).where(Beat.job == "scheduler"))


def _incidents(
    session: Session, hazards: Sequence[str]
) -> tuple[list[tuple[Incident, bool]], int, int]:
    """Not yet seen before seen, then by hazard, then the newest news first."""
    rank = {hazard: number for number, hazard in enumerate(hazards)}
    warned = exists().where(
        Alert.incident_id == Incident.id,
        Alert.state.in_(("draft", "submitted", "approved", "live", "expired")),
    )
    live = and_(_needs_eyes(warned), Incident.exercise_id.is_(None))
    rows = session.execute(
        select(Incident, warned)
        .where(live)
        .order_by(
            case((_unseen(), 0), else_=1),
            case(rank, value=Incident.hazard, else_=len(rank)),
            Incident.last_report_at.desc(),
        )
        .limit(LONGEST)
    ).all()
    total, unseen = session.execute(
        select(func.count(), func.count(case((_unseen(), 1)))).select_from(Incident).where(live)
    ).one()
    return [(incident, bool(flag)) for incident, flag in rows], total, unseen


def _needs_eyes(warned: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(Incident.state == "open", and_(Incident.state == "verified", ~warned))


def _unseen() -> ColumnElement[bool]:
    return and_(Incident.state == "open", Incident.seen_at.is_(None))


def _waiting(session: Session) -> Sequence[Alert]:
    return session.scalars(_alerts_in(*_WAITING).where(Alert.exercise_id.is_(None))).all()


def _alerts_in(*states: str) -> Select[Alert]:
    return (
        select(Alert)
        .where(
            Alert.state.in_(states),
            or_(Alert.state != "approved", Alert.purpose != "campaign"),  # that waits for its date
        )
        .order_by(Alert.state.desc(), Alert.submitted_at, Alert.id)
        .limit(LONGEST)
    )


def _drills(session: Session) -> Sequence[Incident]:
    return session.scalars(
        select(Incident)
        .where(Incident.exercise_id.is_not(None), Incident.state.in_(("open", "verified")))
        .order_by(Incident.last_report_at.desc())
        .limit(LONGEST)
    ).all()


def _approved_by(session: Session, user_id: int, alerts: list[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        select(Approval.alert_id, Approval.version).where(
            Approval.user_id == user_id, Approval.alert_id.in_(alerts)
        )
    )
    return {(alert_id, version) for alert_id, version in rows}


def _may_approve(alert: Alert, user_id: int) -> bool:
    return alert.state == "submitted" and alert.submitted_by != user_id


def _reviews(session: Session, user_id: int) -> Sequence[Alert]:
    query = select(Alert).where(
        Alert.glass_broken.is_(True), Alert.reviewed_at.is_(None), Alert.glass_by != user_id
    )
    return session.scalars(query.order_by(Alert.id).limit(LONGEST)).all()


def _live(session: Session) -> list[tuple[Alert, Reach]]:
    alerts = session.scalars(
        select(Alert)
        .where(Alert.state == "live", Alert.purpose != "campaign", Alert.exercise_id.is_(None))
        .order_by(Alert.id.desc())
        .limit(LONGEST)
    ).all()
    reach = reach_of(session, [alert.id for alert in alerts])
    return [(alert, reach[alert.id]) for alert in alerts]


def _count_failed() -> Any:
    return select(func.count()).select_from(text("messages")).where(_FAILED)
