"""What time alone brings about: expiry, pages to coordinators, erasure, the beat of the jobs."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.outbox import Text, queue_page, withdraw
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.history import move
from gateway.store.tables import (
    Alert,
    Beat,
    Delivery,
    Incident,
    Message,
    Receipt,
    SignInAttempt,
    User,
)

log = structlog.get_logger()
_ATTEMPTS_KEPT = timedelta(days=1)
_SETTLED = ("delivered", "failed", "withdrawn")


def beat(runtime: Runtime, job: str, holder: str) -> None:
    """Notes that a job went round."""
    with runtime.database.writing() as session:
        session.merge(Beat(job=job, at=runtime.clock(), holder=holder))


def expire_alerts(runtime: Runtime) -> int:
    """Ends alerts whose time is over and takes back what has not left; returns how many."""
    now = runtime.clock()
    over = select(Alert).where(Alert.state.in_(("approved", "live")), Alert.expires_at <= now)
    with runtime.database.reading() as session:
        if session.scalar(over.limit(1)) is None:
            return 0
    with runtime.database.writing() as session:
        alerts = session.scalars(over.with_for_update(skip_locked=True)).all()
        for alert in alerts:
            move(session, alert, "expired", who="gateway", why="its time was over", now=now)
            queued = session.scalars(
                select(Delivery)
                .where(Delivery.alert_id == alert.id, Delivery.state == "queued")
                .with_for_update()
            )
            withdraw(session, queued.all(), who="gateway", why="the alert expired", now=now)
        return len(alerts)


def page_unseen(runtime: Runtime) -> int:
    """Calls the coordinators' phones to incidents nobody has looked at; returns how many."""
    if not runtime.settings.jobs.escalate:
        return 0
    now = runtime.clock()
    with runtime.database.reading() as session:
        if not _unseen(runtime, session, now):
            return 0
    with runtime.database.writing() as session:
        unseen = _unseen(runtime, session, now)
        coordinators = session.scalars(
            select(User).where(
                User.role.in_(("coordinator", "admin")),
                User.disabled.is_(False),
                User.phone.is_not(None),
            )
        ).all()
        if not coordinators:
            return 0  # `gateway check` says so; the incident is paged for once somebody has a phone
        for incident in unseen:
            incident.paged_at = now
            for user in coordinators:
                queue_page(session, user, _page(runtime, incident, now), now)
            log.warning("incident unseen", incident=incident.id, paged=len(coordinators))
        nudge_after_commit(session, "send_due")
        return len(unseen)


def purge(runtime: Runtime) -> dict[str, int]:
    """Erases what its time has come for; returns how many rows of each kind.

    Reports and incidents stay, without texts and without senders; so does the audit.
    """
    now, keep = runtime.clock(), runtime.settings.retention
    with runtime.database.writing() as session:
        counts = {
            "messages": _erase_messages(session, now - timedelta(days=keep.messages_days)),
            "deliveries": _erase_deliveries(session, now - timedelta(days=keep.deliveries_days)),
            "sign_in_attempts": _count(
                session.execute(
                    delete(SignInAttempt).where(SignInAttempt.at < now - _ATTEMPTS_KEPT)
                )
            ),
        }
        if any(counts.values()):
            record(session, who="gateway", act="purge", subject="retention", now=now, facts=counts)
    return counts


def _unseen(runtime: Runtime, session: Session, now: datetime) -> list[Incident]:
    """Open, never looked at, never paged for, and older than its hazard allows."""
    rows = session.scalars(
        select(Incident)
        .where(
            Incident.state == "open",
            Incident.seen_at.is_(None),
            Incident.paged_at.is_(None),
            Incident.exercise_id.is_(None),
        )
        .with_for_update(skip_locked=True)
    )
    overdue = []
    for incident in rows:
        minutes = (runtime.hazards.get(incident.hazard) or runtime.hazards["other"]).page_minutes
        if minutes and incident.opened_at <= now - timedelta(minutes=minutes):
            overdue.append(incident)
    return overdue


def _page(runtime: Runtime, incident: Incident, now: datetime) -> Text:
    language = runtime.settings.languages[0]
    body = wording.render(
        language,
        "page_unseen_plain",
        number=str(incident.id),
        hazard=wording.render(language, f"hazard_{incident.hazard}"),
        place=incident.place_name or "?",
        minutes=str(round((now - incident.opened_at).total_seconds() / 60)),
    )
    return Text(language, body)


def _erase_messages(session: Session, before: datetime) -> int:
    return _count(
        session.execute(
            update(Message)
            .where(Message.received_at < before, Message.body.is_not(None))
            .values(body=None, sender=None, recipient=None, sender_index="")
        )
    )


def _erase_deliveries(session: Session, before: datetime) -> int:
    old = select(Delivery.id).where(Delivery.created_at < before, Delivery.state.in_(_SETTLED))
    session.execute(delete(Receipt).where(Receipt.delivery_id.in_(old)))
    session.execute(delete(Receipt).where(Receipt.received_at < before))
    return _count(session.execute(delete(Delivery).where(Delivery.id.in_(old))))


def _count(result: object) -> int:
    return max(int(getattr(result, "rowcount", 0)), 0)
