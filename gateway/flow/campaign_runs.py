"""The dates of campaigns: each is one round of messages, or it is written down why it was none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.alerts.reminders import Calendar, is_missed, next_due
from gateway.dispatch.audience import anybody
from gateway.flow import spreading
from gateway.flow.campaign_people import in_danger
from gateway.flow.reaching import by_day, people_of
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.history import move_deliveries
from gateway.store.tables import Alert, Campaign, CampaignRun, Delivery
from gateway.terms.refusals import Refused

log = structlog.get_logger()
_OVER = ("expired", "cancelled", "discarded")
_SETTLED = ("sent", "missed")


def frozen(alert: Alert) -> Mapping[str, Any] | None:
    """What of a campaign may not change after its approval, besides what every alert has."""
    campaign = alert.campaign if alert.purpose == "campaign" else None
    return None if campaign is None else {"kind": campaign.kind, **campaign.calendar}


def schedule(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> None:
    """The campaign was approved: sets its first date. Nothing is in the outbox before that."""
    campaign = _campaign(session, alert)
    calendar = Calendar.of_json(campaign.calendar)
    due_at = now if calendar.rule == "now" else next_due(calendar, now, runtime.zone)
    if due_at is None:
        raise Refused("All its dates are past: return it, and choose later ones.")
    campaign.due_at, alert.spread_at = due_at, now
    nudge_after_commit(session, "campaigns")


def make_way(session: Session, alert: Alert, now: datetime) -> None:
    """Takes back what waits of campaigns for people whom an approved alert speaks to."""
    campaigns = select(Alert.id).where(
        Alert.purpose == "campaign", Alert.state.in_(spreading.HOLDS)
    )
    warned = select(Delivery.subscriber_id).where(Delivery.alert_id == alert.id)
    move_deliveries(
        session,
        Delivery.alert_id.in_(campaigns) & Delivery.subscriber_id.in_(warned),
        "queued",
        "withdrawn",
        who="gateway",
        why=f"alert {alert.id} was approved",
        now=now,
    )


def run_due(runtime: Runtime) -> int:
    """Sends what is due and ends what is over; returns how many dates were sent."""
    now = runtime.clock()
    due = (
        select(Campaign.alert_id)
        .join(Alert, Alert.id == Campaign.alert_id)
        .where(Campaign.ended_at.is_(None), or_(Campaign.due_at <= now, Alert.state.in_(_OVER)))
        .order_by(Campaign.due_at, Campaign.id)
    )
    with runtime.database.reading() as session:
        found = session.scalars(due).all()
    return sum(_until_settled(runtime, alert_id, now) for alert_id in found)


def _until_settled(runtime: Runtime, alert_id: int, now: datetime) -> int:
    """Dates that were missed are written down one by one, each in its own transaction."""
    while (outcome := _next(runtime, alert_id, now)) == "missed":
        pass
    return outcome == "sent"


def _next(runtime: Runtime, alert_id: int, now: datetime) -> str | None:
    """What became of the next date; None when there is nothing to do (any more)."""
    with runtime.database.writing() as session:
        alert = session.scalar(
            select(Alert).where(Alert.id == alert_id).with_for_update(skip_locked=True)
        )
        if alert is None:  # another machine is at it
            return None
        campaign = _campaign(session, alert)
        is_due = campaign.due_at is not None and campaign.due_at <= now
        if alert.state in _OVER and not (is_due and alert.state == "expired"):
            campaign.due_at, campaign.ended_at = None, now
            return None
        if not is_due:
            return None
        outcome = _settle(runtime, session, campaign, alert, now)
    if outcome in _SETTLED:
        log.info("campaign date settled", campaign=campaign.id, outcome=outcome)
    return outcome


def _settle(
    runtime: Runtime, session: Session, campaign: Campaign, alert: Alert, now: datetime
) -> str:
    due_at = campaign.due_at or now
    later = next_due(Calendar.of_json(campaign.calendar), due_at, runtime.zone)
    run = _run_of(session, campaign, due_at, now)
    late = runtime.settings.campaigns.late_minutes
    too_late = is_missed(by_day(runtime, due_at), later, now, late)
    if too_late or alert.state == "expired":
        if run.outcome != "held":
            run.outcome = "missed"
        outcome = "missed"
    elif by_day(runtime, now) > now:
        run.outcome = "put_off"
        return run.outcome
    elif _all_in_danger(session, alert, now):
        run.outcome = "held"
        return run.outcome
    else:
        outcome = run.outcome = "sent"
        alert.round += 1
        run.round = alert.round
    run.at = now
    campaign.runs, campaign.due_at = campaign.runs + 1, later
    if outcome == "sent":
        session.flush()
        spreading.begin(runtime, session, alert, now, now)
    return outcome


def _run_of(session: Session, campaign: Campaign, due_at: datetime, now: datetime) -> CampaignRun:
    """The row of this date; there is one however often it is looked at."""
    run = session.scalar(
        select(CampaignRun).where(
            CampaignRun.campaign_id == campaign.id, CampaignRun.due_at == due_at
        )
    )
    if run is None:
        run = CampaignRun(campaign_id=campaign.id, due_at=due_at, outcome="put_off", at=now)
        session.add(run)
    return run


def _all_in_danger(session: Session, alert: Alert, now: datetime) -> bool:
    """Whether there are people, and an alert holds for all of them."""
    danger = in_danger(session, now)
    safe = (ring.where(~danger) for ring in people_of(session, alert))
    return not anybody(session, safe) and anybody(session, people_of(session, alert))


def _campaign(session: Session, alert: Alert) -> Campaign:
    return session.scalars(
        select(Campaign).where(Campaign.alert_id == alert.id).with_for_update()
    ).one()
