"""Incidents: the list and one incident with all that is known about it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import campaigning, ticking
from gateway.incidents.deadlines import Deadlines, Facts, due
from gateway.lists import (
    casualties,
    clocks,
    cries,
    duty,
    incidents,
    inquiries,
    reports,
    sameness,
    standing,
)
from gateway.lists.incidents import Filter
from gateway.lists.inquiries import Neighbours
from gateway.lists.next_step import next_step, warning
from gateway.lists.reports import Voices
from gateway.lists.standing import Whole
from gateway.lists.ways import ways
from gateway.store.tables import Alert, Incident
from gateway.terms.states import MACHINES
from gateway.web import evidence
from gateway.web.admin.frame import around
from gateway.web.context import now, runtime
from gateway.web.formats import CREDIBILITY, RELIABILITY
from gateway.web.forms import asked_number, chosen, page_number
from gateway.web.fragments import stamp_of
from gateway.web.guards import may, signed_in
from gateway.web.speech import N_, current

bp = Blueprint("incidents", __name__)
PERIODS = {
    "day": (N_("the last 24 hours"), timedelta(hours=24)),
    "week": (N_("the last 7 days"), timedelta(days=7)),
    "month": (N_("the last 30 days"), timedelta(days=30)),
    "year": (N_("the last year"), timedelta(days=365)),
}
_LONGEST_PLACE = 100


@dataclass(frozen=True, slots=True)
class Judgement:
    """A button that a state may offer: its address, its name, and what to say as reason."""

    target: str
    path: str
    name: str
    hint: str


JUDGEMENTS = (
    Judgement("verified", "verify", N_("Verify: it is true"), N_("Who confirmed it, and how?")),
    Judgement("refuted", "refute", N_("Refute: it is not true"), N_("How do we know?")),
    Judgement("unverifiable", "unverifiable", N_("Nobody can find out"), N_("What was tried?")),
    Judgement("open", "reopen", N_("Open it again"), N_("What is new?")),
    Judgement("closed", "close", N_("Close: it is over"), N_("How do we know that it is over?")),
)


@bp.get("/incidents")
@signed_in
def page() -> str:
    asked, period = _asked()
    with runtime().database.reading() as session:
        found = incidents.listed(session, filter=asked, page=page_number())
        return render_template(
            "admin/incidents.html",
            found=found,
            counts=incidents.counts(session, asked),
            marks=duty.marks(session, found.rows, runtime().allowed),
            same=sameness.beside(session, found.rows),
            asked=asked,
            period=period,
            periods=PERIODS,
            states=incidents.STATES,
            hazards=runtime().hazards,
            letters=RELIABILITY,
            numbers=CREDIBILITY,
            medians=clocks.medians(session, now()),
        )


@bp.get("/incidents/<int:incident_id>")
@signed_in
def one(incident_id: int) -> str | Response:
    if request.args.get("place"):  # the search for a place leads back to the form that asked
        place = asked_number("place")
        there = url_for("incident_parts.correct", incident_id=incident_id, place=place)
        return redirect(f"{there}#act-place")
    with runtime().database.reading() as session:
        return show(session, incident_id)


def show(session: Session, incident_id: int) -> str:
    """The page of one incident; who may not read texts gets none from the database either."""
    found = at_a_glance(session, incident_id)
    incident = found["incident"]
    return render_template(
        "admin/incident.html",
        **found,
        **said_by_people(session, incident),
        campaigns=[alert for alert in found["alerts"] if alert.campaign],
        answers=campaigning.suggested(incident),
        cries=cries.of_incident(session, incident_id),
        grade_why=json.loads(incident.grade_why or "[]") if may("analyst") else (),
        same=sameness.of_incident(session, incident),
        **_way(session, incident),
        judgements=_offered(incident),
        times=clocks.of_incident(incident),
        casualties=casualties.of_incident(session, incident_id),
        kinds=casualties.KINDS,
    )


def at_a_glance(session: Session, incident_id: int) -> dict[str, Any]:
    """What stands first on the page and is kept fresh there."""
    whole = standing.read(session, incident_id)
    incident = whole.incident
    alerts = incidents.alerts_of(session, incident_id)
    neighbours = neighbours_of(session, incident)
    checklist = ticking.checklist(session, incident)
    deadlines = _deadlines(whole)
    return {
        "incident": incident,
        "whole": whole,
        "alerts": alerts,
        "neighbours": neighbours,
        "checklist": checklist,
        "due": deadlines,
        "late": deadlines.missed(now()) is not None,
        "minutes": _minutes_since(incident),
        "next": _next(incident, alerts, neighbours, checklist),
        "current": warning(alerts),
        "stamp": stamp_of(incident_id, *whole.stamp),
        "voices_stamp": stamp_of(incident_id, *whole.stamp.voices),
    }


def said_by_people(session: Session, incident: Incident) -> dict[str, object]:
    """Reports for who may read them."""
    if not may("analyst"):
        return {"reports": None, "against": (), "evidence": evidence.of}
    zone = runtime().zone
    voices: Voices = reports.voices(session, incident.id, page_number(), zone)
    return {"reports": voices.found, "against": voices.against, "evidence": evidence.of}


def neighbours_of(session: Session, incident: Incident) -> Neighbours:
    """The questions to them; texts of answers only for who may read them."""
    return inquiries.of_incident(
        session,
        incident,
        policy=runtime().settings.inquiries.policy,
        askable=runtime().hazards[incident.hazard].ask,
        texts=may("analyst"),
        language=current(),
    )


def _asked() -> tuple[Filter, str]:
    """The filters in the address, and the name of the period."""
    period = chosen("period", list(PERIODS))
    number = chosen("information", list(CREDIBILITY))
    asked = Filter(
        state=chosen("state", list(incidents.STATES)),
        hazard=chosen("hazard", list(runtime().hazards)),
        place=request.args.get("place", "").strip()[:_LONGEST_PLACE],
        since=now() - PERIODS[period][1] if period else None,
        source=chosen("source", list(RELIABILITY)),
        information=int(number) if number else None,
    )
    return asked, period


def _offered(incident: Incident) -> list[Judgement]:
    allowed = MACHINES["incident"].get(incident.state, frozenset())
    return [judgement for judgement in JUDGEMENTS if judgement.target in allowed]


def _deadlines(whole: Whole) -> Deadlines:
    incident = whole.incident
    facts = Facts(incident.state, whole.begun_at, incident.seen_at)
    return due(facts, *runtime().allowed(incident))


def _minutes_since(incident: Incident) -> int:
    begin = incident.first_report_at or incident.opened_at
    return max(0, int((now() - begin).total_seconds() // 60))


def _next(
    incident: Incident,
    alerts: Sequence[Alert],
    neighbours: Neighbours,
    checklist: ticking.Checklist,
) -> str:
    return next_step(
        incident,
        alerts,
        proposed=neighbours.proposed,
        asked=len(neighbours.asked) - neighbours.proposed,
        may_ask=neighbours.may_ask,
        steps_left=sum(not item.who for item in checklist.items),
    )


def _way(session: Session, incident: Incident) -> dict[str, object]:
    legs = ways(session, [incident.id]).get(incident.id, ())
    points = [(leg.stop.position.lat, leg.stop.position.lon, 0.0) for leg in legs]
    return {"legs": legs, "frame": around(points, least_km=2.0) if points else None}
