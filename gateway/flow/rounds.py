"""Sends a live alert once more to those whose phones have not said that they have it."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from gateway.dispatch.audience import People
from gateway.dispatch.outbox import Copies, spread
from gateway.flow.reaching import due_time
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Delivery, Incident, Subscriber

log = structlog.get_logger()


def first_round_at(alert: Alert, due_at: datetime) -> datetime | None:
    """When those without a receipt get it again for the first time; None: never."""
    if alert.repeat_minutes is None:
        return None
    return due_at + timedelta(minutes=alert.repeat_minutes)


def repeat_due(runtime: Runtime) -> int:
    """Begins the rounds whose time has come; returns how many copies wait anew."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        ids = session.scalars(_due(now).with_only_columns(Alert.id)).all()
    return sum(_repeat(runtime, alert_id, now) for alert_id in ids)


def _due(now: datetime) -> Select[Alert]:
    return (
        select(Alert)
        .join(Incident, Incident.id == Alert.incident_id)
        .where(
            Alert.state == "live",
            Alert.next_round_at <= now,
            Alert.expires_at > now,
            Alert.spread_at.is_not(None),
            Incident.state == "verified",
        )
    )


def _repeat(runtime: Runtime, alert_id: int, now: datetime) -> int:
    with runtime.database.writing() as session:
        query = _due(now).where(Alert.id == alert_id)
        alert = session.scalar(query.with_for_update(of=Alert, skip_locked=True))
        if alert is None or alert.repeat_minutes is None:
            return 0
        alert.next_round_at = now + timedelta(minutes=alert.repeat_minutes)
        due_at = due_time(runtime, alert, now)
        alert.round += 1
        copies = Copies(alert, runtime.settings.languages, due_at, now, round=alert.round)
        written = spread(session, copies, _without_receipt(alert))
        if written:
            nudge_after_commit(session, "send_due")
        log.info("alert repeated", alert=alert.id, round=alert.round, copies=written)
        return written


def _without_receipt(alert: Alert) -> People:
    """Those whose last copy a company took and never spoke of again.

    Only of companies that did speak of other copies: silence of the rest says nothing.
    """
    other = aliased(Delivery)
    speaks = exists().where(
        other.alert_id == alert.id,
        other.account == Delivery.account,
        other.state.in_(("delivered", "failed")),
    )
    settled = exists().where(
        other.alert_id == alert.id,
        other.subscriber_id == Delivery.subscriber_id,
        or_(
            other.state.in_(("delivered", "queued", "claimed", "unknown")),
            other.round > Delivery.round,
        ),
    )
    return (
        select(
            Subscriber.id,
            Subscriber.language,
            Subscriber.place_id,
            Delivery.distance_m,
            Subscriber.path,
        )
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(
            Delivery.alert_id == alert.id,
            Delivery.state == "submitted",
            Subscriber.state == "subscribed",
            speaks,
            ~settled,
        )
    )
