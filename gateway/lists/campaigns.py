"""Campaigns: the list, and one campaign's calendar with its next dates and its last.

Words in it are keys of the catalogues.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from gateway.alerts.reminders import KINDS, Calendar, due_dates
from gateway.lists.paging import Page, read_page
from gateway.store.tables import Alert, Campaign, CampaignRun

_GOING_ON = ("draft", "submitted", "approved", "live")
_NEXT, _LAST = 5, 20
OUTCOMES = {
    "sent": "sent",
    "put_off": "waits for the end of the quiet hours",
    "missed": "missed: it was too late",
    "held": "held: a warning holds there",
}


@dataclass(frozen=True, slots=True)
class CampaignView:
    """What a page says of a campaign besides its alert."""

    campaign: Campaign
    calendar: Calendar
    kind: str
    dates: Sequence[datetime]  # the next ones
    runs: Sequence[CampaignRun]  # the last ones, the newest first


def listed(session: Session, page: int) -> Page[Campaign]:
    """Those that go on first, the newest of them first."""
    over = case((Alert.state.in_(_GOING_ON), 0), else_=1)
    query = (
        select(Campaign)
        .join(Alert, Alert.id == Campaign.alert_id)
        .options(joinedload(Campaign.alert))
        .order_by(over, Campaign.id.desc())
    )
    found = read_page(session, query, page)
    return Page([row[0] for row in found.rows], found.number, found.more)


def calendar_of(campaign: Campaign) -> Calendar:
    """When it is sent."""
    return Calendar.of_json(campaign.calendar)


def of_alert(session: Session, alert: Alert, now: datetime, zone: ZoneInfo) -> CampaignView | None:
    """None of a warning."""
    campaign = alert.campaign
    if campaign is None:
        return None
    runs = session.scalars(
        select(CampaignRun)
        .where(CampaignRun.campaign_id == campaign.id)
        .order_by(CampaignRun.due_at.desc())
        .limit(_LAST)
    ).all()
    calendar = calendar_of(campaign)
    return CampaignView(
        campaign=campaign,
        calendar=calendar,
        kind=KINDS.get(campaign.kind, campaign.kind),
        dates=_next(campaign, calendar, alert.state, now, zone),
        runs=runs,
    )


def about(session: Session, incident_id: int) -> Sequence[Campaign]:
    """Campaigns that answer an incident, the newest first."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.about_id == incident_id)
        .options(joinedload(Campaign.alert))
        .order_by(Campaign.id.desc())
    ).all()


def _next(
    campaign: Campaign, calendar: Calendar, state: str, now: datetime, zone: ZoneInfo
) -> list[datetime]:
    """Before the approval those that it would have; afterwards from the one that is due."""
    if state in ("draft", "submitted"):
        return due_dates(calendar, now, zone, _NEXT)
    if state not in _GOING_ON or campaign.due_at is None:
        return []
    return [campaign.due_at, *due_dates(calendar, campaign.due_at, zone, _NEXT - 1)]
