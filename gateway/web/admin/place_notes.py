"""The forms of a place: what coordinators know of it that no list says."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import choosing, marking, ties
from gateway.incidents.neighbours import UNSAFE
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import decimal, number, optional_number, reason
from gateway.web.guards import needs

bp = Blueprint("place_notes", __name__)


@bp.post("/places/<int:place_id>/unsafe")
@needs("coordinator")
def unsafe(place_id: int) -> Response:
    return _mark(place_id, UNSAFE, gettext("Marked as unsafe: nobody around it is asked anything."))


@bp.post("/places/<int:place_id>/safe")
@needs("coordinator")
def safe(place_id: int) -> Response:
    return _unmark(place_id, UNSAFE, gettext("No longer marked as unsafe."))


@bp.post("/places/<int:place_id>/controlled")
@needs("coordinator")
def controlled(place_id: int) -> Response:
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
def tie(place_id: int) -> Response:
    kind, words = request.form.get("tie", ""), request.form.get("other", "")
    with runtime().database.writing() as session:
        chosen = optional_number("other_id")
        other = chosen or choosing.one_place(runtime(), session, words).id
        ties.tie(session, place_id, other, kind, current_actor(), reason(), now())
    return _back(place_id, gettext("The tie is kept. Warnings offer it from now on."))


@bp.post("/places/<int:place_id>/untie")
@needs("coordinator")
def untie(place_id: int) -> Response:
    with runtime().database.writing() as session:
        ties.untie(session, place_id, number("link_id"), current_actor(), reason(), now())
    return _back(place_id, gettext("The tie is removed."))


def _mark(place_id: int, kind: str, words: str) -> Response:
    kilometres = decimal("radius_km", "The radius")
    if kilometres is None or not 0 < kilometres <= 1000:
        raise Refused("Say how far around the place this holds, in kilometres.")
    metres = round(kilometres * 1000)
    with runtime().database.writing() as session:
        marking.mark(session, place_id, kind, metres, current_actor(), reason(), now())
    return _back(place_id, words)


def _unmark(place_id: int, kind: str, words: str) -> Response:
    with runtime().database.writing() as session:
        marking.unmark(session, place_id, kind, current_actor(), reason(), now())
    return _back(place_id, words)


def _back(place_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("places.one", place_id=place_id), 303)
