"""Warnings: the list, one warning, and how far it has come."""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from gateway.flow import checking_alerts, freezing, glass, playbooks
from gateway.lists import alerts, campaigns, timeline, unreached
from gateway.lists.reach import by_place, last_round, overall, reach_of, reach_stamp
from gateway.store.tables import Alert
from gateway.terms.states import MACHINES
from gateway.web.admin import area_form, checks, composer
from gateway.web.admin import calendar_fields as fields
from gateway.web.context import current_actor, is_fragment, now, runtime
from gateway.web.formats import local_field
from gateway.web.forms import chosen, page_number
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import may, signed_in
from gateway.web.speech import N_

bp = Blueprint("alerts", __name__)
PURPOSES = {
    "warning": N_("warnings"),
    "all_clear": N_("all-clears"),
    "cancel": N_("withdrawals"),
    "campaign": N_("campaigns"),
}


@bp.get("/alerts")
@signed_in
def page() -> str:
    wanted = alerts.Wanted(
        state=chosen("state", list(alerts.STATES)),
        purpose=chosen("purpose", list(alerts.PURPOSES)),
        hazard=chosen("hazard", list(runtime().hazards)),
        exercises=chosen("exercises", ["no"]) != "no",
    )
    with runtime().database.reading() as session:
        found = alerts.listed(session, wanted, page_number())
        holding = [one.id for one in found.rows if one.state in alerts.HOLDING]
        return render_template(
            "admin/alerts.html",
            found=found,
            wanted=wanted,
            states=alerts.STATES,
            purposes=PURPOSES,
            hazards=runtime().hazards,
            reach=reach_of(session, holding),
        )


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


@bp.get("/alerts/<int:alert_id>/standing")
@signed_in
def standing(alert_id: int) -> Response:
    """Of a submitted warning: the countdown, or that somebody acted meanwhile."""
    with runtime().database.reading() as session:
        view = alerts.view(session, alert_id)
        return unless_known(
            _standing(view),
            lambda: render_template(
                "admin/_alert_standing.html",
                view=view,
                alert=view.alert,
                acts=may("coordinator"),
                why_no_glass=glass.why_not(runtime(), view.alert),
                since=request.args.get("since", ""),
            ),
        )


@bp.get("/alerts/<int:alert_id>/missed")
@signed_in
def missed(alert_id: int) -> str:
    """Of what has not left as it was kept: villages that it misses, and advice on the area."""
    with runtime().database.reading() as session:
        alert, _incident = alerts.found(session, alert_id)
        waiting = alert.state in ("draft", "submitted")
        return render_template(
            "admin/alert_missed.html",
            layout=_layout(),
            alert=alert,
            silent=unreached.of_draft(session, alert) if waiting else None,
            area_checks=checks.of_area(session, alert) if waiting else (),
        )


@bp.get("/alerts/<int:alert_id>/steps")
@signed_in
def steps(alert_id: int) -> str:
    """What was done with it, by whom and why."""
    with runtime().database.reading() as session:
        alert = alerts.find(session, alert_id)
        done = timeline.of(session, "alert", alert_id)
        return render_template("admin/alert_steps.html", layout=_layout(), alert=alert, steps=done)


def _layout() -> str:
    """A script takes the piece alone; without one it is a page of its own."""
    return "admin/_piece.html" if is_fragment() else "admin/_alert_piece.html"


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
    alert, texts = view.alert, dict(view.texts)
    waiting = alert.state in ("draft", "submitted")
    drawn = alert.purpose != "campaign"  # whose counties and villages are no circles
    area = area_form.shown(session, alert, typed) if drawn and alert.state == "draft" else None
    form = _fields(view) | (dict(area.fields) if area else {}) | dict(typed or {})
    not_drafted = playbooks.why_not_drafted(session, alert)
    if typed is not None and alert.state == "draft":
        composer.take(session, alert)
    return render_template(
        "admin/alert.html",
        view=view,
        alert=alert,
        **_campaign(session, alert, dates_typed),
        needed=runtime().settings.approvals_for(alert.hazard, alert.severity),
        form=form,
        texts=texts,
        area=area,
        not_drafted=not_drafted,
        allowed=MACHINES["alert"].get(alert.state, frozenset()),
        why_not_mine=_why_not_approve(view),
        why_no_glass=glass.why_not(runtime(), alert),
        hash=freezing.hash_of(alert) if alert.state == "submitted" else None,
        standing=_standing(view),
        **(composer.pieces(session, alert, typed or {}) if waiting else _left(session, alert)),
    )


def _standing(view: alerts.AlertView) -> str:
    alert = view.alert
    return stamp_of(alert.state, alert.version, alert.glass_at, sorted(view.approvers))


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
        return str(gettext("Coordinators approve warnings."))
    if view.alert.submitted_by == actor.id:
        return str(gettext("You submitted this warning: another coordinator has to approve it."))
    if actor.id in view.approvers:
        return str(gettext("You have approved it. One more coordinator has to."))
    return None


def _left(session: Session, alert: Alert) -> dict[str, object]:
    """Of a warning that has left, or never will."""
    return {
        **_reach(session, alert),
        "bubbles": composer.bubbles(alert, ()),
        "asides": checking_alerts.asides(session, alert),
    }


def _reach(session: Session, alert: Alert) -> dict[str, object]:
    places = by_place(session, alert)
    return {
        "reach": overall(places),
        "last": last_round(session, alert) if alert.purpose == "campaign" else None,
        "places": places,
        "silent": unreached.of_sent(session, alert, places),
    }
