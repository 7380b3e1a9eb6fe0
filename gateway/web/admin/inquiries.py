"""The forms about questions: ask neighbours, take back, quiet hours."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import marking, pressing
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import people
from gateway.web.forms import number, reason
from gateway.web.guards import needs
from gateway.web.outcomes import done

bp = Blueprint("inquiries", __name__)


@bp.post("/incidents/<int:incident_id>/ask-proposed")
@needs("coordinator")
def ask_proposed(incident_id: int) -> Response:
    with runtime().database.writing() as session:
        asked = pressing.ask_proposed(runtime(), session, incident_id, current_actor(), now())
    if not asked:
        none = gettext("None of them may be asked any more. Ask one more, or call somebody.")
        return _to_incident(incident_id, none)
    return _to_incident(incident_id, gettext("Asked: %(people)s.", people=people(asked)))


@bp.post("/incidents/<int:incident_id>/ask")
@needs("coordinator")
def ask(incident_id: int) -> Response:
    """One more person, or as many as the settings say."""
    one_more = request.form.get("most") == "one"
    most = 1 if one_more else runtime().settings.inquiries.people
    with runtime().database.writing() as session:
        asked = pressing.ask_more(runtime(), session, incident_id, current_actor(), most, now())
    return done(gettext("Asked: %(people)s.", people=people(asked)), _asked(incident_id))


@bp.post("/inquiries/<int:inquiry_id>/withdraw")
@needs("coordinator")
def withdraw(inquiry_id: int) -> Response:
    with runtime().database.writing() as session:
        inquiry = pressing.take_back(session, inquiry_id, current_actor(), now())
        incident_id = inquiry.incident_id or 0
    return _to_incident(incident_id, gettext("The question is withdrawn."))


@bp.post("/subscribers/<int:subscriber_id>/quiet-hours")
@needs("coordinator")
def quiet_hours(subscriber_id: int) -> Response:
    hours = number("hours")
    with runtime().database.writing() as session:
        marking.set_quiet_hours(session, subscriber_id, hours, current_actor(), reason(), now())
    words = gettext("Not asked regularly any more.")
    if hours:
        words = gettext("Asked every %(hours)s h from now on.", hours=hours)
    flash(words, "good")
    return redirect(url_for("subscribers.one", subscriber_id=subscriber_id), 303)


def _to_incident(incident_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(_asked(incident_id), 303)


def _asked(incident_id: int) -> str:
    return url_for("incidents.one", incident_id=incident_id) + "#h-asked"
