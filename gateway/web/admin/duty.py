"""The button with which a coordinator takes an incident in hand."""

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from gateway.flow import duty
from gateway.web.context import current_actor, now, runtime
from gateway.web.guards import needs

bp = Blueprint("duty", __name__)


@bp.post("/incidents/<int:incident_id>/take")
@needs("coordinator")
def take(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        taken = duty.take(session, incident_id, current_actor(), now(), via="page")
    had = f" {taken.before} had it before." if taken.before else ""
    flash(f"You have it now.{had}", "good")
    return redirect(url_for("incidents.one", incident_id=incident_id), 303)
