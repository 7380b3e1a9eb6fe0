"""The forms that sort reports and incidents, and those that undo it; each is one press."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.flow import sorting
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime, way_back
from gateway.web.forms import number, numbers, optional_number, reason
from gateway.web.guards import needs

bp = Blueprint("sorting", __name__)


@bp.post("/incidents/<int:incident_id>/merge")
@needs("coordinator")
def merge(incident_id: int) -> Response:
    into_id = number("into")
    with runtime().database.writing() as session:
        sorting.merge(session, incident_id, into_id, current_actor(), reason(), now())
    return _to(into_id, f"Incident {incident_id} was merged into this one.")


@bp.post("/incidents/<int:incident_id>/unmerge")
@needs("coordinator")
def unmerge(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        sorting.unmerge(session, incident_id, current_actor(), reason(), now())
    return _to(incident_id, "The merge is undone: this incident has its reports back.")


@bp.post("/incidents/<int:incident_id>/split")
@needs("coordinator")
def split(incident_id: int) -> Response:
    chosen, into_id = numbers("report"), optional_number("into")  # empty: an incident of their own
    if not chosen:
        raise Refused("Tick the reports that belong elsewhere first.")
    with runtime().database.writing() as session:
        into_id = sorting.split(
            session, incident_id, chosen, current_actor(), reason(), now(), into_id
        ).id
    return _to(into_id, f"The ticked reports of incident {incident_id} are here now.")


@bp.post("/reports/<int:report_id>/move")
@needs("coordinator")
def move_report(report_id: int) -> Response:
    into_id = optional_number("into")  # empty: an incident of its own
    with runtime().database.writing() as session:
        into_id = sorting.move_report(
            session, report_id, into_id, current_actor(), reason(), now()
        ).id
    return _to(into_id, f"Report {report_id} belongs to this incident now.")


@bp.post("/reports/<int:report_id>/put-back")
@needs("coordinator")
def put_back(report_id: int) -> Response:
    with runtime().database.writing() as session:
        into_id = sorting.put_back(session, report_id, current_actor(), reason(), now()).id
    return _to(into_id, f"Report {report_id} is back in this incident.")


@bp.post("/suggestions/<int:suggestion_id>/accept")
@needs("coordinator")
def accept(suggestion_id: int) -> Response:
    with runtime().database.writing() as session:
        into_id = sorting.accept(session, suggestion_id, current_actor(), reason(), now()).id
    return _to(into_id, "They are the same now. You can undo it on this page.")


@bp.post("/suggestions/<int:suggestion_id>/dismiss")
@needs("coordinator")
def dismiss(suggestion_id: int) -> Response:
    with runtime().database.writing() as session:
        sorting.dismiss(session, suggestion_id, current_actor(), reason(), now())
    flash("They stay two.", "good")
    return redirect(way_back() if request.form.get("back") else "/", 303)


def _to(incident_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("incidents.one", incident_id=incident_id), 303)
