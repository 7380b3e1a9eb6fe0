"""Who is left of a campaign's area on one of its dates, and until when the date's copies leave."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, select, text, union_all
from sqlalchemy.orm import Session

from gateway.alerts.reminders import counted_since, quiet_from
from gateway.dispatch.audience import Ring
from gateway.dispatch.outbox import REMINDERS, Copies
from gateway.dispatch.sparing import alarms, had_enough, has_copy, under_control
from gateway.flow.reaching import people_of
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Campaign, CampaignRun, Delivery, Subscriber

LASTS = timedelta(hours=4)  # after which a date's copies that wait are stale
_BEFORE_QUIET = timedelta(minutes=1)  # what a slow company may take to answer
_LOCK = 7_203_007  # pg_advisory_xact_lock: two dates of one moment see each other's copies


def narrowed(
    runtime: Runtime, session: Session, alert: Alert, found: Iterable[Ring], now: datetime
) -> Iterator[Ring]:
    """The rings without people in danger, under an armed group, or who had enough.

    None once the time of its date is over.
    """
    run = _run(session, alert)
    if now >= over_at(runtime, alert, run.at):
        return
    spared = in_danger(session, now) | under_control(session) | _enough(runtime, alert, now)
    for ring in found:
        yield ring.where(~spared)


def as_reminder(runtime: Runtime, session: Session, copies: Copies) -> Copies:
    """Copies that leave after everything else, for some hours of the day only.

    They are written one campaign at a time: each sees what the others gave the same people.
    """
    _one_at_a_time(session)
    over = over_at(runtime, copies.alert, _run(session, copies.alert).at)
    return replace(copies, priority=REMINDERS, due_at=copies.now, expires_at=over)


def note_people(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> None:
    """Writes down how many get this date's message, and how many had enough already."""
    run = _run(session, alert)
    run.people = alert.audience
    session.flush()
    spared = in_danger(session, now) | under_control(session)
    wanted = (_enough(runtime, alert, now), ~spared, ~has_copy(alert.id, alert.round))
    capped: set[int] = set()
    for query in (query for ring in people_of(session, alert) for query in ring.people):
        capped.update(row[0] for row in session.execute(query.where(*wanted)))
    run.capped = len(capped)


def over_at(runtime: Runtime, alert: Alert, began: datetime) -> datetime:
    """When a date's copies that still wait are taken back: nothing leaves in the quiet hours."""
    ends = [began + LASTS, alert.expires_at]
    hours = runtime.settings.policy.quiet_hours
    if hours:
        ends.append(quiet_from(hours, began, runtime.zone) - _BEFORE_QUIET)
    return min(ends)


def in_danger(session: Session, now: datetime) -> ColumnElement[bool]:
    """Whether a subscriber is of the audience of an alert that holds."""
    live = session.scalars(select(Alert).where(alarms(now))).all()
    if not live:
        return false()
    people = [
        query.with_only_columns(Subscriber.id)
        for alert in live
        if alert.spread_at is None  # else the outbox holds all of them
        for ring in people_of(session, alert)
        for query in ring.people
    ]
    numbers = [alert.id for alert in live]
    copies = select(Delivery.subscriber_id).where(
        Delivery.alert_id.in_(numbers), Delivery.subscriber_id.is_not(None)
    )
    return Subscriber.id.in_(select(union_all(copies, *people).subquery().c[0]))


def _enough(runtime: Runtime, alert: Alert, now: datetime) -> ColumnElement[bool]:
    rule = runtime.settings.campaigns
    week, month = counted_since(now, runtime.zone)
    return had_enough((week, rule.per_week), (month, rule.per_month), (alert.id, alert.round))


def _run(session: Session, alert: Alert) -> CampaignRun:
    return session.scalars(
        select(CampaignRun)
        .join(Campaign, Campaign.id == CampaignRun.campaign_id)
        .where(Campaign.alert_id == alert.id, CampaignRun.round == alert.round)
    ).one()


def _one_at_a_time(session: Session) -> None:
    """Until the caller's transaction ends; on SQLite only one writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
