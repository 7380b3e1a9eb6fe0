"""Corrections of a place: what its list says wrongly, doubles, and places that are no more."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import correcting, uniting
from gateway.terms.refusals import Refused
from gateway.web.admin.places import shown
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number, position, reason
from gateway.web.guards import needs, signed_in
from gateway.web.speech import told

bp = Blueprint("place_edits", __name__)


@bp.get("/places/<int:place_id>/correct")
@bp.get("/places/<int:place_id>/tie")
@bp.get("/places/<int:place_id>/unsafe")
@bp.get("/places/<int:place_id>/controlled")
@signed_in
def back_to_place(place_id: int) -> Response:
    """The addresses of forms that answer with a page: whoever comes back sees the place."""
    return redirect(url_for("places.one", place_id=place_id), 303)


@bp.post("/places/<int:place_id>/correct")
@needs("coordinator")
def correct(place_id: int) -> Response | str:
    try:
        with runtime().database.writing() as session:
            correcting.correct(
                runtime(), session, place_id, _wanted(), current_actor(), reason(), now()
            )
    except Refused as error:
        return shown(place_id, typed=request.form, problem=told(error))
    return _back(place_id, gettext("Corrected. Messages are read with it from now on."))


@bp.post("/places/<int:place_id>/merge")
@needs("coordinator")
def merge(place_id: int) -> Response:
    into = number("into")
    with runtime().database.writing() as session:
        kept = uniting.merge(runtime(), session, place_id, into, current_actor(), reason(), now())
    return _back(kept.id, gettext("Both are one place now: this one."))


@bp.post("/places/<int:place_id>/remove")
@needs("coordinator")
def remove(place_id: int) -> Response:
    with runtime().database.writing() as session:
        correcting.remove(session, place_id, current_actor(), reason(), now())
    return _back(place_id, gettext("Removed: no message means this place any more."))


@bp.post("/places/<int:place_id>/restore")
@needs("coordinator")
def restore(place_id: int) -> Response:
    with runtime().database.writing() as session:
        correcting.restore(session, place_id, current_actor(), reason(), now())
    return _back(place_id, gettext("Restored. Messages that name it are understood again."))


@bp.post("/places/<int:place_id>/forget-alias")
@needs("coordinator")
def forget_alias(place_id: int) -> Response:
    alias_id = number("alias_id")
    with runtime().database.writing() as session:
        correcting.forget_alias(session, place_id, alias_id, current_actor(), reason(), now())
    return _back(place_id, gettext("The name no longer means this place."))


def _wanted() -> correcting.Corrected:
    point = position()
    if point is None:
        raise Refused("Give latitude and longitude, such as -2.3516 and 40.3171.")
    people = request.form.get("population", "").strip().replace(",", "") or "0"
    if not (people.isascii() and people.isdecimal() and len(people) < 12):
        raise Refused("How many people live there must be a number from 0 to 50 million.")
    return correcting.Corrected(
        name=request.form.get("name", ""),
        lat=point.lat,
        lon=point.lon,
        kind=request.form.get("kind", ""),
        county=request.form.get("county", ""),
        region=request.form.get("region", ""),
        population=int(people),
        keep_name=request.form.get("keep_name") == "yes",
    )


def _back(place_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("places.one", place_id=place_id), 303)
