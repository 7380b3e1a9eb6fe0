"""The forms of a place: what coordinators know of it that no list says."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import choosing, marking, ties
from gateway.incidents.neighbours import UNSAFE
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.web.admin.places import shown
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import decimal, number, optional_number, reason
from gateway.web.guards import needs
from gateway.web.speech import N_, told

bp = Blueprint("place_notes", __name__)
Answer = Response | str


@bp.post("/places/<int:place_id>/unsafe")
@needs("coordinator")
def unsafe(place_id: int) -> Answer:
    return _mark(place_id, UNSAFE, gettext("Marked as unsafe: nobody around it is asked anything."))


@bp.post("/places/<int:place_id>/safe")
@needs("coordinator")
def safe(place_id: int) -> Response:
    return _unmark(place_id, UNSAFE, gettext("No longer marked as unsafe."))


@bp.post("/places/<int:place_id>/controlled")
@needs("coordinator")
def controlled(place_id: int) -> Answer:
    return _mark(
        place_id, marking.CONTROLLED, gettext("Marked: no warning goes to people around it.")
    )


@bp.post("/places/<int:place_id>/free")
@needs("coordinator")
def free(place_id: int) -> Response:
    return _unmark(
        place_id, marking.CONTROLLED, gettext("No longer marked: people there are warned again.")
    )


@bp.post("/places/<int:place_id>/tie")
@needs("coordinator")
def tie(place_id: int) -> Answer:
    kind, words = request.form.get("tie", ""), request.form.get("other", "")
    try:
        with runtime().database.writing() as session:
            chosen = optional_number("other_id")
            other = chosen or choosing.one_place(runtime(), session, words).id
            ties.tie(session, place_id, other, kind, current_actor(), reason(), now())
    except Refused as refused:
        return _again(place_id, "tie", refused)
    return _back(place_id, gettext("The tie is kept. Warnings offer it from now on."))


@bp.post("/places/<int:place_id>/untie")
@needs("coordinator")
def untie(place_id: int) -> Response:
    with runtime().database.writing() as session:
        ties.untie(session, place_id, number("link_id"), current_actor(), reason(), now())
    return _back(place_id, gettext("The tie is removed."))


def _mark(place_id: int, kind: str, words: str) -> Answer:
    try:
        metres = _radius_m()
        with runtime().database.writing() as session:
            marking.mark(session, place_id, kind, metres, current_actor(), reason(), now())
    except Refused as refused:
        return _again(place_id, kind, refused)
    return _back(place_id, words)


def _radius_m() -> int:
    kilometres = decimal("radius_km", N_("The radius"))
    if kilometres is None or not 0 < kilometres <= 1000:
        raise Refused("Say how far around the place this holds, in kilometres.")
    return round(kilometres * 1000)


def _again(place_id: int, act: str, refused: Refused) -> Answer:
    """The page with what was typed; a place that is not there, or not allowed, has none."""
    if isinstance(refused, NotFound | NotAllowed):
        raise refused
    return shown(place_id, noted={**request.form, "act": act}, problem=told(refused))


def _unmark(place_id: int, kind: str, words: str) -> Response:
    with runtime().database.writing() as session:
        marking.unmark(session, place_id, kind, current_actor(), reason(), now())
    return _back(place_id, words)


def _back(place_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("places.one", place_id=place_id), 303)
