"""The accounts with SMS companies: whether they work, what waits for them, what is left."""

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gateway.flow import trying_accounts
from gateway.lists import accounts
from gateway.lists.open_doors import believes_anybody
from gateway.web.account_words import STATES, error_words
from gateway.web.context import current_actor, now, runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import needs
from gateway.web.speech import current

bp = Blueprint("accounts", __name__)


@bp.get("/accounts")
@needs("coordinator")
def page() -> str:
    figures = _figures()
    return render_template(
        "admin/accounts.html",
        figures=figures,
        etag=_stamp(figures),
        accounts=list(runtime().settings.providers),
    )


@bp.get("/accounts/figures")
@needs("coordinator")
def figures() -> Response:
    """The cards again, or nothing when they read as before."""
    found = _figures()
    return unless_known(_stamp(found), lambda: found)


@bp.post("/accounts/test")
@needs("admin")
def test() -> AnyResponse:
    account = request.form.get("account", "")
    with runtime().database.writing() as session:
        trying_accounts.send_test(runtime(), session, account, current_actor(), now())
    flash(gettext("A test message is on its way to your phone. Its state shows below."), "good")
    return redirect(url_for("accounts.page"), 303)


def _figures() -> str:
    gateway, moment = runtime(), now()
    providers = {name: gateway.providers[name] for name in gateway.settings.providers}
    if gateway.settings.only_simulated:
        providers = {}  # nobody outside can call them
    doors = frozenset(name for name, one in providers.items() if believes_anybody(one, moment))
    with gateway.database.reading() as session:
        cards = accounts.cards(gateway, session, moment, current_app.extensions["doubts"], doors)
        return render_template(
            "admin/_accounts.html",
            cards=cards,
            tests=accounts.last_tests(session, moment),
            error_words=error_words,
            state_words=STATES,
        )


def _stamp(figures: str) -> str:
    return stamp_of(current(), figures)
