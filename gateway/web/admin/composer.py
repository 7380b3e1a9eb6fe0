"""What a draft would mean as it is typed and drawn now: nothing of it is kept."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import alerting, trying
from gateway.flow.checking_alerts import Objection
from gateway.lists import alerts
from gateway.runtime import EXERCISE_ACCOUNT
from gateway.store.tables import Alert
from gateway.web.admin import area_form, checks
from gateway.web.admin.area_map import pictured
from gateway.web.admin.bubbles import Bubble, bubble
from gateway.web.admin.times_form import expiry, start
from gateway.web.context import now, runtime
from gateway.web.guards import needs
from gateway.web.speech import told

bp = Blueprint("composer", __name__)
Answer = Response | str | tuple[str, int]


@bp.post("/alerts/<int:alert_id>/preview")
@needs("coordinator")
def preview(alert_id: int) -> Answer:
    """Counts, cost, findings and the map's data of the form as it stands, for a script."""
    with runtime().database.reading() as session:  # it keeps nothing of what is set here
        alert, _incident = alerts.found(session, alert_id)
        if alert.state != "draft":
            return gettext("This warning is no draft any more. Reload the page."), 409
        return render_template(
            "admin/_alert_pieces.html",
            alert=alert,
            refused=take(session, alert),
            **pieces(session, alert, request.form),
            area_checks=checks.of_area(session, alert),
        )


def take(session: Session, alert: Alert) -> list[str]:
    """Gives the alert what the form holds, in a session that keeps nothing; what cannot be is
    told."""
    refused = trying.as_typed(runtime(), session, alert, _typed(alert), now())
    return [told(error) for error in refused]


def pieces(session: Session, alert: Alert, typed: Mapping[str, str]) -> dict[str, object]:
    """What the page shows of a warning that has not left, and a preview again."""
    reach = alerting.preview(runtime(), session, alert)
    drawn = alert.purpose != "campaign"  # whose counties and villages are no circles
    objections = checks.of_texts(session, alert)
    return {
        "preview": reach,
        "picture": pictured(session, alert, reach, now()) if drawn else None,
        "bubbles": bubbles(alert, objections),
        **checks.shown(alert, objections, typed),
    }


def bubbles(alert: Alert, objections: Sequence[Objection]) -> Sequence[Bubble]:
    """Each text as on the phone, with the words that the objections mean."""
    found = [finding for one in objections for finding in one.findings]
    sender = _sender(alert)
    return [bubble(text.body, text.language, found, sender) for text in alert.texts]


def _sender(alert: Alert) -> str:
    """From whom it comes, as phones show it: the first account's name or number."""
    accounts = runtime().settings.providers
    if alert.exercise_id is not None and EXERCISE_ACCOUNT in accounts:
        return accounts[EXERCISE_ACCOUNT].sender_id
    return next((one.sender_id for one in accounts.values() if one.sender_id), "")


def _typed(alert: Alert) -> trying.Typed:
    form = request.form
    texts = {
        name.removeprefix("text_"): value.replace("\r\n", "\n")
        for name, value in form.items()
        if name.startswith("text_")
    }
    has_area = "shape" in form or "radius_km" in form
    has_times = "expires" in form
    return trying.Typed(
        texts=texts,
        choice=lambda: area_form.read(alert) if has_area else None,
        expires_at=lambda: expiry() if has_times else alert.expires_at,
        starts_at=lambda: start() if has_times else alert.starts_at,
    )
