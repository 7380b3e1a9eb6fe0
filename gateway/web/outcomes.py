"""What a form that decided something answers: a script short words, a browser the next page."""

from flask import flash, jsonify, redirect, request
from werkzeug.wrappers import Response

from gateway.flow import undoing
from gateway.web.context import current_actor, is_fragment, local_path, now, runtime


def done(words: str, otherwise: str, *, incident_id: int | None = None) -> Response:
    """`otherwise` is where a browser goes unless the form says where (`to`).

    A script also hears which act about the incident it may take back.
    """
    if is_fragment():
        return jsonify(said=words, undo=_last(incident_id))
    flash(words, "good")
    return redirect(local_path(request.form.get("to"), otherwise), 303)


def _last(incident_id: int | None) -> dict[str, int] | None:
    if incident_id is None:
        return None
    with runtime().database.reading() as session:
        last = undoing.last(session, incident_id, current_actor(), now())
    if last is None or last.why_not is not None:
        return None
    return {"incident": incident_id, "of": last.act_id}
