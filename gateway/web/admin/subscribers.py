"""Community members by their pseudonyms: list, history, block, focal point, volunteer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gateway.flow import people, volunteering
from gateway.lists import inquiries, places, subscribers, timeline
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import RELIABILITY
from gateway.web.forms import asked_number, chosen, page_number, reason
from gateway.web.guards import may, needs

bp = Blueprint("subscribers", __name__)


@bp.get("/subscribers")
@needs("analyst")
def page() -> str:
    state = chosen("state", list(subscribers.STATES))
    place_id, focal = asked_number("place"), "focal" in request.args
    volunteers = "volunteers" in request.args
    with runtime().database.reading() as session:
        return render_template(
            "admin/subscribers.html",
            found=subscribers.listed(
                session,
                state=state,
                place_id=place_id,
                focal=focal,
                volunteers=volunteers,
                page=page_number(),
            ),
            counts=subscribers.counts(session),
            place=places.name_of(session, place_id),
            place_id=place_id,
            state=state,
            focal=focal,
            volunteers=volunteers,
            states=subscribers.STATES,
        )


@bp.get("/subscribers/<int:subscriber_id>")
@needs("analyst")
def one(subscriber_id: int) -> str:
    with runtime().database.reading() as session:
        view = subscribers.view(session, subscriber_id)
        person = view.member.subscriber
        return render_template(
            "admin/subscriber.html",
            view=view,
            trust=subscribers.trust_in(session, person, now()) if may("coordinator") else None,
            reliability=RELIABILITY,
            asked=inquiries.of_person(session, subscriber_id),
            steps=timeline.of(session, "subscriber", subscriber_id),
        )


@bp.post("/subscribers/<int:subscriber_id>/block")
@needs("coordinator")
def block(subscriber_id: int) -> Response:
    with runtime().database.writing() as session:
        people.block(session, subscriber_id, current_actor(), reason(), now())
    return _back(subscriber_id, "Blocked: gets nothing, and reports from there are not counted.")


@bp.post("/subscribers/<int:subscriber_id>/unblock")
@needs("coordinator")
def unblock(subscriber_id: int) -> Response:
    with runtime().database.writing() as session:
        people.unblock(session, subscriber_id, current_actor(), reason(), now())
    return _back(subscriber_id, "No longer blocked. They have to join again themselves.")


@bp.post("/subscribers/<int:subscriber_id>/focal-point")
@needs("coordinator")
def focal_point(subscriber_id: int) -> Response:
    trusted = request.form.get("trusted") == "yes"
    with runtime().database.writing() as session:
        people.set_focal_point(session, subscriber_id, trusted, current_actor(), reason(), now())
    return _back(subscriber_id, "Now a focal point." if trusted else "No longer a focal point.")


@bp.post("/subscribers/<int:subscriber_id>/volunteer")
@needs("coordinator")
def volunteer(subscriber_id: int) -> Response:
    agrees = request.form.get("agrees") == "yes"
    with runtime().database.writing() as session:
        volunteering.set_volunteer(session, subscriber_id, agrees, current_actor(), reason(), now())
    return _back(subscriber_id, "Takes part in exercises." if agrees else "No longer a volunteer.")


def _back(subscriber_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("subscribers.one", subscriber_id=subscriber_id), 303)
