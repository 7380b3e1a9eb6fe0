"""One decision about all the ticked incidents of the queue; what could not be done is named."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from gateway.flow import bulk
from gateway.lists import triage
from gateway.web import firsts
from gateway.web.context import current_actor, local_path, now, runtime
from gateway.web.forms import LONGEST_REASON, optional_number
from gateway.web.guards import needs

bp = Blueprint("several", __name__)


@bp.post("/queue/bulk")
@needs("coordinator")
def decide() -> Response:
    act, why = request.form.get("act", ""), request.form.get("reason", "").strip()
    ticked = [part for part in map(_ticked, request.form.getlist("incident")) if part]
    result = bulk.decide(
        runtime(), ticked, act, current_actor(), why[:LONGEST_REASON], now(),
        optional_number("person"),
    )  # fmt: skip
    if result.done:
        words = ngettext(
            "Done for %(num)s incident: %(numbers)s.",
            "Done for %(num)s incidents: %(numbers)s.",
            len(result.done),
            numbers=", ".join(map(str, result.done)),
        )
        flash(words, "good")
    for number, error in result.skipped.items():
        why_not = firsts.why_skipped(error)
        flash(gettext("Skipped %(number)s: %(why)s", number=number, why=why_not), "problem")
    return redirect(local_path(request.form.get("to"), url_for("triage.page")), 303)


def _ticked(value: str) -> bulk.Chosen | None:
    """ "12-open": the number, and the state in which it was shown."""
    number, _, state = value.partition("-")
    known = number.isascii() and number.isdecimal() and len(number) < 16
    return bulk.Chosen(int(number), state) if known and state in triage.STATES else None
