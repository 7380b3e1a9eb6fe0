"""Pieces of an incident's page with addresses of their own: they come when they are asked for.

Each is a whole page too, for browsers without scripts.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from gateway.flow import ticking
from gateway.lists import (
    happenings,
    incidents,
    places,
    risk,
    sameness,
    standing,
    timeline,
    whereabouts,
)
from gateway.store.tables import Incident
from gateway.terms.refusals import Refused
from gateway.terms.states import MACHINES
from gateway.web.admin.incidents import at_a_glance, neighbours_of, said_by_people
from gateway.web.context import current_actor, is_fragment, now, runtime
from gateway.web.forms import asked_number, chosen, optional_number
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import may, needs, signed_in
from gateway.web.speech import N_

bp = Blueprint("incident_parts", __name__)
KINDS = {
    "reports": N_("reports"),
    "questions": N_("questions and answers"),
    "decisions": N_("decisions"),
    "warnings": N_("warnings"),
}


@bp.get("/incidents/<int:incident_id>/news")
@signed_in
def news(incident_id: int) -> Response | Answer:
    """State, grade and figures, while nothing happens a header."""
    if not is_fragment():
        return _to_page(incident_id)
    with runtime().database.reading() as session:
        mark = stamp_of(incident_id, *standing.stamp(session, incident_id))
        return unless_known(
            mark,
            lambda: render_template("admin/_glance.html", **at_a_glance(session, incident_id)),
        )


@bp.get("/incidents/<int:incident_id>/voices")
@signed_in
def voices(incident_id: int) -> str | Answer:
    """Reports and answers, for a page that is open already."""
    if not is_fragment():
        return _to_page(incident_id, "h-reports")
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        return render_template(
            "admin/_voices.html",
            incident=incident,
            neighbours=neighbours_of(session, incident),
            **said_by_people(session, incident),
        )


@bp.get("/incidents/<int:incident_id>/timeline")
@signed_in
def story(incident_id: int) -> str:
    kind, before = chosen("kind", list(KINDS)), _moment()
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        alerts = [alert.id for alert in incidents.alerts_of(session, incident_id)]
        steps = timeline.of(session, "incident", incident_id)
        found = happenings.of_incident(session, incident_id, alerts, steps, kind, before)
        outcomes = timeline.judgements(steps)
        return _part("_timeline", incident, found=found, kind=kind, kinds=KINDS, outcomes=outcomes)


@bp.get("/incidents/<int:incident_id>/factors")
@signed_in
def factors(incident_id: int) -> str:
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        return _part(
            "_factors",
            incident,
            shown=risk.of_incident(session, incident_id),
            factors=runtime().factors.by_number,
        )


@bp.get("/incidents/<int:incident_id>/correct")
@needs("coordinator")
def correct(incident_id: int) -> str:
    """Place, hazard, merges: chosen places come back here from the search."""
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        place_id = asked_number("place")
        name = places.name_of(session, place_id)
        return _part(
            "_correct",
            incident,
            chosen_id=place_id if name else None,
            chosen_name=name,
            swallowed=sameness.swallowed_by(session, incident_id),
            can_merge="merged" in MACHINES["incident"].get(incident.state, ()),
            choices=incidents.choices(session, incident),
            hazards=runtime().hazards.values(),
        )


@bp.get("/incidents/<int:incident_id>/points.json")
@signed_in
def where(incident_id: int) -> Response:
    """Coordinates for the map."""
    with runtime().database.reading() as session:
        mark = stamp_of("points", incident_id, *standing.stamp(session, incident_id))
        answer = unless_known(mark, lambda: _points(session, incident_id))
    answer.mimetype = "application/json"
    return answer


@bp.post("/incidents/<int:incident_id>/checklist/owner")
@needs("coordinator")
def owner(incident_id: int) -> Answer:
    """Takes on a step, hands it on or lets it go."""
    words, actor = request.form.get("step", ""), current_actor()
    acts: dict[str, Callable[[Session], None]] = {
        "take": lambda session: ticking.hand(session, incident_id, words, actor.id, actor, now()),
        "hand": lambda session: ticking.hand(
            session, incident_id, words, optional_number("to") or 0, actor, now(),
            optional_number("had"),
        ),
        "let_go": lambda session: ticking.let_go(session, incident_id, words, actor, now()),
    }  # fmt: skip
    act = acts.get(request.form.get("act", ""))
    if act is None:
        raise Refused("Something is missing in this form. Reload the page and try again.")
    with runtime().database.writing() as session:
        act(session)
    return _to_page(incident_id, "h-checklist")


def _part(name: str, incident: Incident, **values: object) -> str:
    acts = may("coordinator") and incident.state != "merged"
    return render_template(
        "admin/incident_part.html",
        part=f"admin/{name}.html",
        frame_of_page="admin/_bare.html" if is_fragment() else "base.html",
        incident=incident,
        acts=acts,
        **values,
    )


def _points(session: Session, incident_id: int) -> str:
    incident = incidents.find(session, incident_id)
    found = whereabouts.of_incident(session, incident, people=may("analyst"))
    return json.dumps(found, separators=(",", ":"))


def _moment() -> datetime | None:
    """From the address; what is no moment is none."""
    try:
        moment = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _to_page(incident_id: int, anchor: str | None = None) -> Answer:
    return redirect(url_for("incidents.one", incident_id=incident_id, _anchor=anchor), 303)
