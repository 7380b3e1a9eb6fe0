"""What a person reads when something goes wrong: plain words, never details of the inside."""

import secrets

import structlog
from flask import Flask, flash, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.terms.states import MoveRefused
from gateway.web.context import is_fragment, way_back

Answer = Response | tuple[str, int]

_log = structlog.get_logger()
_TITLES = {
    400: "That did not work",
    401: "You are signed out",
    403: "You may not do that",
    404: "There is nothing here",
    405: "That did not work",
    413: "That is too long",
    503: "The database does not answer",
}
_WORDS = {
    404: "The address may be mistyped, or the page was removed.",
    405: "This address takes only forms. Go back and press the button again.",
    413: "What you sent is larger than a form may be.",
}
_STALE_FORM = (
    "Nothing was changed. This form was open for too long, or you were signed out meanwhile. "
    "Go back, copy what you wrote, reload the page and send it again."
)
_NO_DATABASE = "The database does not answer. Nothing is lost; try again in a minute."


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
        return _page(404, str(error))
    if isinstance(error, NotAllowed):
        return _page(403, str(error))
    return _flashed(str(error))


def _somebody_was_first(error: MoveRefused) -> Answer:
    what = "warning" if error.machine == "alert" else error.machine
    return _flashed(
        f"Somebody else acted first: this {what} is now {error.origin}. "
        "Nothing was changed by you. Look again before you go on."
    )


def _flashed(message: str) -> Answer:
    if request.method != "POST":
        return _page(400, message)
    flash(message, "problem")
    return redirect(way_back(), 303)


def _stale_form(_error: CSRFError) -> Answer:
    return _page(400, _STALE_FORM)


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    if code >= 500:
        return _unexpected(getattr(error, "original_exception", None) or error)
    own_words = code in (401, 403) and bool(error.description)
    words = error.description if own_words else _WORDS.get(code, "")
    return _page(code, words or "Go back and try again.")


def _no_database(error: Exception) -> Answer:
    _log.error("database not answering", endpoint=request.endpoint, exc_info=error)
    return _page(503, _NO_DATABASE)


def _unexpected(error: Exception) -> Answer:
    reference = secrets.token_hex(4)
    _log.error("request failed", reference=reference, endpoint=request.endpoint, exc_info=error)
    words = "Something went wrong on our side. Try again; if it stays, tell your technician:"
    return _page(500, words, reference)


def _page(code: int, words: str, reference: str | None = None) -> Answer:
    if is_fragment():
        return words, code
    title = _TITLES.get(code, "Something went wrong" if code >= 500 else "That did not work")
    return render_template("error.html", title=title, words=words, reference=reference), code
