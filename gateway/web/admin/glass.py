"""The forms of break-glass: start the countdown, stop it, review it afterwards."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import glass
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number, reason
from gateway.web.guards import needs

bp = Blueprint("glass", __name__)


@bp.post("/alerts/<int:alert_id>/glass")
@needs("coordinator")
def begin(alert_id: int) -> Response:
    version, why = number("version"), reason()
    with runtime().database.writing() as session:
        glass.begin(runtime(), session, alert_id, current_actor(), version, why, now())
    return _back(alert_id, gettext("The countdown runs. The others are called."))


@bp.post("/alerts/<int:alert_id>/hold")
@needs("coordinator")
def hold(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        glass.hold(session, alert_id, current_actor(), reason(), now())
    return _back(alert_id, gettext("Stopped. It is a draft again."))


@bp.post("/alerts/<int:alert_id>/review")
@needs("coordinator")
def review(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        glass.review(session, alert_id, current_actor(), reason(), now())
    return _back(alert_id, gettext("Your review is kept."))


def _back(alert_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("alerts.one", alert_id=alert_id), 303)
