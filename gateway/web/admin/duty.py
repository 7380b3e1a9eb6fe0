"""Taking an incident in hand, and giving it to another coordinator."""

from flask import Blueprint, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import duty
from gateway.web.admin.triage import keeps_typed
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number
from gateway.web.guards import needs
from gateway.web.outcomes import done

bp = Blueprint("duty", __name__)


@bp.post("/incidents/<int:incident_id>/take")
@needs("coordinator")
@keeps_typed
def take(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        taken = duty.take(session, incident_id, current_actor(), now(), via="page")
    words = gettext("You have it now.")
    if taken.before:
        words = gettext("You have it now. %(name)s had it before.", name=taken.before)
    return _back(incident_id, words)


@bp.post("/incidents/<int:incident_id>/assign")
@needs("coordinator")
@keeps_typed
def assign(incident_id: int) -> Response:
    person = number("person")
    with runtime().database.writing() as session:
        given = duty.assign(session, incident_id, person, current_actor(), now())
        name = duty.name_of(session, given.incident)
    return _back(incident_id, gettext("%(name)s has it now.", name=name))


def _back(incident_id: int, words: str) -> Response:
    return done(words, url_for("incidents.one", incident_id=incident_id), incident_id=incident_id)
