"""Writes the outbox of an approved alert, the nearest people first, in pieces that commit."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import Ring
from gateway.dispatch.outbox import Copies, spread
from gateway.flow import campaign_people
from gateway.flow.reaching import due_time, people_of
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Delivery

AT_ONCE = 5_000  # people written with the approval itself; the others follow within seconds
HOLDS = ("approved", "live")


def begin(
    runtime: Runtime, session: Session, alert: Alert, due_at: datetime, now: datetime
) -> None:
    """Writes the nearest in the caller's transaction; a job goes on where this ends."""
    alert.spread_ring, alert.spread_at, alert.audience = -1, None, 0
    copies = _copies(runtime, session, alert, due_at, now)
    for ring in _left(runtime, session, alert, now):
        if alert.audience >= AT_ONCE:
            break
        _write(session, alert, copies, ring)
    else:
        _finish(runtime, session, alert, now)
    nudge_after_commit(session, "spread")
    nudge_after_commit(session, "send_due")


def go_on(runtime: Runtime) -> int:
    """Writes what is missing, ring by ring, each committed by itself; returns how many rings."""
    done = 0
    while _next_ring(runtime):
        done += 1
    return done


def _next_ring(runtime: Runtime) -> bool:
    unfinished = (
        select(Alert)
        .where(Alert.state.in_(HOLDS), Alert.approved_at.is_not(None), Alert.spread_at.is_(None))
        .order_by(Alert.id)
        .limit(1)
    )
    with runtime.database.reading() as session:
        if session.scalar(unfinished) is None:
            return False
    with runtime.database.writing() as session:
        alert = session.scalar(unfinished.with_for_update(skip_locked=True))
        if alert is None:
            return False
        now = runtime.clock()
        ring = next(_left(runtime, session, alert, now), None)
        if ring is None:
            _finish(runtime, session, alert, now)
        else:
            due_at = due_time(runtime, alert, alert.approved_at or now) if not alert.round else now
            _write(session, alert, _copies(runtime, session, alert, due_at, now), ring)
            nudge_after_commit(session, "send_due")
        return True


def _left(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> Iterator[Ring]:
    left = (ring for ring in people_of(session, alert) if ring.number > alert.spread_ring)
    if alert.purpose == "campaign":
        return campaign_people.narrowed(runtime, session, alert, left, now)
    return left


def _copies(
    runtime: Runtime, session: Session, alert: Alert, due_at: datetime, now: datetime
) -> Copies:
    copies = Copies(alert, runtime.settings.languages, due_at, now, round=alert.round)
    if alert.purpose == "campaign":
        return campaign_people.as_reminder(runtime, session, copies)
    return copies


def _write(session: Session, alert: Alert, copies: Copies, ring: Ring) -> None:
    alert.audience += sum(spread(session, copies, people) for people in ring.people)
    alert.spread_ring = ring.number


def _finish(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> None:
    """The exact number: a person of two rings was counted twice on the way."""
    alert.spread_at = now
    alert.audience = (
        session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.alert_id == alert.id, Delivery.round == alert.round)
        )
        or 0
    )
    if alert.purpose == "campaign":
        campaign_people.note_people(runtime, session, alert, now)
