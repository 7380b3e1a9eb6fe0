"""The life of an alert: drafted, submitted, approved and frozen, updated, cancelled, cleared."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gateway.alerts.approval import why_not_approve, why_not_send
from gateway.alerts.drafting import checked_texts, clock_words
from gateway.dispatch.audience import MAX_RADIUS_M, anybody
from gateway.flow import asking_approval, drafts, playbooks
from gateway.flow.areas_of_alerts import check_drawn, check_places
from gateway.flow.cases import alert_of, approvers, case_of, may, refuse
from gateway.flow.checking_alerts import refuse_harm
from gateway.flow.freezing import freeze, record_act, withdraw_queued
from gateway.flow.reaching import Preview, people_of, preview
from gateway.runtime import Runtime
from gateway.store.history import move
from gateway.store.tables import Alert, Approval, User
from gateway.terms.area import Area
from gateway.terms.refusals import Refused, need_reason
from gateway.terms.saying import Said

__all__ = [
    "Preview", "all_clear", "approve", "cancel", "discard", "draft", "edit", "preview",
    "return_to_draft", "submit", "update",
]  # fmt: skip

_MIN_RADIUS_M = 100
_LONGEST = timedelta(days=10)
_REPEATS = range(10, 24 * 60 + 1)  # minutes
_WARNED_OF = ("live", "expired")

draft = drafts.of_incident


def update(runtime: Runtime, session: Session, alert_id: int, by: User, now: datetime) -> Alert:
    """The draft of a warning that takes the place of a live one, once it is approved."""
    alert = alert_of(session, alert_id)
    if alert.purpose != "warning" or alert.state not in ("approved", "live"):
        raise Refused("Only a warning that holds can be updated: draft a new one.")
    _refuse_second_follow_up(session, alert)
    return drafts.update_of(runtime, session, alert, by, now)


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
    alert = alert_of(session, alert_id, version)
    if alert.state != "draft":
        raise Refused(
            "This warning is %(state)s: only a draft can be changed.", state=Said(alert.state)
        )
    if area is not None:
        check_area(area)
        alert.set_zone(area)
    is_campaign = alert.purpose == "campaign"
    if is_campaign:  # its calendar says when it begins and is over
        starts_at, expires_at, repeat_minutes = None, alert.expires_at, None
    else:
        _check_times(starts_at, expires_at, repeat_minutes, now)
    languages = [text.language for text in alert.texts]
    if not is_campaign:
        texts = retimed(runtime, alert, texts, expires_at, now)
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
    alert = alert_of(session, alert_id, version)
    by = may(session, by)
    alert.submitted_by = by.id
    refuse(why_not_send(case_of(session, alert), now))
    playbooks.need_every_text(alert)
    check_places(session, alert)
    if not anybody(session, people_of(session, alert)):
        raise Refused("Nobody lives in this area: widen it, or call people another way.")
    refuse_harm(runtime, session, alert)
    move(session, alert, "submitted", who=by.name, now=now)
    alert.submitted_at = now
    alert.approvals_needed = runtime.settings.approvals_for(alert.hazard, alert.severity)
    record_act(session, alert, by, "alert.submit", now, version=alert.version)
    if alert.approvals_needed == 0:
        freeze(runtime, session, alert, by, now)
    else:
        asking_approval.ask(runtime, session, alert, by, now)
    return alert


def return_to_draft(session: Session, alert_id: int, by: User, reason: str, now: datetime) -> Alert:
    """Sends a submitted warning back to its writer; earlier approvals of it are void."""
    need_reason(reason)
    alert = alert_of(session, alert_id)
    move(session, alert, "draft", who=by.name, why=reason, now=now)
    alert.version += 1
    alert.glass_by = alert.glass_at = alert.glass_reason = None
    record_act(session, alert, by, "alert.return", now, reason=reason)
    return alert


def approve(
    runtime: Runtime,
    session: Session,
    alert_id: int,
    by: User,
    version: int,
    now: datetime,
    *,
    via: str = "page",
) -> Alert:
    """One more yes; with the last one that policy asks for, the alert is frozen and queued."""
    alert = alert_of(session, alert_id, version)
    by = may(session, by)
    if alert.state != "submitted":
        raise Refused(
            "This warning is %(state)s: there is nothing to approve.", state=Said(alert.state)
        )
    refuse(why_not_approve(case_of(session, alert), by.id, now))
    session.add(Approval(alert_id=alert.id, user_id=by.id, version=alert.version, at=now))
    session.flush()
    session.refresh(alert, ["approvals"])
    enough = len(approvers(session, alert)) >= alert.approvals_needed
    record_act(session, alert, by, "alert.approve", now, version=alert.version, via=via)
    if enough:
        freeze(runtime, session, alert, by, now)
    return alert


def discard(session: Session, alert_id: int, by: User, reason: str, now: datetime) -> Alert:
    """Throws away a warning that was never sent."""
    need_reason(reason)
    alert = alert_of(session, alert_id)
    move(session, alert, "discarded", who=by.name, why=reason, now=now)
    record_act(session, alert, by, "alert.discard", now, reason=reason)
    return alert


def cancel(
    runtime: Runtime, session: Session, alert_id: int, by: User, reason: str, now: datetime
) -> Alert | None:
    """Stops an alert at once. Those who have it already need a word: the draft given back."""
    need_reason(reason)
    alert = alert_of(session, alert_id)
    if alert.state == "expired":
        raise Refused("This warning has ended by itself: there is nothing to cancel.")
    move(session, alert, "cancelled", who=by.name, why=reason, now=now)
    stopped = withdraw_queued(session, alert, by.name, "the alert was cancelled", now)
    record_act(session, alert, by, "alert.cancel", now, reason=reason, withdrawn=stopped)
    if alert.purpose != "warning":
        return None
    for waiting in session.scalars(drafts.waiting_follow_up(alert).with_for_update()).all():
        move(session, waiting, "discarded", who=by.name, why="the warning was cancelled", now=now)
    withdrawal = drafts.follow_up(alert, by, "cancel", now)
    if not anybody(session, people_of(session, withdrawal)):
        return None
    return drafts.written(runtime, session, withdrawal, by, now)


def all_clear(runtime: Runtime, session: Session, alert_id: int, by: User, now: datetime) -> Alert:
    """The draft of an all-clear for those who were warned; it needs approval like a warning."""
    alert = alert_of(session, alert_id)
    if alert.purpose != "warning" or alert.state not in _WARNED_OF:
        raise Refused("Only a warning that was sent can be followed by an all-clear.")
    _refuse_second_follow_up(session, alert)
    clear = drafts.follow_up(alert, by, "all_clear", now)
    if not anybody(session, people_of(session, clear)):
        raise Refused("Nobody was sent this warning: there is nobody to tell.")
    return drafts.written(runtime, session, clear, by, now)


def check_area(area: Area) -> None:
    """Refuses an area in which nobody could be, or that is out of all proportion."""
    if area.is_empty:
        raise Refused("The area is empty: give a radius, places, or a way.")
    for circle in area.circles:
        if not _MIN_RADIUS_M <= circle.radius_m <= MAX_RADIUS_M:
            raise Refused("The radius must be from 0.1 to %(most)s km.", most=MAX_RADIUS_M // 1000)
    if area.polygon is not None:
        check_drawn(area.polygon)


def _check_times(
    starts_at: datetime | None, expires_at: datetime, repeat_minutes: int | None, now: datetime
) -> None:
    if not now < expires_at <= now + _LONGEST:
        raise Refused("The expiry must lie ahead, at most %(days)s days.", days=_LONGEST.days)
    if starts_at is not None and starts_at >= expires_at:
        raise Refused("It would end before it starts: set an earlier start or a later expiry.")
    if repeat_minutes is not None and repeat_minutes not in _REPEATS:
        raise Refused(
            "Repeat it every %(least)s to %(most)s minutes, or never.",
            least=_REPEATS[0],
            most=_REPEATS[-1],
        )


def _refuse_second_follow_up(session: Session, alert: Alert) -> None:
    waiting = session.scalar(drafts.waiting_follow_up(alert))
    if waiting is not None:
        raise Refused("There is already a follow-up waiting: alert %(number)s.", number=waiting.id)


def retimed(
    runtime: Runtime, alert: Alert, texts: dict[str, str], expires_at: datetime, now: datetime
) -> dict[str, str]:
    """The texts with the new time where they still give the old one: both must never differ."""
    old = f"{alert.expires_at.astimezone(runtime.zone):%H:%M %d/%m}"
    new = clock_words(expires_at, now, runtime.zone)
    return {
        language: text.replace(old if old in text else old[:5], new)
        for language, text in texts.items()
    }
