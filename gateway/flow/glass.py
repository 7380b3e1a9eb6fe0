"""Break-glass: one coordinator alone, a countdown that any other can stop, a review afterwards."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.alerts.approval import why_not_send
from gateway.flow import asking_approval
from gateway.flow.cases import alert_of, case_of, may, refuse
from gateway.flow.freezing import freeze, record_act
from gateway.runtime import Runtime
from gateway.store.history import move
from gateway.store.tables import Alert, User
from gateway.terms.refusals import NotAllowed, Refused, need_reason
from gateway.terms.saying import Said

log = structlog.get_logger()
_GATEWAY = "gateway"


def why_not(runtime: Runtime, alert: Alert) -> str | None:
    """What keeps this warning from being sent by one coordinator alone; None: nothing does."""
    rule = runtime.settings.break_glass
    if not rule.enabled:
        return "This deployment does not allow one coordinator to send a warning alone."
    imminent = alert.urgency == "Immediate" and alert.severity in rule.severities
    if alert.purpose != "warning" or not imminent:
        return "Only a warning of imminent danger may be sent by one coordinator alone."
    return None


def begin(
    runtime: Runtime,
    session: Session,
    alert_id: int,
    by: User,
    version: int,
    reason: str,
    now: datetime,
) -> Alert:
    """Starts the countdown of a submitted warning and calls all the others at once."""
    need_reason(reason)
    alert = alert_of(session, alert_id, version)
    by = may(session, by)
    refuse(why_not(runtime, alert))
    if alert.state != "submitted":
        raise Refused("This warning is %(state)s: submit it first.", state=Said(alert.state))
    if alert.glass_at is not None:
        raise Refused("Its countdown is running already.")
    if _unreviewed(session, by):
        raise NotAllowed("The last warning that you sent alone was not reviewed yet.")
    refuse(why_not_send(case_of(session, alert), now))
    seconds = runtime.settings.break_glass.seconds
    alert.glass_by, alert.glass_at = by.id, now + timedelta(seconds=seconds)
    alert.glass_reason = reason
    called = asking_approval.call(
        runtime, session, alert, "glass", by, now, name=by.name, seconds=str(seconds)
    )
    log.warning("break-glass begun", alert=alert.id, seconds=seconds, called=called)
    record_act(session, alert, by, "alert.glass", now, reason=reason, called=called)
    return alert


def hold(session: Session, alert_id: int, by: User, reason: str, now: datetime) -> Alert:
    """Stops the countdown; the warning is a draft again, to be looked at by two."""
    need_reason(reason)
    alert = alert_of(session, alert_id)
    by = may(session, by)
    if alert.state != "submitted" or alert.glass_at is None:
        raise Refused("No countdown of this warning is running: if it is sent, cancel it.")
    _back(session, alert, by.name, reason, now)
    record_act(session, alert, by, "alert.hold", now, reason=reason)
    return alert


def fire_due(runtime: Runtime) -> int:
    """Sends what nobody has stopped; returns how many."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        due = session.scalars(_due(now)).all()
    return sum(_fire(runtime, alert.id, now) for alert in due)


def review(session: Session, alert_id: int, by: User, words: str, now: datetime) -> Alert:
    """What a second person says of it afterwards: was it right, what do we learn."""
    need_reason(words)
    alert = alert_of(session, alert_id)
    by = may(session, by)
    if not alert.glass_broken:
        raise Refused("This warning was approved in the usual way: it needs no review.")
    if alert.reviewed_at is not None:
        raise Refused("It has been reviewed already.")
    if by.id == alert.glass_by:
        raise NotAllowed("You sent it alone: somebody else has to review it.")
    alert.review, alert.reviewed_by, alert.reviewed_at = words, by.id, now
    record_act(session, alert, by, "alert.review", now, reason=words)
    return alert


def _due(now: datetime) -> Select[Alert]:
    return select(Alert).where(Alert.state == "submitted", Alert.glass_at <= now)


def _fire(runtime: Runtime, alert_id: int, now: datetime) -> bool:
    with runtime.database.writing() as session:
        query = _due(now).where(Alert.id == alert_id).with_for_update(skip_locked=True)
        alert = session.scalar(query)
        if alert is None or alert.glass_by is None:
            return False
        by = session.get_one(User, alert.glass_by)
        try:
            with session.begin_nested():
                may(session, by)
                refuse(why_not_send(case_of(session, alert), now))
                alert.glass_broken = True
                freeze(runtime, session, alert, by, now)
        except Refused as refused:
            session.refresh(alert)
            _back(session, alert, _GATEWAY, str(refused), now)
            log.warning("break-glass ended unsent", alert=alert.id)
            return False
        log.warning("break-glass sent a warning", alert=alert.id)
        return True


def _back(session: Session, alert: Alert, who: str, why: str, now: datetime) -> None:
    move(session, alert, "draft", who=who, why=why, now=now)
    alert.glass_by = alert.glass_at = alert.glass_reason = None
    alert.version += 1


def _unreviewed(session: Session, by: User) -> bool:
    open_review = select(Alert.id).where(
        Alert.glass_broken.is_(True), Alert.glass_by == by.id, Alert.reviewed_at.is_(None)
    )
    return session.scalar(open_review.limit(1)) is not None
