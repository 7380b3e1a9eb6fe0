"""Campaigns of a scene: drafted, approved, run; and the moments of a day in Nairobi."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from gateway.alerts.reminders import Calendar
from gateway.flow import alerting, campaign_runs, campaigning
from gateway.store.tables import Alert, Campaign, CampaignRun
from gateway.terms.area import Area, Circle
from tests.dispatch.scenes import Scene
from tests.make import MOA

NAIROBI = ZoneInfo("Africa/Nairobi")
AROUND_MOA = Area.around(Circle(MOA.lat, MOA.lon, 10_000, "Moa"))


def at(day: int, clock: str, month: int = 3) -> datetime:
    """A moment of March 2026 in Nairobi."""
    local = datetime.combine(date(2026, month, day), time.fromisoformat(clock), NAIROBI)
    return local.astimezone(UTC)


def daily(hour: str = "09:00", first: str = "2026-03-11", last: str = "2026-03-20") -> Calendar:
    """Every day of ten."""
    return Calendar("daily", hour, first=first, last=last)


def draft(scene: Scene, calendar: Calendar | None = None, **facts: Any) -> Alert:
    """A campaign's alert, in its first version."""
    values: dict[str, Any] = {
        "kind": "law", "name": "The law", "area": AROUND_MOA, "place_name": "Moa",
    }  # fmt: skip
    plan = campaigning.Plan(calendar=calendar or daily(), **(values | facts))
    with scene.runtime.database.writing() as session:
        return campaigning.draft(scene.runtime, session, plan, scene.first, scene.now).alert


def approved(scene: Scene, calendar: Calendar | None = None, **facts: Any) -> Alert:
    """A campaign that waits for its first date."""
    alert = draft(scene, calendar, **facts)
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, alert.version, scene.now)
    return scene.approve(alert)


def sweep(scene: Scene) -> int:
    """One round of the background: dates, then the outbox; how many SMS left."""
    campaign_runs.run_due(scene.runtime)
    return scene.send()


def one_hand(scene: Scene) -> None:
    """Messages are handed over one after the other."""
    accounts = scene.runtime.settings.providers
    slow = {name: row.model_copy(update={"connections": 1}) for name, row in accounts.items()}
    scene.runtime.settings = scene.runtime.settings.model_copy(update={"providers": slow})


def campaign_of(scene: Scene, alert: Alert) -> Campaign:
    """As the database has it."""
    with scene.runtime.database.reading() as session:
        return session.scalars(select(Campaign).where(Campaign.alert_id == alert.id)).one()


def runs(scene: Scene, alert: Alert) -> list[tuple[str, str, int, int]]:
    """Each date in local time, what became of it, people, and those who had enough."""
    with scene.runtime.database.reading() as session:
        rows = session.scalars(
            select(CampaignRun)
            .join(Campaign, Campaign.id == CampaignRun.campaign_id)
            .where(Campaign.alert_id == alert.id)
            .order_by(CampaignRun.due_at)
        ).all()
    return [
        (f"{run.due_at.astimezone(NAIROBI):%d %H:%M}", run.outcome, run.people, run.capped)
        for run in rows
    ]
