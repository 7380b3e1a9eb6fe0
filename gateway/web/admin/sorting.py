"""The forms that sort reports and incidents, and those that undo it; each is one press."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import sorting
from gateway.terms.refusals import Refused
from gateway.web.admin.triage import keeps_typed
from gateway.web.context import current_actor, now, runtime, way_back
from gateway.web.forms import number, numbers, optional_number, reason
from gateway.web.guards import needs
from gateway.web.outcomes import done

bp = Blueprint("sorting", __name__)


@bp.post("/incidents/<int:incident_id>/merge")
@needs("coordinator")
@keeps_typed
def merge(incident_id: int) -> Response:
    into_id = number("into")
    with runtime().database.writing() as session:
        sorting.merge(session, incident_id, into_id, current_actor(), reason(), now())
    words = gettext("Incident %(number)s was merged into this one.", number=incident_id)
    return _to(into_id, words, incident_id)


@bp.post("/incidents/<int:incident_id>/unmerge")
@needs("coordinator")
def unmerge(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        sorting.unmerge(session, incident_id, current_actor(), reason(), now())
    words = gettext("The merge is undone: this incident has its reports back.")
    return _to(incident_id, words)


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
    words = gettext("The ticked reports of incident %(number)s are here now.", number=incident_id)
    return _to(into_id, words, into_id)


@bp.post("/reports/<int:report_id>/move")
@needs("coordinator")
def move_report(report_id: int) -> Response:
    into_id = optional_number("into")  # empty: an incident of its own
    with runtime().database.writing() as session:
        into_id = sorting.move_report(
            session, report_id, into_id, current_actor(), reason(), now()
        ).id
    words = gettext("Report %(number)s belongs to this incident now.", number=report_id)
    return _to(into_id, words, into_id)


@bp.post("/reports/<int:report_id>/put-back")
@needs("coordinator")
def put_back(report_id: int) -> Response:
    with runtime().database.writing() as session:
        into_id = sorting.put_back(session, report_id, current_actor(), reason(), now()).id
    words = gettext("Report %(number)s is back in this incident.", number=report_id)
    return _to(into_id, words)


@bp.post("/suggestions/<int:suggestion_id>/accept")
@needs("coordinator")
def accept(suggestion_id: int) -> Response:
    with runtime().database.writing() as session:
        into_id = sorting.accept(session, suggestion_id, current_actor(), reason(), now()).id
    return _to(into_id, gettext("They are the same now. You can undo it on this page."))


@bp.post("/suggestions/<int:suggestion_id>/dismiss")
@needs("coordinator")
def dismiss(suggestion_id: int) -> Response:
    with runtime().database.writing() as session:
        sorting.dismiss(session, suggestion_id, current_actor(), reason(), now())
    flash(gettext("They stay two."), "good")
    return redirect(way_back() if request.form.get("back") else "/", 303)


def _to(incident_id: int, words: str, undo: int | None = None) -> Response:
    """`undo` is the incident whose last act this was."""
    return done(words, url_for("incidents.one", incident_id=incident_id), incident_id=undo)
