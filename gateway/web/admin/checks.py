"""The do-no-harm checks of a warning, and why it leaves nevertheless."""

from collections.abc import Mapping, Sequence

from flask import request
from sqlalchemy.orm import Session

from gateway.alerts.lint import Finding
from gateway.flow import checking_alerts
from gateway.flow.checking_alerts import Objection
from gateway.store.tables import Alert
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import LONGEST_REASON

_REASON = "because_"  # and the rule: the field of a draft's form in which a reason stands


def of_texts(session: Session, alert: Alert) -> list[Objection]:
    """Objections to the texts."""
    return checking_alerts.check_texts(runtime(), session, alert)


def of_area(session: Session, alert: Alert) -> list[Objection]:
    """Advice on whom it reaches and when."""
    return checking_alerts.check_area(runtime(), session, alert, now())


def shown(
    alert: Alert, objections: Sequence[Objection], typed: Mapping[str, str]
) -> dict[str, object]:
    """What the page of a warning that has not left shows of its checks; `beside` by language."""
    beside: dict[str, list[tuple[Objection, Finding]]] = {text.language: [] for text in alert.texts}
    for one in objections:
        for finding in one.findings:
            if finding.language in beside:
                beside[finding.language].append((one, finding))
    return {
        "checks": objections,
        "beside": beside,
        "because": _reasons(typed),
    }


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
