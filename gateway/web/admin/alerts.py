"""Warnings: the list, one warning, and how far it has come."""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from gateway.flow import alerting
from gateway.lists import alerts, timeline
from gateway.lists.reach import by_place, reach_of
from gateway.store.tables import Alert
from gateway.terms.states import MACHINES
from gateway.web.admin import area_form
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
        stamp = _reach_stamp(session, alert)
        return unless_known(
            stamp, lambda: render_template("admin/reach.html", **_reach(session, alert))
        )


def show(session: Session, alert_id: int, typed: Mapping[str, str] | None = None) -> str:
    """The page of one warning; `typed` is what a person wrote and could not be kept."""
    view = alerts.view(session, alert_id)
    alert = view.alert
    waiting = alert.state in ("draft", "submitted")
    preview = alerting.preview(runtime(), session, alert) if waiting else None
    area = area_form.shown(session, alert, typed) if alert.state == "draft" else None
    return render_template(
        "admin/alert.html",
        view=view,
        alert=alert,
        needed=runtime().settings.approvals_for(alert.hazard, alert.severity),
        form=_fields(view) | (dict(area.fields) if area else {}) | dict(typed or {}),
        area=area,
        preview=preview,
        picture=pictured(session, alert, preview.homes, now()) if preview else None,
        steps=timeline.of(session, "alert", alert_id),
        allowed=MACHINES["alert"].get(alert.state, frozenset()),
        why_not_mine=_why_not_approve(view),
        stamp="" if waiting else _reach_stamp(session, alert),
        **({} if waiting else _reach(session, alert)),
    )


def _fields(view: alerts.AlertView) -> dict[str, str]:
    texts = {f"text_{language}": text for language, text in view.texts.items()}
    return texts | {"expires": local_field(view.alert.expires_at)}


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
    overall = reach_of(session, [alert.id])[alert.id]
    return {"reach": overall, "places": by_place(session, alert.id)}


def _reach_stamp(session: Session, alert: Alert) -> str:
    counts = sorted(reach_of(session, [alert.id])[alert.id].counts.items())
    return stamp_of(alert.id, alert.state, counts)
