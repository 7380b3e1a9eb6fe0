"""Campaigns: drafted with their texts and calendar; from then on they are alerts like any other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.alerts.reminders import KINDS, Calendar, checked, last_due
from gateway.dispatch.named_areas import COUNTRY, COUNTY
from gateway.flow import campaign_areas
from gateway.flow.alerting import check_area
from gateway.flow.campaign_people import LASTS
from gateway.flow.freezing import record_act
from gateway.flow.reaching import by_day
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AlertText, Campaign, Incident, User
from gateway.terms.area import Area, Circle
from gateway.terms.refusals import NotAllowed, NotFound, Refused

_HAZARDS = {"law": "hate_speech", "counter_message": "hate_speech", "checked_false": "rumour"}
_LONGEST_NAME = 80
# What an incident suggests: its hazard (empty: any), the states it may be in, and the kinds.
_SUGGESTED = (
    ("hate_speech", ("verified", "closed"), ("law", "counter_message")),
    ("", ("refuted",), ("checked_false",)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a coordinator chose for a new campaign."""

    kind: str
    name: str  # for coordinators; nobody else reads it
    area: Area
    calendar: Calendar
    place_name: str
    place_id: int | None = None
    about_id: int | None = None  # the incident that it answers


def draft(runtime: Runtime, session: Session, plan: Plan, by: User, now: datetime) -> Campaign:
    """The draft of a campaign in every language of the deployment; Refused names what is wrong."""
    _may(by)
    if plan.kind not in KINDS:
        raise Refused("Choose what the message says.")
    _check_area(plan.area)
    calendar = checked(plan.calendar, now, runtime.zone)
    alert = Alert(
        purpose="campaign",
        msg_type="Alert",
        hazard=_HAZARDS.get(plan.kind, "other"),
        urgency="Future",
        severity="Minor",
        certainty="Observed",
        place_id=plan.place_id,
        place_name=plan.place_name,
        expires_at=_expiry(runtime, calendar, now),
        drafted_by=by.id,
        created_at=now,
        state="draft",
        version=1,
        texts=_texts(runtime, plan),
    )
    alert.set_zone(plan.area)
    campaign = Campaign(
        alert=alert,
        name=_name(plan.name) or KINDS[plan.kind],
        kind=plan.kind,
        calendar=calendar.as_json(),
        about_id=plan.about_id,
        created_at=now,
    )
    session.add_all([alert, campaign])
    session.flush()
    answers = f" about incident {plan.about_id}" if plan.about_id else ""
    record_act(session, alert, by, "campaign.draft", now, what=f"{plan.kind}{answers}")
    return campaign


def change_calendar(
    runtime: Runtime,
    session: Session,
    alert_id: int,
    by: User,
    version: int,
    now: datetime,
    *,
    name: str,
    calendar: Calendar,
) -> Alert:
    """Other dates for a draft; what was submitted is read as it was submitted."""
    _may(by)
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None or alert.campaign is None:
        raise NotFound("There is no campaign %(number)s.", number=alert_id)
    if version != alert.version:
        raise Refused("Somebody changed this campaign meanwhile. Read it again, then decide.")
    if alert.state != "draft":
        raise Refused("This campaign is no draft any more: only a draft can be changed.")
    clean = checked(calendar, now, runtime.zone)
    alert.campaign.calendar = clean.as_json()
    alert.campaign.name = _name(name) or alert.campaign.name
    alert.expires_at = _expiry(runtime, clean, now)
    alert.version += 1
    record_act(session, alert, by, "campaign.calendar", now, version=alert.version)
    return alert


def suggested(incident: Incident) -> tuple[str, ...]:
    """The kinds of campaign that answer this incident as it stands."""
    if incident.exercise_id is not None:
        return ()
    return tuple(
        kind
        for hazard, states, kinds in _SUGGESTED
        if incident.hazard == (hazard or incident.hazard) and incident.state in states
        for kind in kinds
    )


def draft_about(
    runtime: Runtime, session: Session, incident_id: int, kind: str, by: User, now: datetime
) -> Campaign:
    """The answer to an incident, for the people whom it touched, once; it needs approval too."""
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no incident %(number)s.", number=incident_id)
    if kind not in suggested(incident):
        raise Refused(
            "As incident %(number)s stands now, this message does not fit it.", number=incident.id
        )
    radius_m = runtime.hazards[incident.hazard].radius_m or runtime.settings.dispatch.radius_m
    if kind == "checked_false":
        area = campaign_areas.where_it_ran(session, incident, radius_m)
    elif incident.lat is None or incident.lon is None:
        raise Refused("Nobody knows where it is: set its place first.")
    else:
        place = incident.place_name or ""
        area = Area.around(Circle(incident.lat, incident.lon, radius_m, place))
    plan = Plan(
        kind=kind,
        name=f"{KINDS[kind]}: incident {incident.id}",
        area=area,
        calendar=Calendar("now"),
        place_name=incident.place_name or (area.spots[0].name if area.spots else ""),
        place_id=incident.place_id,
        about_id=incident.id,
    )
    return draft(runtime, session, plan, by, now)


def _check_area(area: Area) -> None:
    """Whole counties may be as wide as they are."""
    if not any(circle.by in (COUNTY, COUNTRY) for circle in area.circles):
        check_area(area)


def _texts(runtime: Runtime, plan: Plan) -> list[AlertText]:
    name = f"campaign_{plan.kind}"
    known = {"source": runtime.settings.service_name, "place": plan.place_name}
    texts = []
    for language in runtime.settings.languages:
        facts = {field: known[field] for field in wording.fields(language, name)}
        texts.append(AlertText(language=language, body=wording.render(language, name, **facts)))
    return texts


def _expiry(runtime: Runtime, calendar: Calendar, now: datetime) -> datetime:
    """After the last date's copies, sent as late as they may be; whole minutes, as pages show."""
    last = by_day(runtime, last_due(calendar, now, runtime.zone))
    late = timedelta(minutes=runtime.settings.campaigns.late_minutes)
    # Late may fall into the next night, which is waited for as well.
    end = last + late + timedelta(days=1) + LASTS
    return end.replace(second=0, microsecond=0)


def _name(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_NAME]


def _may(by: User) -> None:
    if by.disabled or by.role not in ("coordinator", "admin"):
        raise NotAllowed("Only coordinators write campaigns.")
