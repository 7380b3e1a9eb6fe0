"""Takes the last decision about an incident back: a page that says what, and its form."""

from collections.abc import Mapping

from flask import Blueprint, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import undoing
from gateway.lists import incidents
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number
from gateway.web.guards import needs
from gateway.web.outcomes import done
from gateway.web.speech import N_, told

bp = Blueprint("undoing", __name__)
_UNDONE: Mapping[str, str] = {
    "incident.merged": N_("The merge is undone."),
    "incident.split": N_("The reports are back."),
    "report.move": N_("The report is back."),
    "incident.place": N_("The place is as it was before."),
    "incident.hazard": N_("The hazard is as it was before."),
    "incident.take": N_("It belongs to who had it before."),
    "incident.assign": N_("It belongs to who had it before."),
}
_DECIDED: Mapping[str, str] = {
    "incident.verified": N_("verified it"),
    "incident.refuted": N_("refuted it"),
    "incident.unverifiable": N_("marked it as not verifiable"),
    "incident.closed": N_("closed it"),
    "incident.open": N_("opened it again"),
    "incident.merged": N_("merged it into another"),
    "incident.unmerged": N_("undid its merge"),
    "incident.split": N_("took reports out of another into it"),
    "incident.undo": N_("took a decision back"),
    "incident.not_the_same": N_("said that it is not the same as another"),
    "report.move": N_("moved a report here"),
    "incident.place": N_("set its place"),
    "incident.hazard": N_("set its hazard"),
    "incident.take": N_("took it"),
    "incident.assign": N_("gave it to somebody"),
}
_OPEN_AGAIN = N_("The judgement is taken back: it is open again.")


@bp.app_template_filter("decided")
def decided(act: str) -> str:
    """What somebody did, after their name."""
    return str(gettext(_DECIDED.get(act, act)))


@bp.app_template_filter("told")
def why_not(error: Refused) -> str:
    """A refusal in the language of the page."""
    return told(error)


@bp.get("/incidents/<int:incident_id>/undo")
@needs("coordinator")
def page(incident_id: int) -> str:
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        last = undoing.last(session, incident_id, current_actor(), now())
        return render_template("admin/undo.html", incident=incident, last=last)


@bp.post("/incidents/<int:incident_id>/undo")
@needs("coordinator")
def undo(incident_id: int) -> Response:
    act_id = number("of")
    with runtime().database.writing() as session:
        act = undoing.undo(runtime(), session, incident_id, act_id, current_actor(), now())
    words = gettext(_UNDONE.get(act, _OPEN_AGAIN))
    return done(words, url_for("incidents.one", incident_id=incident_id))
