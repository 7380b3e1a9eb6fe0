"""How a draft begins: of an incident, or of the alert that it updates, cancels or clears."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.alerts.drafting import Facts, clock_words, draft_texts
from gateway.dispatch.audience import MAX_RADIUS_M
from gateway.flow import playbooks
from gateway.flow.areas_of_alerts import first_area
from gateway.flow.freezing import record_act
from gateway.flow.reaching import due_time
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AlertText, Incident, User
from gateway.terms.refusals import NotFound, Refused
from gateway.terms.saying import Said

_OPEN = ("draft", "submitted")


def of_incident(
    runtime: Runtime, session: Session, incident_id: int, by: User, now: datetime
) -> Alert:
    """A warning for a verified incident, in every language of the deployment."""
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no incident %(number)s.", number=incident_id)
    alert = Alert(purpose="warning", msg_type="Alert", drafted_by=by.id, created_at=now)
    _tell_of(runtime, session, alert, incident)
    return written(runtime, session, alert, by, now)


def update_of(runtime: Runtime, session: Session, alert: Alert, by: User, now: datetime) -> Alert:
    """A warning in the place of an earlier one, by what its incident is known to be now."""
    incident = session.get_one(Incident, alert.incident_id, with_for_update=True)
    newer = Alert(
        purpose="warning",
        msg_type="Update",
        refers_to_id=alert.id,
        drafted_by=by.id,
        created_at=now,
    )
    _tell_of(runtime, session, newer, incident)
    return written(runtime, session, newer, by, now)


def follow_up(alert: Alert, by: User, purpose: str, now: datetime) -> Alert:
    """A cancel or an all-clear for those who were sent the alert."""
    return Alert(
        incident_id=alert.incident_id,
        refers_to_id=alert.id,
        purpose=purpose,
        msg_type="Cancel" if purpose == "cancel" else "Update",
        hazard=alert.hazard,
        urgency="Past",
        severity="Minor" if purpose == "all_clear" else alert.severity,
        certainty=alert.certainty,
        place_id=alert.place_id,
        place_name=alert.place_name,
        lat=alert.lat,
        lon=alert.lon,
        radius_m=alert.radius_m,
        area=alert.area,
        drafted_by=by.id,
        created_at=now,
        exercise_id=alert.exercise_id,
    )


def waiting_follow_up(alert: Alert) -> Select[Alert]:
    """Updates, cancels and all-clears of an alert that are not approved yet."""
    return select(Alert).where(Alert.refers_to_id == alert.id, Alert.state.in_(_OPEN))


def written(runtime: Runtime, session: Session, alert: Alert, by: User, now: datetime) -> Alert:
    """The draft with its first texts and its expiry, kept."""
    hours = timedelta(hours=runtime.settings.policy.alert_hours)
    # What waits for the morning lasts as long after it.
    alert.expires_at = due_time(runtime, alert, now) + hours
    moment = alert.expires_at if alert.purpose == "warning" else now
    facts = Facts(
        source=runtime.settings.service_name,
        hazard=alert.hazard,
        place=alert.place_name,
        until=clock_words(moment, now, runtime.zone),
        exercise=alert.exercise_id is not None,
    )
    replaces = alert.purpose == "warning" and alert.msg_type == "Update"
    lines = playbooks.lines_of(session, alert.hazard)
    texts = draft_texts(
        "update" if replaces else alert.purpose, facts, runtime.settings.languages, lines
    )
    alert.texts = [AlertText(language=language, body=body) for language, body in texts.items()]
    alert.state, alert.version = "draft", 1
    session.add(alert)
    session.flush()
    record_act(session, alert, by, "alert.draft", now, incident=alert.incident_id)
    return alert


def _tell_of(runtime: Runtime, session: Session, alert: Alert, incident: Incident) -> None:
    """What the alert says of its incident; refuses one that nobody can be warned of."""
    if incident.state != "verified":
        raise Refused(
            "Incident %(number)s is %(state)s: verify it first.",
            number=incident.id,
            state=Said(incident.state),
        )
    if incident.lat is None or incident.lon is None:
        raise Refused("Nobody knows where it is: set its place first.")
    hazard = runtime.hazards[incident.hazard]
    radius_m = min(hazard.radius_m or runtime.settings.dispatch.radius_m, MAX_RADIUS_M)
    if (incident.precision_m or 0) > radius_m:
        about = f"{(incident.precision_m or 0) / 1000:.0f} km"
        raise Refused(
            "Its place is known only within %(distance)s: set the place by hand first.",
            distance=about,
        )
    alert.incident_id, alert.exercise_id = incident.id, incident.exercise_id
    alert.hazard, alert.certainty = incident.hazard, "Observed"
    alert.urgency, alert.severity = hazard.urgency, hazard.severity
    alert.place_id, alert.place_name = incident.place_id, incident.place_name or ""
    alert.lat, alert.lon, alert.radius_m = incident.lat, incident.lon, radius_m
    alert.set_zone(first_area(session, alert))
