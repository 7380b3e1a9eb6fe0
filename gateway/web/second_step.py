"""Codes from an app: a coordinator sets them up, tries one, or removes them."""

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import second_step
from gateway.flow.second_step import Offer
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.guards import needs
from gateway.web.speech import told

bp = Blueprint("second_step", __name__)


@bp.get("/second-step")
@needs("coordinator")
def page() -> str:
    if current_actor().totp_secret is not None:
        return render_template("second_step.html", offer=None)
    return _page(second_step.offer(runtime().keys, current_actor(), _service(), now()))


@bp.post("/second-step")
@needs("coordinator")
def confirm() -> Response | tuple[str, int]:
    token, code = request.form.get("token", ""), request.form.get("code", "")
    actor, keys = current_actor(), runtime().keys
    offer = second_step.again(keys, actor, _service(), token, now())
    try:
        with runtime().database.writing() as session:
            second_step.confirm(session, keys, actor, token, code, now())
    except Refused as refused:
        return _page(offer, told(refused)), 400
    flash(gettext("Codes from your app work now."), "good")
    return redirect("/second-step", 303)


@bp.post("/second-step/remove")
@needs("coordinator")
def remove() -> Response:
    with runtime().database.writing() as session:
        second_step.remove(session, current_actor(), now())
    flash(gettext("Codes from the app work no more."), "good")
    return redirect("/second-step", 303)


def _service() -> str:
    return runtime().settings.service_name


def _page(offer: Offer, problem: str = "") -> str:
    return render_template("second_step.html", offer=offer, problem=problem)
