"""Writes the outbox of an approved alert, the nearest people first, in pieces that commit."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import People, Ring, pieces
from gateway.dispatch.outbox import Copies, spread
from gateway.flow import campaign_people
from gateway.flow.reaching import due_time, people_of
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Delivery

AT_ONCE = 1_000  # people written with the approval itself; the others follow within seconds
PIECE = 5_000  # people whose copies are written in one transaction of the only writer
_SIDE_BY_SIDE = 2  # transactions at a time, where the database has several writers
_PIECE_OF_MANY = 20_000  # people in each of those: nobody waits for them
_WORK = 7_203_006  # one process at a time spreads an alert
HOLDS = ("approved", "live")


def begin(
    runtime: Runtime, session: Session, alert: Alert, due_at: datetime, now: datetime
) -> None:
    """Writes the nearest in the caller's transaction; a job goes on where this ends."""
    alert.spread_ring, alert.spread_at, alert.audience = -1, None, 0
    copies = _copies(runtime, session, alert, due_at, now)
    for ring in _left(runtime, session, alert, now):
        for people in pieces(session, ring, AT_ONCE):
            alert.audience += spread(session, copies, people)
            if alert.audience >= AT_ONCE:
                break
        else:
            alert.spread_ring = ring.number
            continue
        break  # this ring is gone through again: whoever has a copy keeps it
    else:
        _finish(runtime, session, alert, now)
    nudge_after_commit(session, "spread")
    nudge_after_commit(session, "send_due")


def go_on(runtime: Runtime) -> int:
    """Writes what is missing, ring by ring, nearest first; returns how many rings."""
    done = 0
    for alert_id in _unfinished(runtime):
        with runtime.database.alone(_WORK, alert_id) as mine:
            while mine and _next_ring(runtime, alert_id):
                done += 1
    return done


def _unfinished(runtime: Runtime) -> Sequence[int]:
    with runtime.database.reading() as session:
        return session.scalars(
            select(Alert.id)
            .where(Alert.state.in_(HOLDS), Alert.approved_at.is_not(None))
            .where(Alert.spread_at.is_(None))
            .order_by(Alert.id)
        ).all()


def _next_ring(runtime: Runtime, alert_id: int) -> bool:
    """False when all are written, or the alert is not to be sent any more."""
    with runtime.database.reading() as session:
        alert = session.get_one(Alert, alert_id)
        if alert.spread_at is not None:
            return False
        ring = next(_left(runtime, session, alert, runtime.clock()), None)
        parts = list(_parts(runtime, session, ring)) if ring is not None else []
    written = 0
    for some in _in_waves(runtime, alert, parts):
        counts = [count for count in some if count is not None]
        if len(counts) < len(some):
            return False
        written += sum(counts)
    with runtime.database.writing() as session:
        taken = session.scalar(_held(alert).with_for_update())
        if taken is None:
            return False
        taken.audience += written
        if ring is None:
            _finish(runtime, session, taken, runtime.clock())
        else:
            taken.spread_ring = ring.number
        return True


def _parts(runtime: Runtime, session: Session, ring: Ring) -> Iterator[People]:
    if runtime.database.is_sqlite:
        return pieces(session, ring, PIECE)
    return pieces(session, ring, _PIECE_OF_MANY, _SIDE_BY_SIDE)


def _in_waves(
    runtime: Runtime, alert: Alert, parts: Sequence[People]
) -> Iterator[Sequence[int | None]]:
    """Some pieces at a time, and then a gap in which whoever waits for the alert gets it."""
    if runtime.database.is_sqlite:
        yield from ([_write(runtime, alert, people)] for people in parts)
        return
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="spread") as threads:
        for start in range(0, len(parts), _SIDE_BY_SIDE):
            wave = parts[start : start + _SIDE_BY_SIDE]
            yield list(threads.map(lambda people: _write(runtime, alert, people), wave))


def _write(runtime: Runtime, as_read: Alert, people: People) -> int | None:
    """How many of a piece are new; None when the alert is over or in somebody's hands."""
    with runtime.database.writing() as session:
        alert = session.scalar(_held(as_read).with_for_update(read=True, skip_locked=True))
        if alert is None:
            return None
        nudge_after_commit(session, "send_due")
        now = runtime.clock()
        due_at = due_time(runtime, alert, alert.approved_at or now) if not alert.round else now
        return spread(session, _copies(runtime, session, alert, due_at, now), people)


def _held(as_read: Alert) -> Select[Alert]:
    """The alert, unless it is over, or its ring was written meanwhile."""
    return (
        select(Alert)
        .where(Alert.id == as_read.id, Alert.state.in_(HOLDS), Alert.spread_at.is_(None))
        .where(Alert.round == as_read.round, Alert.spread_ring == as_read.spread_ring)
    )


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
