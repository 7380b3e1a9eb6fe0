"""An alert that somebody wants to act on: found, locked, and whether they may."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.approval import Case
from gateway.store.tables import Alert, Incident, User
from gateway.terms.refusals import NotAllowed, NotFound, Refused


def alert_of(session: Session, alert_id: int, version: int | None = None) -> Alert:
    """The alert, locked; with a version, only if nobody changed it since that was read."""
    alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None:
        raise NotFound("There is no warning %(alert_id)s.", alert_id=alert_id)
    if version is not None and version != alert.version:
        raise Refused("Somebody changed this warning meanwhile. Read it again, then decide.")
    return alert


def case_of(session: Session, alert: Alert) -> Case:
    """What decides whether it may be sent, and by whom; the incident is locked."""
    incident = None
    if alert.incident_id is not None:
        incident = session.get_one(Incident, alert.incident_id, with_for_update=True)
    return Case(
        incident_state=incident.state if incident else None,
        purpose=alert.purpose,
        submitted_by=alert.submitted_by,
        submitter_disabled=not _may_send(session, alert.submitted_by),
        approved_by=approvers(session, alert),
        expires_at=alert.expires_at,
    )


def approvers(session: Session, alert: Alert) -> frozenset[int]:
    """Whose yes to this version counts: those who may still send warnings."""
    said_yes = {one.user_id for one in alert.approvals if one.version == alert.version}
    return frozenset(user_id for user_id in said_yes if _may_send(session, user_id))


def may(session: Session, by: User) -> User:
    """The account as it is now, locked against a change; refuses one that may not send."""
    user = session.get_one(
        User, by.id, populate_existing=True, with_for_update={"read": True, "key_share": True}
    )
    if user.disabled or user.role not in ("coordinator", "admin"):
        raise NotAllowed("Only coordinators send warnings.")
    return user


def refuse(why: str | None) -> None:
    """Refuses where there is a reason to."""
    if why is not None:
        raise Refused(why)


def _may_send(session: Session, user_id: int | None) -> bool:
    if user_id is None:
        return True
    row = session.execute(select(User.disabled, User.role).where(User.id == user_id)).one()
    return not row.disabled and row.role in ("coordinator", "admin")
