"""Places: search them, read one, add one or another name by hand."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow.places import add_alias, add_place
from gateway.flow.ties import TIES
from gateway.lists import places, timeline
from gateway.store.tables import Place
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import asked_number, position
from gateway.web.guards import needs, signed_in

bp = Blueprint("places", __name__)


@bp.get("/places")
@signed_in
def page() -> str:
    query = request.args.get("q", "").strip()[:100]
    with runtime().database.reading() as session:
        found = _search(session, query) if query else []
        total = places.count(session)
        return render_template("admin/places.html", q=query, found=found, total=total)


@bp.get("/places/search")
@signed_in
def search() -> str:
    """Results that lead back to the incident that asked for a place."""
    query = request.args.get("q", "").strip()[:100]
    with runtime().database.reading() as session:
        found = _search(session, query) if query else []
        incident = asked_number("incident")
        return render_template("admin/places_search.html", q=query, found=found, incident=incident)


@bp.get("/places/<int:place_id>")
@signed_in
def one(place_id: int) -> str:
    with runtime().database.reading() as session:
        return render_template(
            "admin/place.html",
            view=places.view(session, place_id),
            marks=places.marks_of(session, place_id),
            ties=places.ties_of(session, place_id),
            kinds=TIES,
            steps=timeline.of(session, "place", place_id),
        )


@bp.post("/places")
@needs("coordinator")
def add() -> Response:
    point = position()
    if point is None:
        raise Refused("Give latitude and longitude, such as -2.3516 and 40.3171.")
    with runtime().database.writing() as session:
        place = add_place(
            session,
            country=runtime().settings.country,
            name=request.form.get("name", ""),
            lat=point.lat,
            lon=point.lon,
            aliases=request.form.get("alias", "").split(","),
            source="coordinator",
            who=current_actor().name,
            now=now(),
        )
        place_id = place.id
    flash("Added. Messages that name it are understood from now on.", "good")
    return redirect(url_for("places.one", place_id=place_id), 303)


@bp.post("/places/<int:place_id>/alias")
@needs("coordinator")
def alias(place_id: int) -> Response:
    name = request.form.get("alias", "")
    with runtime().database.writing() as session:
        add_alias(session, place_id, name, "coordinator", current_actor().name, now())
    flash("The name is known from now on.", "good")
    return redirect(url_for("places.one", place_id=place_id), 303)


def _search(session: Session, query: str) -> list[Place]:
    matches = runtime().gazetteer(session).search(query, limit=20)
    return places.by_ids(session, [match.entry.id for match in matches])
