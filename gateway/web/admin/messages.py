"""Messages that came in, the failed ones first of all: kept, shown, read again by hand."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import judging
from gateway.lists import messages
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import chosen, page_number
from gateway.web.guards import needs

bp = Blueprint("messages", __name__)


@bp.get("/messages")
@needs("analyst")
def page() -> str:
    state = chosen("state", messages.STATES, otherwise="failed")
    accounts = list(runtime().settings.providers)
    kind, account = chosen("kind", messages.KINDS), chosen("account", accounts)
    with runtime().database.reading() as session:
        found = messages.listed(
            session, state=state, kind=kind, account=account, page=page_number()
        )
    return render_template(
        "admin/messages.html",
        found=found,
        state=state,
        kind=kind,
        account=account,
        states=messages.STATES,
        kinds=messages.KINDS,
        accounts=accounts,
    )


@bp.post("/messages/<int:message_id>/retry")
@needs("coordinator")
def retry(message_id: int) -> Response:
    with runtime().database.writing() as session:
        judging.retry_message(session, message_id, current_actor(), now())
    flash(gettext("Message %(number)s is read again in a moment.", number=message_id), "good")
    return redirect(url_for("messages.page"), 303)
