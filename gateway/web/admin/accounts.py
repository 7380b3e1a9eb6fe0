"""The accounts with SMS companies: whether they work, what waits for them, what is left."""

from flask import Blueprint, current_app, render_template

from gateway.lists import accounts
from gateway.lists.open_doors import believes_anybody
from gateway.web.account_words import error_words
from gateway.web.context import now, runtime
from gateway.web.guards import needs

bp = Blueprint("accounts", __name__)


@bp.get("/accounts")
@needs("coordinator")
def page() -> str:
    gateway, moment = runtime(), now()
    providers = {name: gateway.providers[name] for name in gateway.settings.providers}
    if gateway.settings.only_simulated:
        providers = {}  # nobody outside can call them
    doors = frozenset(name for name, one in providers.items() if believes_anybody(one, moment))
    with gateway.database.reading() as session:
        cards = accounts.cards(gateway, session, moment, current_app.extensions["doubts"], doors)
        return render_template("admin/accounts.html", cards=cards, error_words=error_words)
