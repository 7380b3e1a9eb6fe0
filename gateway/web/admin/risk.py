"""Where risk is rising: notices, each area against its own past, and the factors of incidents."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.flow import tagging, watching
from gateway.lists import risk
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime, way_back
from gateway.web.forms import number, reason
from gateway.web.guards import needs, signed_in
from gateway.web.speech import N_, spoken

bp = Blueprint("risk", __name__)
_LONGEST_NAME = 200


@bp.get("/risk")
@signed_in
def page() -> str:
    only = request.args.get("area", "")[:_LONGEST_NAME]
    rules, factors = runtime().settings.risk, runtime().factors
    with runtime().database.reading() as session:
        board = risk.board(session, factors, rules, now(), runtime().zone, only)
        return render_template(
            "admin/risk.html", board=board, only=only, factors=factors.by_number, rules=rules
        )


@bp.post("/risk/<int:notice_id>/seen")
@needs("coordinator")
def seen(notice_id: int) -> Response:
    with runtime().database.writing() as session:
        watching.see(session, notice_id, current_actor(), now())
    return redirect(way_back(), 303)


@bp.post("/incidents/<int:incident_id>/factors")
@needs("coordinator")
def correct(incident_id: int) -> Response:
    factor, shown = number("factor"), request.form.get("shown") == "1"
    if factor not in runtime().factors.by_number:
        raise Refused("Choose a risk factor from the list.")
    with runtime().database.writing() as session:
        tagging.correct(session, incident_id, factor, current_actor(), reason(), now(), shown=shown)
    done = N_("The risk factor was added.") if shown else N_("The risk factor was taken off.")
    flash(spoken(done), "good")
    return redirect(url_for("incidents.one", incident_id=incident_id) + "#h-factors", 303)
