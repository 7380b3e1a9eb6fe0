"""Community members by their pseudonyms: lists, one person, focal points, and their forms."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import choosing, people, revealing, volunteering
from gateway.flow.naming import places_named
from gateway.lists import consents, focal_points, inquiries, places, subscribers, timeline, villages
from gateway.store.tables import Place
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import RELIABILITY
from gateway.web.forms import asked_number, chosen, optional_number, page_number, reason
from gateway.web.guards import may, needs
from gateway.web.outcomes import done
from gateway.web.speech import told

bp = Blueprint("subscribers", __name__)


@bp.get("/subscribers")
@needs("analyst")
def page() -> str:
    filters = _filters()
    with runtime().database.reading() as session:
        return render_template(
            "admin/subscribers.html",
            found=subscribers.listed(session, filters, page_number()),
            filters=filters,
            counts=subscribers.counts(session),
            counties=[] if filters.county else villages.counties(session),
            villages=villages.villages(session, *filters.county) if filters.county else [],
            place=places.name_of(session, filters.place_id),
            states=subscribers.STATES,
            accounts=list(runtime().settings.providers),
            nobody=subscribers.NOBODY,
        )


@bp.get("/focal-points")
@needs("analyst")
def focal_point_list() -> str:
    with runtime().database.reading() as session:
        return render_template(
            "admin/focal_points.html",
            found=focal_points.listed(session, page=page_number()),
            lacking=villages.without_focal_point(session),
        )


@bp.get("/subscribers/<int:subscriber_id>")
@needs("analyst")
def one(subscriber_id: int) -> str:
    return _shown(subscriber_id)


@bp.get("/subscribers/<int:subscriber_id>/place")
@bp.get("/subscribers/<int:subscriber_id>/reveal")
@needs("analyst")
def back_to_one(subscriber_id: int) -> Response:
    """The addresses of forms that answer with a page lead back to the person."""
    return redirect(url_for("subscribers.one", subscriber_id=subscriber_id), 303)


@bp.post("/subscribers/<int:subscriber_id>/reveal")
@needs("coordinator")
def reveal(subscriber_id: int) -> str:
    """The number, on this one answer: it is in no address, and no browser keeps the page."""
    with runtime().database.writing() as session:
        number = revealing.reveal(
            runtime(), session, subscriber_id, current_actor(), reason(), now()
        )
        left = revealing.MOST_AN_HOUR - revealing.shown_lately(
            runtime(), session, current_actor(), now()
        )
        person = subscribers.view(session, subscriber_id).member
        return render_template(
            "admin/subscriber_number.html", member=person, number=number, left=left
        )


@bp.post("/subscribers/<int:subscriber_id>/block")
@needs("coordinator")
def block(subscriber_id: int) -> Response:
    with runtime().database.writing() as session:
        people.block(session, subscriber_id, current_actor(), reason(), now())
    words = gettext("Blocked: gets nothing, and reports from there are not counted.")
    return done(words, url_for("subscribers.one", subscriber_id=subscriber_id))


@bp.post("/subscribers/<int:subscriber_id>/unblock")
@needs("coordinator")
def unblock(subscriber_id: int) -> Response:
    with runtime().database.writing() as session:
        people.unblock(session, subscriber_id, current_actor(), reason(), now())
    return _back(subscriber_id, gettext("No longer blocked. They have to join again themselves."))


@bp.post("/subscribers/<int:subscriber_id>/focal-point")
@needs("coordinator")
def focal_point(subscriber_id: int) -> Response:
    trusted = request.form.get("trusted") == "yes"
    with runtime().database.writing() as session:
        people.set_focal_point(session, subscriber_id, trusted, current_actor(), reason(), now())
    words = gettext("Now a focal point.") if trusted else gettext("No longer a focal point.")
    return _back(subscriber_id, words)


@bp.post("/subscribers/<int:subscriber_id>/hand-over")
@needs("coordinator")
def hand_over(subscriber_id: int) -> Response:
    heir = request.form.get("to", "")
    with runtime().database.writing() as session:
        new = people.hand_over(session, subscriber_id, heir, current_actor(), reason(), now())
        words = gettext("%(name)s is the focal point from now on.", name=new.pseudonym)
    return _back(new.id, words)


@bp.post("/subscribers/<int:subscriber_id>/volunteer")
@needs("coordinator")
def volunteer(subscriber_id: int) -> Response:
    agrees = request.form.get("agrees") == "yes"
    with runtime().database.writing() as session:
        volunteering.set_volunteer(session, subscriber_id, agrees, current_actor(), reason(), now())
    words = gettext("Takes part in exercises.") if agrees else gettext("No longer a volunteer.")
    return _back(subscriber_id, words)


@bp.post("/subscribers/<int:subscriber_id>/language")
@needs("coordinator")
def language(subscriber_id: int) -> Response:
    code = request.form.get("language", "")
    with runtime().database.writing() as session:
        people.set_language(
            runtime(), session, subscriber_id, code, current_actor(), reason(), now()
        )
    return _back(subscriber_id, gettext("The language is changed."))


@bp.post("/subscribers/<int:subscriber_id>/place")
@needs("coordinator")
def place(subscriber_id: int) -> Response | str:
    words = request.form.get("place", "")
    with runtime().database.reading() as session:
        meant = places_named(runtime(), session, words)
    ticked = optional_number("place_id")
    chosen_ones = [one for one in meant if one.id == ticked] or meant
    if len(chosen_ones) != 1:
        return _shown(subscriber_id, typed=request.form, choices=chosen_ones)
    try:
        with runtime().database.writing() as session:
            people.set_home(
                runtime(), session, subscriber_id, chosen_ones[0].id, current_actor(), reason(),
                now(),
            )  # fmt: skip
    except Refused as error:
        return _shown(subscriber_id, typed=request.form, choices=meant, problem=told(error))
    return _back(subscriber_id, gettext("The place is changed."))


def _shown(
    subscriber_id: int,
    typed: Mapping[str, str] | None = None,
    choices: Sequence[Place] = (),
    problem: str = "",
) -> str:
    """The page of one person; `typed` is a place that could not be kept as it was written."""
    with runtime().database.reading() as session:
        view = subscribers.view(session, subscriber_id)
        person = view.member.subscriber
        return render_template(
            "admin/subscriber.html",
            view=view,
            consent=consents.of(session, subscriber_id),
            trust=subscribers.trust_in(session, person, now()) if may("coordinator") else None,
            reliability=RELIABILITY,
            asked=inquiries.of_person(session, subscriber_id),
            steps=timeline.of(session, "subscriber", subscriber_id),
            typed=typed,
            choices=[(one.id, choosing.described(one)) for one in choices],
            problem=problem,
        )


def _filters() -> subscribers.Filters:
    """What the address narrows the list to; anything unknown narrows nothing."""
    settings = runtime().settings
    county = request.args.get("county")
    return subscribers.Filters(
        state=chosen("state", subscribers.STATES),
        language=chosen("language", settings.languages),
        account=chosen("account", [*settings.providers, subscribers.NOBODY]),
        place_id=asked_number("place"),
        county=None if county is None else (request.args.get("region", "")[:100], county[:100]),
        focal="focal" in request.args,
        volunteers="volunteers" in request.args,
    )


def _back(subscriber_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("subscribers.one", subscriber_id=subscriber_id), 303)
