"""Warnings: the list, one warning, and how far it has come."""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from gateway.flow import alerting, glass, playbooks
from gateway.lists import alerts, campaigns, timeline, unreached
from gateway.lists.reach import by_place, last_round, overall, reach_stamp
from gateway.store.tables import Alert
from gateway.terms.states import MACHINES
from gateway.web.admin import area_form, checks
from gateway.web.admin import calendar_fields as fields
from gateway.web.admin.area_map import pictured
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import local_field
from gateway.web.forms import chosen, page_number
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import may, signed_in

bp = Blueprint("alerts", __name__)


@bp.get("/alerts")
@signed_in
def page() -> str:
    state = chosen("state", list(alerts.STATES))
    with runtime().database.reading() as session:
        found = alerts.listed(session, state=state, page=page_number())
        return render_template("admin/alerts.html", found=found, state=state, states=alerts.STATES)


@bp.get("/alerts/<int:alert_id>")
@signed_in
def one(alert_id: int) -> str:
    with runtime().database.reading() as session:
        return show(session, alert_id)


@bp.get("/alerts/<int:alert_id>/reach")
@signed_in
def reach(alert_id: int) -> Response:
    with runtime().database.reading() as session:
        alert = alerts.find(session, alert_id)
        return unless_known(
            stamp_of(*reach_stamp(session, alert)),
            lambda: render_template("admin/reach.html", alert=alert, **_reach(session, alert)),
        )


def show(
    session: Session,
    alert_id: int,
    typed: Mapping[str, str] | None = None,
    dates_typed: Mapping[str, object] | None = None,
) -> str:
    """The page of one warning; `typed` is what a person wrote and could not be kept.

    `dates_typed` is the same of a campaign's calendar.
    """
    view = alerts.view(session, alert_id)
    alert = view.alert
    waiting = alert.state in ("draft", "submitted")
    preview = alerting.preview(runtime(), session, alert) if waiting else None
    drawn = alert.purpose != "campaign"  # whose counties and villages are no circles
    area = area_form.shown(session, alert, typed) if drawn and alert.state == "draft" else None
    return render_template(
        "admin/alert.html",
        view=view,
        alert=alert,
        **_campaign(session, alert, dates_typed),
        needed=runtime().settings.approvals_for(alert.hazard, alert.severity),
        form=_fields(view) | (dict(area.fields) if area else {}) | dict(typed or {}),
        area=area,
        preview=preview,
        picture=pictured(session, alert, preview.homes, now()) if drawn and preview else None,
        not_drafted=playbooks.why_not_drafted(session, alert),
        steps=timeline.of(session, "alert", alert_id),
        allowed=MACHINES["alert"].get(alert.state, frozenset()),
        why_not_mine=_why_not_approve(view),
        why_no_glass=glass.why_not(runtime(), alert),
        stamp="" if waiting else stamp_of(*reach_stamp(session, alert)),
        **({"silent": unreached.of_draft(session, alert)} if waiting else _reach(session, alert)),
        **checks.shown(session, alert, typed),
    )


def _fields(view: alerts.AlertView) -> dict[str, str]:
    texts = {f"text_{language}": text for language, text in view.texts.items()}
    alert = view.alert
    times = {
        "expires": local_field(alert.expires_at),
        "starts": local_field(alert.starts_at) if alert.starts_at else "",
        "repeat": str(alert.repeat_minutes or ""),
    }
    return texts | times


def _campaign(
    session: Session, alert: Alert, typed: Mapping[str, object] | None
) -> dict[str, object]:
    """Nothing of a warning."""
    dates = campaigns.of_alert(session, alert, now(), runtime().zone)
    if dates is None:
        return {"dates": None}
    kept = {"name": dates.campaign.name, **fields.of(dates.calendar)}
    chosen = {"dates": dates, "outcomes": campaigns.OUTCOMES, "calendar": typed or kept}
    return {**chosen, **fields.choices(), "dates_refused": typed is not None}


def _why_not_approve(view: alerts.AlertView) -> str | None:
    """Why this person gets no approve button; the flow refuses in any case."""
    actor = current_actor()
    if not may("coordinator"):
        return "Coordinators approve warnings."
    if view.alert.submitted_by == actor.id:
        return "You submitted this warning: another coordinator has to approve it."
    if actor.id in view.approvers:
        return "You have approved it. One more coordinator has to."
    return None


def _reach(session: Session, alert: Alert) -> dict[str, object]:
    places = by_place(session, alert)
    return {
        "reach": overall(places),
        "last": last_round(session, alert) if alert.purpose == "campaign" else None,
        "places": places,
        "silent": unreached.of_sent(session, alert, places),
    }
