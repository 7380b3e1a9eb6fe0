"""What time alone brings about: expiry, erasure, the beat of the jobs."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.flow.freezing import withdraw_queued
from gateway.incidents.standing import STALE, regrade
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.history import move
from gateway.store.tables import (
    Alert,
    AlertReply,
    Beat,
    Delivery,
    FormerAttempt,
    Incident,
    Message,
    MessagePart,
    Receipt,
    ReportMark,
    SignInAttempt,
)

_ATTEMPTS_KEPT = timedelta(days=1)
_MAY_GROW_OLD = 3  # credibilities that age lowers: what is doubtful already stays so
_GROWN_OLD = timedelta(days=3)
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
            withdraw_queued(session, alert, "gateway", "the alert expired", now)
        return len(alerts)


def grow_old(runtime: Runtime, limit: int = 1_000) -> int:
    """Grades open incidents anew that nobody has told of for a day; returns how many."""
    now = runtime.clock()
    old = (
        select(Incident)
        .where(
            Incident.state == "open",
            Incident.credibility <= _MAY_GROW_OLD,
            Incident.last_report_at < now - STALE,
            Incident.last_report_at > now - STALE - _GROWN_OLD,
        )
        .order_by(Incident.id)
        .limit(limit)
    )
    with runtime.database.reading() as session:
        if session.scalar(old.limit(1)) is None:
            return 0
    with runtime.database.writing() as session:
        incidents = session.scalars(old.with_for_update(skip_locked=True)).all()
        before = {incident.id: incident.grade for incident in incidents}
        for incident in incidents:
            regrade(session, incident, now)
        return sum(incident.grade != before[incident.id] for incident in incidents)


def purge(runtime: Runtime) -> dict[str, int]:
    """Erases what its time has come for; returns how many rows of each kind.

    Reports and incidents stay, without texts and without senders; so does the audit.
    """
    now, keep = runtime.clock(), runtime.settings.retention
    with runtime.database.writing() as session:
        counts = {
            "parts": _erase_parts(session, now - timedelta(days=keep.messages_days)),
            "messages": _erase_messages(session, now - timedelta(days=keep.messages_days)),
            "deliveries": _erase_deliveries(session, now - timedelta(days=keep.deliveries_days)),
            "replies": _erase_replies(session, now - timedelta(days=keep.deliveries_days)),
            "marks": _erase_marks(session, now - _marks_kept(runtime)),
            "sign_in_attempts": _count(
                session.execute(
                    delete(SignInAttempt).where(SignInAttempt.at < now - _ATTEMPTS_KEPT)
                )
            ),
        }
        if any(counts.values()):
            record(session, who="gateway", act="purge", subject="retention", now=now, facts=counts)
    return counts


def _erase_messages(session: Session, before: datetime) -> int:
    return _count(
        session.execute(
            update(Message)
            .where(Message.received_at < before, Message.body.is_not(None))
            .values(body=None, sender=None, recipient=None, sender_index="")
        )
    )


def _erase_parts(session: Session, before: datetime) -> int:
    """Those that are in a message; the others are in one within a minute."""
    joined = MessagePart.message_id.is_not(None)
    return _count(
        session.execute(delete(MessagePart).where(MessagePart.received_at < before, joined))
    )


def _marks_kept(runtime: Runtime) -> timedelta:
    """No copy is looked for beyond the hours of the settings; messages may come late."""
    return timedelta(hours=2 * runtime.settings.matching.copy_hours)


def _erase_marks(session: Session, before: datetime) -> int:
    return _count(session.execute(delete(ReportMark).where(ReportMark.at < before)))


def _erase_deliveries(session: Session, before: datetime) -> int:
    old = select(Delivery.id).where(Delivery.created_at < before, Delivery.state.in_(_SETTLED))
    session.execute(delete(Receipt).where(Receipt.delivery_id.in_(old)))
    session.execute(delete(FormerAttempt).where(FormerAttempt.delivery_id.in_(old)))
    session.execute(delete(Receipt).where(Receipt.received_at < before))
    return _count(session.execute(delete(Delivery).where(Delivery.id.in_(old))))


def _erase_replies(session: Session, before: datetime) -> int:
    """With the copies that they answer."""
    return _count(session.execute(delete(AlertReply).where(AlertReply.at < before)))


def _count(result: object) -> int:
    return max(int(getattr(result, "rowcount", 0)), 0)
