"""The do-no-harm checks of a warning: while somebody types, and why it leaves nevertheless."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from gateway.flow import checking_alerts
from gateway.lists import alerts
from gateway.store.tables import Alert
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import read_local_field
from gateway.web.forms import LONGEST_REASON
from gateway.web.guards import needs

bp = Blueprint("checks", __name__)
_REASON = "because_"  # and the rule: the field of a draft's form in which a reason stands
_LONGEST = 4_000  # letters of a typed text that are looked at


@bp.post("/alerts/<int:alert_id>/check")
@needs("coordinator")
def check(alert_id: int) -> str:
    """What the checks say of the texts in the form; nothing of it is kept."""
    with runtime().database.reading() as session:
        alert = alerts.find(session, alert_id)
        typed = request.form if alert.state == "draft" else {}
        return render_template(
            "admin/_alert_checks.html", alert=alert, **of_texts(session, alert, typed)
        )


def shown(
    session: Session, alert: Alert, typed: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What the page of a warning shows of its checks: nothing once it has left."""
    if alert.state not in ("draft", "submitted"):
        return {"asides": checking_alerts.asides(session, alert)}
    area = checking_alerts.check_area(runtime(), session, alert, now())
    return of_texts(session, alert, typed or {}) | {"area_checks": area}


def of_texts(session: Session, alert: Alert, typed: Mapping[str, str]) -> dict[str, object]:
    """Objections to the texts as typed or kept, and the reasons that are typed beside them."""
    texts = {text.language: typed.get(f"text_{text.language}") for text in alert.texts}
    found = checking_alerts.check_texts(
        runtime(),
        session,
        alert,
        {language: text[:_LONGEST] for language, text in texts.items() if text is not None},
        _expiry(typed.get("expires", "")),
    )
    return {"checks": found, "because": _reasons(typed)}


def keep_reasons(session: Session, alert_id: int, version: int) -> None:
    """Keeps the reasons of the form, for the version that was just made of it."""
    by, given = current_actor(), _reasons(request.form)
    if given:
        checking_alerts.set_aside(runtime(), session, alert_id, by, version, given, now())


def _reasons(form: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(_REASON): value.strip()[:LONGEST_REASON]
        for name, value in form.items()
        if name.startswith(_REASON) and value.strip()
    }


def _expiry(typed: str) -> datetime | None:
    """What cannot be read is said when the draft is kept."""
    return read_local_field(typed)
