"""What a person reads when something goes wrong: plain words, never details of the inside."""

import secrets

import structlog
from flask import Flask, flash, redirect, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.terms.states import MoveRefused
from gateway.web.context import is_fragment, way_back
from gateway.web.speech import N_, told

Answer = Response | tuple[str, int]

_log = structlog.get_logger()
_TITLES = {
    400: N_("That did not work"),
    401: N_("You are signed out"),
    403: N_("You may not do that"),
    404: N_("There is nothing here"),
    405: N_("That did not work"),
    413: N_("That is too long"),
    503: N_("The database does not answer"),
}
_WORDS = {
    404: N_("The address may be mistyped, or the page was removed."),
    405: N_("This address takes only forms. Go back and press the button again."),
    413: N_("What you sent is larger than a form may be."),
}
_STALE_FORM = N_(
    "Nothing was changed. This form was open for too long, or you were signed out meanwhile. "
    "Go back, copy what you wrote, reload the page and send it again."
)
_NO_DATABASE = N_("The database does not answer. Nothing is lost; try again in a minute.")


def register(app: Flask) -> None:
    """Handlers for everything that can be raised below a view."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(MoveRefused, _somebody_was_first)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _no_database)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: Refused) -> Answer:
    if isinstance(error, NotFound):
        return _page(404, told(error))
    if isinstance(error, NotAllowed):
        return _page(403, told(error))
    return _flashed(told(error))


def _somebody_was_first(error: MoveRefused) -> Answer:
    return _flashed(acted_first(error))


def acted_first(error: MoveRefused) -> str:
    """What to say when a thing is no more in the state in which somebody saw it."""
    what = gettext("warning") if error.machine == "alert" else gettext(error.machine)
    words: str = gettext(
        "Somebody else acted first: this %(what)s is now %(state)s. "
        "Nothing was changed by you. Look again before you go on.",
        what=what,
        state=gettext(error.origin),
    )
    return words


def _flashed(message: str) -> Answer:
    if request.method != "POST":
        return _page(400, message)
    flash(message, "problem")
    return redirect(way_back(), 303)


def _stale_form(_error: CSRFError) -> Answer:
    return _page(400, gettext(_STALE_FORM))


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    if code >= 500:
        return _unexpected(getattr(error, "original_exception", None) or error)
    own_words = code in (401, 403) and bool(error.description)
    words = error.description if own_words else _WORDS.get(code, "")
    return _page(code, gettext(words) if words else gettext("Go back and try again."))


def _no_database(error: Exception) -> Answer:
    _log.error("database not answering", endpoint=request.endpoint, exc_info=error)
    return _page(503, gettext(_NO_DATABASE))


def _unexpected(error: Exception) -> Answer:
    reference = secrets.token_hex(4)
    _log.error("request failed", reference=reference, endpoint=request.endpoint, exc_info=error)
    words = gettext(
        "Something went wrong on our side. Try again; if it stays, tell your technician:"
    )
    return _page(500, words, reference)


def _page(code: int, words: str, reference: str | None = None) -> Answer:
    if is_fragment():
        return words, code
    otherwise = N_("Something went wrong") if code >= 500 else N_("That did not work")
    title = gettext(_TITLES.get(code, otherwise))
    return render_template("error.html", title=title, words=words, reference=reference), code
