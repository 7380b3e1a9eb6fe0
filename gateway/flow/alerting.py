"""The life of an alert: drafted, submitted, approved and frozen, cancelled, cleared."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.alerts.approval import Case, why_not_approve, why_not_send
from gateway.alerts.drafting import Facts, checked_texts, clock_words, draft_texts
from gateway.dispatch.audience import MAX_RADIUS_M, anybody
from gateway.flow.areas_of_alerts import check_places, first_area
from gateway.flow.freezing import freeze, record_act, withdraw_queued
from gateway.flow.reaching import Preview, due_time, people_of, preview
from gateway.runtime import Runtime
from gateway.store.history import move
from gateway.store.tables import Alert, AlertText, Approval, Incident, User
from gateway.terms.area import Area
from gateway.terms.refusals import NotAllowed, NotFound, Refused, need_reason

__all__ = [
    "Preview", "all_clear", "approve", "cancel", "discard", "draft", "edit", "preview",
    "return_to_draft", "submit",
]  # fmt: skip

_MIN_RADIUS_M = 100
_LONGEST = timedelta(days=10)
_OPEN = ("draft", "submitted")


def draft(runtime: Runtime, session: Session, incident_id: int, by: User, now: datetime) -> Alert:
    """A warning for a verified incident, in every language of the deployment."""
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}.")
    if incident.state != "verified":
        raise Refused(f"Incident {incident.id} is {incident.state}: verify it first.")
    if incident.lat is None or incident.lon is None:
        raise Refused("Nobody knows where it is: set its place first.")
    hazard = runtime.hazards[incident.hazard]
    radius_m = min(hazard.radius_m or runtime.settings.dispatch.radius_m, MAX_RADIUS_M)
    if (incident.precision_m or 0) > radius_m:
        about = f"{(incident.precision_m or 0) / 1000:.0f} km"
        raise Refused(f"Its place is known only within {about}: set the place by hand first.")
    alert = Alert(
        incident_id=incident.id,
        purpose="warning",
        msg_type="Alert",
        hazard=incident.hazard,
        urgency=hazard.urgency,
        severity=hazard.severity,
        certainty="Observed",
        place_id=incident.place_id,
        place_name=incident.place_name or "",
        lat=incident.lat,
        lon=incident.lon,
        radius_m=radius_m,
        drafted_by=by.id,
        created_at=now,
        exercise_id=incident.exercise_id,
    )
    alert.set_zone(first_area(session, alert))
    return _drafted(runtime, session, alert, by, now)


def edit(
    runtime: Runtime,
    session: Session,
    alert_id: int,
    by: User,
    version: int,
    now: datetime,
    *,
    texts: dict[str, str],
    expires_at: datetime,
    area: Area | None = None,
    starts_at: datetime | None = None,
    repeat_minutes: int | None = None,
) -> Alert:
    """Changes a draft; nothing that was submitted can be changed under its approver."""
    alert = _alert(session, alert_id, version)
    if alert.state != "draft":
        raise Refused(f"This warning is {alert.state}: only a draft can be changed.")
    if area is not None:
        check_area(area)
        alert.set_zone(area)
    if not now < expires_at <= now + _LONGEST:
        raise Refused(f"The expiry must lie ahead, at most {_LONGEST.days} days.")
    languages = [text.language for text in alert.texts]
    texts = _retimed(runtime, alert, texts, expires_at, now)
    checked = checked_texts(texts, languages, exercise=alert.exercise_id is not None)
    for text in alert.texts:
        text.body = checked[text.language]
    alert.expires_at, alert.starts_at = expires_at, starts_at
    alert.repeat_minutes = repeat_minutes
    alert.version += 1
    record_act(session, alert, by, "alert.edit", now, version=alert.version)
    return alert


def submit(
    runtime: Runtime, session: Session, alert_id: int, by: User, version: int, now: datetime
) -> Alert:
    """Asks for approval; where policy wants none, this is it."""
    alert = _alert(session, alert_id, version)
    _may(by)
    _refuse(why_not_send(_case(session, alert), now))
    check_places(session, alert)
    if not anybody(session, people_of(session, alert)):
        raise Refused("Nobody lives in this area: widen it, or call people another way.")
    move(session, alert, "submitted", who=by.name, now=now)
    alert.submitted_by, alert.submitted_at = by.id, now
    alert.approvals_needed = runtime.settings.approvals_for(alert.hazard, alert.severity)
    record_act(session, alert, by, "alert.submit", now, version=alert.version)
    if alert.approvals_needed == 0:
        freeze(runtime, session, alert, by, now)
    return alert


def return_to_draft(session: Session, alert_id: int, by: User, reason: str, now: datetime) -> Alert:
    """Sends a submitted warning back to its writer; earlier approvals of it are void."""
    need_reason(reason)
    alert = _alert(session, alert_id)
    move(session, alert, "draft", who=by.name, why=reason, now=now)
    alert.version += 1
    record_act(session, alert, by, "alert.return", now, reason=reason)
    return alert


def approve(
    runtime: Runtime, session: Session, alert_id: int, by: User, version: int, now: datetime
) -> Alert:
    """One more yes; with the last one that policy asks for, the alert is frozen and queued."""
    alert = _alert(session, alert_id, version)
    _may(by)
    if alert.state != "submitted":
        raise Refused(f"This warning is {alert.state}: there is nothing to approve.")
    _refuse(why_not_approve(_case(session, alert), by.id, now))
    session.add(Approval(alert_id=alert.id, user_id=by.id, version=alert.version, at=now))
    session.flush()
    session.refresh(alert, ["approvals"])
    record_act(session, alert, by, "alert.approve", now, version=alert.version)
    if len(_approvers(alert)) >= alert.approvals_needed:
        freeze(runtime, session, alert, by, now)
    return alert


def discard(session: Session, alert_id: int, by: User, reason: str, now: datetime) -> Alert:
    """Throws away a warning that was never sent."""
    need_reason(reason)
    alert = _alert(session, alert_id)
    move(session, alert, "discarded", who=by.name, why=reason, now=now)
    record_act(session, alert, by, "alert.discard", now, reason=reason)
    return alert


def cancel(
    runtime: Runtime, session: Session, alert_id: int, by: User, reason: str, now: datetime
) -> Alert | None:
    """Stops an alert at once. Those who have it already need a word: the draft given back."""
    need_reason(reason)
    alert = _alert(session, alert_id)
    move(session, alert, "cancelled", who=by.name, why=reason, now=now)
    stopped = withdraw_queued(session, alert, by.name, "the alert was cancelled", now)
    record_act(session, alert, by, "alert.cancel", now, reason=reason, withdrawn=stopped)
    if alert.purpose != "warning":
        return None
    for waiting in session.scalars(_waiting_follow_up(alert).with_for_update()).all():
        move(session, waiting, "discarded", who=by.name, why="the warning was cancelled", now=now)
    follow_up = _follow_up(runtime, alert, by, "cancel", now)
    if not anybody(session, people_of(session, follow_up)):
        return None
    return _drafted(runtime, session, follow_up, by, now)


def all_clear(runtime: Runtime, session: Session, alert_id: int, by: User, now: datetime) -> Alert:
    """The draft of an all-clear for those who were warned; it needs approval like a warning."""
    alert = _alert(session, alert_id)
    if alert.purpose != "warning" or alert.state not in ("live", "expired"):
        raise Refused("Only a warning that was sent can be followed by an all-clear.")
    waiting = session.scalar(_waiting_follow_up(alert))
    if waiting is not None:
        raise Refused(f"There is already a follow-up waiting: alert {waiting.id}.")
    follow_up = _follow_up(runtime, alert, by, "all_clear", now)
    if not anybody(session, people_of(session, follow_up)):
        raise Refused("Nobody was sent this warning: there is nobody to tell.")
    return _drafted(runtime, session, follow_up, by, now)


def check_area(area: Area) -> None:
    """Refuses an area in which nobody could be, or that is out of all proportion."""
    if area.is_empty:
        raise Refused("The area is empty: give a radius, places, or a way.")
    for circle in area.circles:
        if not _MIN_RADIUS_M <= circle.radius_m <= MAX_RADIUS_M:
            raise Refused(f"The radius must be from 0.1 to {MAX_RADIUS_M // 1000} km.")


def _waiting_follow_up(alert: Alert) -> Select[Alert]:
    return select(Alert).where(Alert.refers_to_id == alert.id, Alert.state.in_(_OPEN))


def _retimed(
    runtime: Runtime, alert: Alert, texts: dict[str, str], expires_at: datetime, now: datetime
) -> dict[str, str]:
    """The texts with the new time where they still give the old one: both must never differ."""
    old = f"{alert.expires_at.astimezone(runtime.zone):%H:%M %d/%m}"
    new = clock_words(expires_at, now, runtime.zone)
    return {
        language: text.replace(old if old in text else old[:5], new)
        for language, text in texts.items()
    }


def _follow_up(runtime: Runtime, alert: Alert, by: User, purpose: str, now: datetime) -> Alert:
    return Alert(
        incident_id=alert.incident_id,
        refers_to_id=alert.id,
        purpose=purpose,
        msg_type="Cancel" if purpose == "cancel" else "Update",
        hazard=alert.hazard,
        urgency="Past",
        severity="Minor" if purpose == "all_clear" else alert.severity,
        certainty=alert.certainty,
        place_id=alert.place_id,
        place_name=alert.place_name,
        lat=alert.lat,
        lon=alert.lon,
        radius_m=alert.radius_m,
        area=alert.area,
        drafted_by=by.id,
        created_at=now,
        exercise_id=alert.exercise_id,
    )


def _drafted(runtime: Runtime, session: Session, alert: Alert, by: User, now: datetime) -> Alert:
    hours = timedelta(hours=runtime.settings.policy.alert_hours)
    alert.expires_at = (
        due_time(runtime, alert, now) + hours
    )  # what waits for morning lasts after it
    moment = alert.expires_at if alert.purpose == "warning" else now
    facts = Facts(
        source=runtime.settings.service_name,
        hazard=alert.hazard,
        place=alert.place_name,
        until=clock_words(moment, now, runtime.zone),
        exercise=alert.exercise_id is not None,
    )
    texts = draft_texts(alert.purpose, facts, runtime.settings.languages)
    alert.texts = [AlertText(language=language, body=body) for language, body in texts.items()]
    alert.state, alert.version = "draft", 1
    session.add(alert)
    session.flush()
    record_act(session, alert, by, "alert.draft", now, incident=alert.incident_id)
    return alert


def _alert(session: Session, alert_id: int, version: int | None = None) -> Alert:
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound(f"There is no warning {alert_id}.")
    if version is not None and version != alert.version:
        raise Refused("Somebody changed this warning meanwhile. Read it again, then decide.")
    return alert


def _case(session: Session, alert: Alert) -> Case:
    incident = None
    if alert.incident_id is not None:
        incident = session.get_one(Incident, alert.incident_id, with_for_update=True)
    return Case(
        incident_state=incident.state if incident else None,
        purpose=alert.purpose,
        submitted_by=alert.submitted_by,
        approved_by=_approvers(alert),
        expires_at=alert.expires_at,
    )


def _approvers(alert: Alert) -> frozenset[int]:
    return frozenset(a.user_id for a in alert.approvals if a.version == alert.version)


def _may(by: User) -> None:
    if by.disabled or by.role not in ("coordinator", "admin"):
        raise NotAllowed("Only coordinators send warnings.")


def _refuse(why: str | None) -> None:
    if why is not None:
        raise Refused(why)
