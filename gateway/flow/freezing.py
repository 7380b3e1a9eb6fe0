"""The last approval: texts, area and audience are frozen, and the outbox is written."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.alerts.approval import audience_rule, content_hash
from gateway.dispatch.audience import anybody
from gateway.flow import campaign_runs, rounds, spreading
from gateway.flow.areas_of_alerts import check_places
from gateway.flow.milestones import note_approval
from gateway.flow.playbooks import need_every_text
from gateway.flow.reaching import due_time, people_of
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.history import move, move_deliveries
from gateway.store.tables import Alert, Delivery, User
from gateway.terms.refusals import Refused

_ENDED_BY = {"all_clear": "all-clear", "warning": "replaced by", "cancel": "withdrawn by"}


def freeze(runtime: Runtime, session: Session, alert: Alert, by: User, now: datetime) -> None:
    """Fixes texts, area, times and the rule of its audience, and begins to write the outbox."""
    need_every_text(alert)
    check_places(session, alert)
    if not anybody(session, people_of(session, alert)):
        raise Refused("Nobody is left in this area: return the warning and widen it.")
    due_at = due_time(runtime, alert, now)
    if due_at >= alert.expires_at:
        raise Refused("It would end before the quiet hours do: return it, set a later expiry.")
    alert.content_hash = hash_of(alert)
    alert.approved_at, alert.glass_at = now, None
    alert.next_round_at = rounds.first_round_at(alert, due_at)
    move(session, alert, "approved", who=by.name, now=now)
    note_approval(session, alert, now)
    session.flush()
    if alert.purpose == "campaign":
        campaign_runs.schedule(runtime, session, alert, now)
    else:
        spreading.begin(runtime, session, alert, due_at, now)
        campaign_runs.make_way(session, alert, now)
    _end_referred(session, alert, now)
    frozen = alert.content_hash
    record_act(session, alert, by, "alert.freeze", now, audience=alert.audience, hash=frozen)


def hash_of(alert: Alert) -> str:
    """The fingerprint of everything that may not change from the approval on."""
    return content_hash(
        texts={text.language: text.body for text in alert.texts},
        area=alert.zone.as_json(),
        audience=audience_rule(alert.purpose, alert.refers_to_id),
        times=(alert.starts_at, alert.expires_at),
        repeat_minutes=alert.repeat_minutes,
        calendar=campaign_runs.frozen(alert),
    )


def withdraw_queued(session: Session, alert: Alert, who: str, why: str, now: datetime) -> int:
    """Takes back what has not left of an alert; returns how many."""
    of_it = Delivery.alert_id == alert.id
    return move_deliveries(session, of_it, "queued", "withdrawn", who=who, why=why, now=now)


def record_act(
    session: Session,
    alert: Alert,
    by: User,
    act: str,
    now: datetime,
    *,
    reason: str | None = None,
    **facts: object,
) -> None:
    """Writes what somebody did to an alert into the audit chain."""
    subject = f"alert {alert.id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)


def _end_referred(session: Session, alert: Alert, now: datetime) -> None:
    """An approved all-clear or update ends the warning it speaks of; a cancelled one is ended."""
    if alert.refers_to_id is None:
        return
    warning = session.get_one(Alert, alert.refers_to_id, with_for_update=True)
    if warning.state in ("approved", "live"):
        why = f"{_ENDED_BY[alert.purpose]} {alert.id}"
        move(session, warning, "expired", who="gateway", why=why, now=now)
        withdraw_queued(session, warning, "gateway", why, now)
