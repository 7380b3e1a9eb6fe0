"""The forms of an incident: judge it, place it, begin a warning."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import alerting, judging, tallying
from gateway.flow.places import others_called
from gateway.store.tables import Incident
from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from gateway.terms.states import MACHINES, MoveRefused
from gateway.web import firsts
from gateway.web.admin.triage import keeps_typed
from gateway.web.context import current_actor, is_fragment, now, runtime, way_back
from gateway.web.forms import optional_number, position, reason
from gateway.web.guards import needs
from gateway.web.outcomes import done
from gateway.web.speech import N_

bp = Blueprint("judgements", __name__)
_JUDGE = {
    "verify": (judging.verify, N_("Verified. Now draft a warning if people are in danger.")),
    "refute": (judging.refute, N_("Refuted.")),
    "unverifiable": (judging.unverifiable, N_("Marked as not verifiable.")),
    "reopen": (judging.reopen, N_("Open again.")),
    "close": (judging.close, N_("Closed.")),
}


@bp.post("/incidents/<int:incident_id>/seen")
@needs("coordinator")
def seen(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        judging.see(session, incident_id, current_actor(), now())
    return Response(status=204) if is_fragment() else redirect(way_back(), 303)


@bp.post("/incidents/<int:incident_id>/<any(verify,refute,unverifiable,reopen,close):act>")
@needs("coordinator")
@keeps_typed
def judge(incident_id: int, act: str) -> Response:
    """Sent twice, because the answer got lost on a bad line, it is done once and said twice."""
    judge_so, words = _JUDGE[act]
    actor, why = current_actor(), reason()
    try:
        with runtime().database.writing() as session:
            judge_so(session, incident_id, actor, why, now(), _saw())
    except MoveRefused as error:
        if not firsts.is_repeated(error, actor.name, why):
            raise
    return _back(incident_id, gettext(words))


@bp.post("/incidents/<int:incident_id>/place")
@needs("coordinator")
@keeps_typed
def place(incident_id: int) -> Response:
    place_id, point = optional_number("place_id"), position()
    if place_id is None and point is None:
        raise Refused("Choose a place from the search, or give latitude and longitude.")
    learnt = request.form.get("learn_as", "").strip() or None
    with runtime().database.writing() as session:
        incident = judging.set_place(
            runtime(),
            session,
            incident_id,
            current_actor(),
            reason(),
            now(),
            place_id=None if point else place_id,
            position=point,
            learn_as=learnt,
        )
        note = _about_name(session, incident, learnt) if learnt else ""
    if note:
        flash(note, "note")
    return _back(incident_id, gettext("The place is set. New reports will not move it."))


@bp.post("/incidents/<int:incident_id>/hazard")
@needs("coordinator")
@keeps_typed
def hazard(incident_id: int) -> Response:
    key = request.form.get("hazard", "")
    if key not in runtime().hazards:
        raise Refused("Choose a hazard from the list.")
    with runtime().database.writing() as session:
        judging.set_hazard(session, incident_id, key, current_actor(), reason(), now())
    return _back(incident_id, gettext("The hazard is set."))


@bp.post("/incidents/<int:incident_id>/casualties")
@needs("coordinator")
def casualties(incident_id: int) -> Response:
    kind = request.form.get("kind", "")
    low, high = _people("low"), _people("high")
    with runtime().database.writing() as session:
        tallying.set_range(session, incident_id, kind, low, high, current_actor(), reason(), now())
    words = gettext("Set. It holds against the reports until somebody sets it again.")
    return _back(incident_id, words)


@bp.post("/incidents/<int:incident_id>/warn")
@needs("coordinator")
def warn(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        alert = alerting.draft(runtime(), session, incident_id, current_actor(), now())
        alert_id = alert.id
    return redirect(url_for("alerts.one", alert_id=alert_id), 303)


def _people(name: str) -> int | None:
    """A number or nothing; anything else would quietly take a range back."""
    count = optional_number(name)
    if count is None and request.form.get(name, "").strip():
        raise Refused("Give the number of people in digits, or leave the field empty.")
    return count


def _about_name(session: Session, incident: Incident, name: str) -> str:
    """What a coordinator should know about the name just learnt."""
    if incident.exercise_id is not None:
        return str(gettext("In an exercise no name is learnt."))
    if incident.lat is None or incident.lon is None:
        return ""
    here = Position(incident.lat, incident.lon)
    others = others_called(runtime().gazetteer(session), name, here)
    if not others:
        return ""
    return str(
        gettext(
            "%(name)s is also the name of another place, in %(area)s: a message that names it is "
            "placed by where its sender lives and what else it says.",
            name=name,
            area=others[0].county or others[0].region or gettext("another area"),
        )
    )


def _saw() -> str | None:
    """The state in which the page showed it; a form that does not say so gets no such guard."""
    state = request.form.get("saw")
    return state if state in MACHINES["incident"] else None


def _back(incident_id: int, words: str) -> Response:
    return done(words, url_for("incidents.one", incident_id=incident_id), incident_id=incident_id)
