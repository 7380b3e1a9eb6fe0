"""How old the keys are and when to change them; never a key itself."""

from flask import Blueprint, render_template

from gateway.lists import keys
from gateway.web.context import now, runtime
from gateway.web.guards import needs

bp = Blueprint("keys", __name__)
ROTATE_DAYS = 365


@bp.get("/keys")
@needs("admin")
def page() -> str:
    with runtime().database.reading() as session:
        return render_template(
            "admin/keys.html",
            rings=keys.rings(runtime().settings, now()),
            old=keys.sealed_with_old(session, runtime().keys.sealer),
            most=keys.MOST_OLD,
            rotated_at=keys.rotated_at(session),
            rotate_days=ROTATE_DAYS,
        )
