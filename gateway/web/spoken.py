"""Choosing the language in which the pages speak; the words of scripts in it."""

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from gateway.flow import accounts
from gateway.terms.refusals import Refused
from gateway.web import script_words, speech
from gateway.web.context import runtime, visitor, way_back
from gateway.web.guards import public

bp = Blueprint("spoken", __name__)
_YEAR_S = 365 * 24 * 3600


def register(app: Flask) -> None:
    """The pages and the address of their scripts' words."""
    app.register_blueprint(bp)
    app.jinja_env.globals["words_address"] = _address


@bp.post("/language")
@public
def choose() -> Answer:
    language = request.form.get("language", "")
    if language not in speech.LANGUAGES:
        raise Refused("The pages do not speak that language. Choose one from the list.")
    actor = visitor()
    speech.keep(language)
    if actor is not None:
        with runtime().database.writing() as session:
            accounts.set_language(session, actor, language)
    return redirect(way_back(), 303)


@bp.get("/words/<language>.js")
@public
def words(language: str) -> Response:
    if language not in speech.LANGUAGES:
        abort(404)
    answer = Response(script_words.script(language), mimetype="text/javascript")
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return answer


def _address() -> str:
    language = speech.current()
    return url_for("spoken.words", language=language, v=script_words.mark(language))
