"""Places: search them, read one, add one or another name by hand."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow.correcting import KINDS
from gateway.flow.places import add_alias, add_place
from gateway.flow.ties import TIES
from gateway.lists import places, timeline
from gateway.store.tables import Place
from gateway.terms.refusals import Refused
from gateway.understanding.entries import AREAS
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import asked_number, position
from gateway.web.guards import needs, signed_in
from gateway.web.speech import told

bp = Blueprint("places", __name__)


@bp.get("/places")
@signed_in
def page() -> str:
    return _listed(request.args.get("q", "").strip()[:100])


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
    return shown(place_id)


@bp.post("/places")
@needs("coordinator")
def add() -> Response | str:
    try:
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
    except Refused as error:
        return _listed("", typed=request.form, problem=told(error))
    flash(gettext("Added. Messages that name it are understood from now on."), "good")
    return redirect(url_for("places.one", place_id=place_id), 303)


@bp.post("/places/<int:place_id>/alias")
@needs("coordinator")
def alias(place_id: int) -> Response:
    name = request.form.get("alias", "")
    with runtime().database.writing() as session:
        add_alias(session, place_id, name, "coordinator", current_actor().name, now())
    flash(gettext("The name is known from now on."), "good")
    return redirect(url_for("places.one", place_id=place_id), 303)


def shown(
    place_id: int,
    typed: Mapping[str, str] | None = None,
    problem: str = "",
    noted: Mapping[str, str] | None = None,
) -> str:
    """The page of one place; `typed` is a correction that could not be kept, `noted` a note:
    a tie or a mark, whose name is its `act`."""
    with runtime().database.reading() as session:
        view = places.view(session, place_id)
        return render_template(
            "admin/place.html",
            view=view,
            near=places.nearby(session, view.place),
            marks=places.marks_of(session, place_id),
            ties=places.ties_of(session, place_id),
            tie_kinds=TIES,
            place_kinds=KINDS,
            is_area=view.place.kind in AREAS,
            form=_form(view.place) | dict(typed or {}),
            typed=typed,
            noted=noted or {},
            problem=problem,
            steps=timeline.of(session, "place", place_id),
        )


def _listed(query: str, typed: Mapping[str, str] | None = None, problem: str = "") -> str:
    with runtime().database.reading() as session:
        found = _search(session, query) if query else []
        return render_template(
            "admin/places.html",
            q=query,
            found=found,
            total=places.count(session),
            typed=typed,
            problem=problem,
        )


def _search(session: Session, query: str) -> list[Place]:
    matches = runtime().gazetteer(session).search(query, limit=20)
    return places.by_ids(session, [match.entry.id for match in matches])


def _form(place: Place) -> dict[str, str]:
    return {
        "name": place.name,
        "lat": f"{place.lat:.6f}".rstrip("0").rstrip("."),
        "lon": f"{place.lon:.6f}".rstrip("0").rstrip("."),
        "kind": place.kind,
        "county": place.county,
        "region": place.region,
        "population": str(place.population or ""),
    }
