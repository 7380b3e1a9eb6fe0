"""Incidents: the list and one incident with all that is known about it."""

import json
from dataclasses import dataclass

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from gateway.flow import campaigning, ticking
from gateway.lists import (
    campaigns,
    casualties,
    clocks,
    cries,
    duty,
    incidents,
    inquiries,
    places,
    reports,
    risk,
    sameness,
    timeline,
)
from gateway.lists.inquiries import Neighbours
from gateway.lists.paging import Page
from gateway.lists.reports import ReportRow
from gateway.lists.ways import ways
from gateway.store.tables import Incident
from gateway.terms.states import MACHINES
from gateway.web.admin.frame import around
from gateway.web.context import now, runtime
from gateway.web.forms import asked_number, chosen, page_number
from gateway.web.guards import may, signed_in

bp = Blueprint("incidents", __name__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A button that a state may offer: its address, its name, and what to say as reason."""

    target: str
    path: str
    name: str
    hint: str


JUDGEMENTS = (
    Judgement("verified", "verify", "Verify: it is true", "Who confirmed it, and how?"),
    Judgement("refuted", "refute", "Refute: it is not true", "How do we know?"),
    Judgement("unverifiable", "unverifiable", "Nobody can find out", "What was tried?"),
    Judgement("open", "reopen", "Open it again", "What is new?"),
    Judgement("closed", "close", "Close: it is over", "How do we know that it is over?"),
)


@bp.get("/incidents")
@signed_in
def page() -> str:
    state = chosen("state", list(incidents.STATES))
    hazard = chosen("hazard", list(runtime().hazards))
    with runtime().database.reading() as session:
        found = incidents.listed(session, state=state, hazard=hazard, page=page_number())
        return render_template(
            "admin/incidents.html",
            found=found,
            marks=duty.marks(session, found.rows, runtime().allowed),
            same=sameness.beside(session, found.rows),
            state=state,
            hazard=hazard,
            states=incidents.STATES,
            hazards=runtime().hazards,
            medians=clocks.in_words(clocks.medians(session, now())),
        )


@bp.get("/incidents/<int:incident_id>")
@signed_in
def one(incident_id: int) -> str:
    with runtime().database.reading() as session:
        return show(session, incident_id)


def show(session: Session, incident_id: int) -> str:
    """The page of one incident; who may not read texts gets none from the database either."""
    incident = incidents.find(session, incident_id)
    alerts = incidents.alerts_of(session, incident_id)
    steps = timeline.of(session, "incident", incident_id, [alert.id for alert in alerts])
    reads = may("analyst")
    return render_template(
        "admin/incident.html",
        incident=incident,
        alerts=alerts,
        campaigns=campaigns.about(session, incident_id),
        answers=campaigning.suggested(incident),
        steps=steps,
        duty=duty.of(session, incident, runtime().allowed),
        cries=cries.of_incident(session, incident_id),
        reports=_reports(session, incident_id) if reads else None,
        neighbours=_neighbours(session, incident, texts=reads),
        against=reports.against(session, incident_id, runtime().zone) if reads else (),
        grade_why=json.loads(incident.grade_why or "[]") if reads else (),
        same=sameness.of_incident(session, incident),
        swallowed=sameness.swallowed_by(session, incident_id),
        **_way(session, incident),
        judgements=_offered(incident),
        outcomes=timeline.judgements(steps),
        times=clocks.in_words(clocks.of_incident(incident)),
        casualties=casualties.of_incident(session, incident_id),
        kinds=casualties.KINDS,
        can_merge="merged" in MACHINES["incident"].get(incident.state, ()),
        choices=incidents.choices(session, incident) if may("coordinator") else (),
        hazards=runtime().hazards.values(),
        checklist=ticking.checklist(session, incident),
        shown=risk.of_incident(session, incident_id),
        factors=runtime().factors.by_number,
        **_place_choice(session),
    )


def _offered(incident: Incident) -> list[Judgement]:
    allowed = MACHINES["incident"].get(incident.state, frozenset())
    return [judgement for judgement in JUDGEMENTS if judgement.target in allowed]


def _neighbours(session: Session, incident: Incident, *, texts: bool) -> Neighbours:
    return inquiries.of_incident(
        session,
        incident,
        policy=runtime().settings.inquiries.policy,
        askable=runtime().hazards[incident.hazard].ask,
        texts=texts,
    )


def _way(session: Session, incident: Incident) -> dict[str, object]:
    legs = ways(session, [incident.id]).get(incident.id, ())
    points = [(leg.stop.position.lat, leg.stop.position.lon, 0.0) for leg in legs]
    return {"legs": legs, "frame": around(points, least_km=2.0) if points else None}


def _place_choice(session: Session) -> dict[str, object]:
    """Chosen on the search page, which leads back here."""
    place_id = asked_number("place")
    name = places.name_of(session, place_id)
    return {"chosen_id": place_id if name else None, "chosen_name": name}


def _reports(session: Session, incident_id: int) -> Page[ReportRow]:
    return reports.of_incident(session, incident_id, page_number(), runtime().zone)
