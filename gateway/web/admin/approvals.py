"""The forms of a warning: write, submit, approve, return, discard, cancel, clear."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import alerting
from gateway.flow.areas_of_alerts import chosen_area, note_despite
from gateway.lists import alerts
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.terms.states import MoveRefused
from gateway.web import firsts
from gateway.web.admin import area_form
from gateway.web.admin.alerts import show
from gateway.web.admin.checks import keep_reasons
from gateway.web.admin.times_form import expiry, repeat, start
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number, reason
from gateway.web.guards import needs
from gateway.web.speech import told

bp = Blueprint("approvals", __name__)
Answer = Response | tuple[str, int]


@bp.post("/alerts/<int:alert_id>/edit")
@needs("coordinator")
def edit(alert_id: int) -> Answer:
    return _keeping_words(
        alert_id, lambda: _save(alert_id, number("version")), gettext("The draft is kept.")
    )


@bp.post("/alerts/<int:alert_id>/submit")
@needs("coordinator")
def submit(alert_id: int) -> Answer:
    """The form holds the texts too: what is submitted is what stands on the screen."""
    return _keeping_words(alert_id, lambda: _save_and_submit(alert_id), gettext("Submitted."))


@bp.post("/alerts/<int:alert_id>/approve")
@needs("coordinator")
def approve(alert_id: int) -> Response:
    version = number("version")
    with runtime().database.writing() as session:
        alert = alerting.approve(runtime(), session, alert_id, current_actor(), version, now())
        frozen = alert.state != "submitted"
    return _back(
        alert_id,
        gettext("Approved. It is on its way.") if frozen else gettext("Your approval is kept."),
    )


@bp.post("/alerts/<int:alert_id>/return")
@needs("coordinator")
def return_to_draft(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        alerting.return_to_draft(session, alert_id, current_actor(), reason(), now())
    return _back(alert_id, gettext("Returned to its writer as a draft."))


@bp.post("/alerts/<int:alert_id>/discard")
@needs("coordinator")
def discard(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        alerting.discard(session, alert_id, current_actor(), reason(), now())
    return _back(alert_id, gettext("Discarded. Nobody was warned."))


@bp.post("/alerts/<int:alert_id>/cancel")
@needs("coordinator")
def cancel(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        follow_up = alerting.cancel(runtime(), session, alert_id, current_actor(), reason(), now())
        follow_up_id = follow_up.id if follow_up else None
    if follow_up_id is None:
        return _back(alert_id, gettext("Cancelled. What had not left will not leave."))
    words = gettext("Cancelled. Some people have it already: send them this word, or discard it.")
    return _back(follow_up_id, words)


@bp.post("/alerts/<int:alert_id>/update")
@needs("coordinator")
def update(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        draft_id = alerting.update(runtime(), session, alert_id, current_actor(), now()).id
    return _back(draft_id, gettext("This is the draft of the update. It takes the other's place."))


@bp.post("/alerts/<int:alert_id>/all-clear")
@needs("coordinator")
def all_clear(alert_id: int) -> Response:
    with runtime().database.writing() as session:
        draft_id = alerting.all_clear(runtime(), session, alert_id, current_actor(), now()).id
    return _back(draft_id, gettext("This is the draft of the all-clear. It needs approval too."))


def _save(alert_id: int, version: int) -> int:
    """Keeps the form as the draft and returns the new version."""
    texts = {
        name.removeprefix("text_"): value.replace("\r\n", "\n").strip()
        for name, value in request.form.items()
        if name.startswith("text_")
    }
    with runtime().database.writing() as session:
        kept = alerts.find(session, alert_id)
        before = kept.zone.despite
        choice = area_form.read(kept) if kept.purpose != "campaign" else None
        area = chosen_area(runtime(), session, kept, choice) if choice else None
        alert = alerting.edit(
            runtime(),
            session,
            alert_id,
            current_actor(),
            version,
            now(),
            texts=texts,
            expires_at=expiry(),
            starts_at=start(),
            repeat_minutes=repeat(),
            area=area,
        )
        if choice and area and area.despite != before:
            note_despite(session, alert, current_actor(), choice.reason, now())
        return alert.version


def _save_and_submit(alert_id: int) -> None:
    version = _save(alert_id, number("version"))
    with runtime().database.writing() as session:
        keep_reasons(session, alert_id, version)
        alerting.submit(runtime(), session, alert_id, current_actor(), version, now())


def _keeping_words(alert_id: int, act: Callable[[], object], words: str) -> Answer:
    """When the act is refused, the page comes back with what the person wrote."""
    try:
        act()
    except (NotFound, NotAllowed):
        raise
    except (Refused, MoveRefused) as refused:
        words = told(refused) if isinstance(refused, Refused) else firsts.told(refused)
        flash(words, "problem")
        with runtime().database.reading() as session:
            return show(session, alert_id, typed=request.form), 409
    return _back(alert_id, words)


def _back(alert_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("alerts.one", alert_id=alert_id), 303)
