"""Campaigns: the list, a new one, other dates for a draft, and the answer to an incident."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import campaign_areas, campaigning
from gateway.lists import campaigns, places
from gateway.store.tables import Place
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.web.admin import calendar_fields as fields
from gateway.web.admin.alerts import show
from gateway.web.calendar_words import calendar_words
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import asked_number, decimal, number, optional_number, page_number
from gateway.web.guards import needs, signed_in
from gateway.web.speech import N_, spoken, told

bp = Blueprint("campaigns", __name__)
_RADIUS_KM = "20"
_DRAFTED = N_("This is the draft. Read each text; somebody else has to approve it.")
bp.add_app_template_filter(calendar_words, "calendar_words")


@bp.get("/campaigns")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        found = campaigns.listed(session, page_number())
        return render_template(
            "admin/campaigns.html", found=found, calendar_of=campaigns.calendar_of
        )


@bp.get("/campaigns/new")
@needs("coordinator")
def new() -> str:
    """First where, by links; then what and when, in one form."""
    today = f"{now().astimezone(runtime().zone):%Y-%m-%d}"
    fresh = {"rule": "now", "at": "09:00", "first": today, "radius_km": _RADIUS_KM}
    where = {
        "place_id": asked_number("place"),
        "county": request.args.getlist("county"),
        "country": request.args.get("country", ""),
    }
    with runtime().database.reading() as session:
        return _form(session, {**fresh, **where})


@bp.post("/campaigns/new")
@needs("coordinator")
def draft() -> Response | tuple[str, int]:
    try:
        with runtime().database.writing() as session:
            plan = _plan(session)
            campaign = campaigning.draft(runtime(), session, plan, current_actor(), now())
            alert_id = campaign.alert_id
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        flash(told(refused), "problem")
        with runtime().database.reading() as session:
            where = {"place_id": optional_number("place_id")}
            counties = {"county": request.form.getlist("county")}
            return _form(session, {**fields.typed(), **where, **counties}), 409
    return _to(alert_id, _DRAFTED)


@bp.post("/campaigns/<int:alert_id>/calendar")
@needs("coordinator")
def calendar(alert_id: int) -> Response | tuple[str, int]:
    version = number("version")
    try:
        with runtime().database.writing() as session:
            campaigning.change_calendar(
                runtime(),
                session,
                alert_id,
                current_actor(),
                version,
                now(),
                name=request.form.get("name", ""),
                calendar=fields.read(),
            )
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        flash(told(refused), "problem")
        with runtime().database.reading() as session:
            return show(session, alert_id, dates_typed=fields.typed()), 409
    return _to(alert_id, N_("The dates are kept."))


@bp.post("/incidents/<int:incident_id>/answer")
@needs("coordinator")
def about(incident_id: int) -> Response:
    kind = request.form.get("kind", "")
    with runtime().database.writing() as session:
        campaign = campaigning.draft_about(
            runtime(), session, incident_id, kind, current_actor(), now()
        )
        alert_id = campaign.alert_id
    return _to(alert_id, _DRAFTED)


def _plan(session: Session) -> campaigning.Plan:
    place_id, counties = optional_number("place_id"), request.form.getlist("county")
    country = runtime().settings.country
    if place_id is not None:
        area, place = campaign_areas.around(session, place_id, _radius_m())
        name = place.name
    elif counties or request.form.get("country"):
        area = campaign_areas.of_counties(session, country, counties)
        name = ", ".join(counties) or "The whole country"
    else:
        raise Refused("Choose first where it is sent.")
    return campaigning.Plan(
        kind=request.form.get("kind", ""),
        name=request.form.get("name", ""),
        area=area,
        calendar=fields.read(),
        place_name=name[:200],
        place_id=place_id,
    )


def _form(session: Session, form: dict[str, object]) -> str:
    query = request.args.get("q", "").strip()[:100]
    place_id = form.get("place_id")
    chosen = places.by_ids(session, [place_id]) if isinstance(place_id, int) else []
    return render_template(
        "admin/campaign_new.html",
        form=form,
        q=query,
        found=_search(session, query) if query else [],
        place=chosen[0] if chosen else None,
        counties=campaign_areas.counties(session, runtime().settings.country),
        **fields.choices(),
    )


def _search(session: Session, query: str) -> list[Place]:
    matches = runtime().gazetteer(session).search(query, limit=20)
    return places.by_ids(session, [match.entry.id for match in matches])


def _radius_m() -> int:
    radius_km = decimal("radius_km", N_("The radius"))
    if radius_km is None or not 0 < radius_km < 10_000:
        raise Refused("Give the radius in kilometres.")
    return round(radius_km * 1000)


def _to(alert_id: int, words: str) -> Response:
    flash(spoken(words), "good")
    return redirect(url_for("alerts.one", alert_id=alert_id), 303)
