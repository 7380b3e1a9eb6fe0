"""A sign of life from a screen that shows an incident; the answer names who else looks at it."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from gateway.flow import presence
from gateway.lists import presence as presences
from gateway.web.context import current_actor, is_fragment, now, runtime
from gateway.web.guards import needs

bp = Blueprint("presence", __name__)


@bp.post("/incidents/<int:incident_id>/here")
@needs("analyst")
def here(incident_id: int) -> Response:
    actor = current_actor()
    with runtime().database.writing() as session:
        presence.note(session, incident_id, actor, now())
        others = presences.others(session, incident_id, actor.id, now() - presence.FRESH)
    if not is_fragment():
        return redirect(url_for("incidents.one", incident_id=incident_id), 303)
    if not others:
        return Response(status=204)
    return Response(render_template("admin/_here.html", here=others))
