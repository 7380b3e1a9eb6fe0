"""Which phrases mean which hazard: shipped ones to read, own ones added, tried and removed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from gateway.flow import lexicon_editing
from gateway.flow.lexicon_editing import Trial
from gateway.store import own_words
from gateway.terms.refusals import Refused
from gateway.understanding.hazards import UNTOLD
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number
from gateway.web.guards import needs
from gateway.web.speech import told

bp = Blueprint("lexicons", __name__)
_LONGEST_MESSAGE = 1600


@bp.get("/lexicons")
@needs("admin")
def page() -> str:
    return _show(_language(request.args.get("language", "")))


@bp.post("/lexicons/try")
@needs("admin")
def try_out() -> str | tuple[str, int]:
    """Keeps nothing: what the phrase would change, and how a message would be read."""
    form, language = request.form, _language(request.form.get("language", ""))
    hazard, phrase = form.get("hazard", ""), form.get("phrase", "").strip()
    message = form.get("message", "")[:_LONGEST_MESSAGE]
    try:
        with runtime().database.reading() as session:
            runtime().catch_up(session)
            if phrase:
                phrase = lexicon_editing.checked(runtime(), session, language, hazard, phrase)
            trial = lexicon_editing.try_out(runtime(), session, language, hazard, phrase, message)
    except Refused as refused:
        flash(told(refused), "problem")
        return _show(language), 409
    return _show(language, trial)


@bp.post("/lexicons/add")
@needs("admin")
def add() -> Response | tuple[str, int]:
    form, language = request.form, _language(request.form.get("language", ""))
    try:
        with runtime().database.writing() as session:
            lexicon_editing.add(
                runtime(), session, language, form.get("hazard", ""), form.get("phrase", ""),
                current_actor(), now(),
            )  # fmt: skip
    except Refused as refused:  # the page comes back with what was typed
        flash(told(refused), "problem")
        return _show(language), 409
    return _back(language, gettext("The phrase counts for messages from now on."))


@bp.post("/lexicons/remove")
@needs("admin")
def remove() -> Response:
    with runtime().database.writing() as session:
        word = lexicon_editing.remove(session, number("word"), current_actor(), now())
    return _back(word.language, gettext("The phrase counts no more. It stays on record."))


def _show(language: str, trial: Trial | None = None) -> str:
    with runtime().database.reading() as session:
        runtime().catch_up(session)
        own = [row for row in own_words.words(session) if row.language == language]
    return render_template(
        "admin/lexicons.html",
        language_shown=language,
        languages=runtime().settings.languages,
        hazards=[key for key in runtime().hazards if key not in UNTOLD],
        shipped=lexicon_editing.shipped(language),
        own=[row for row in own if not row.removed],
        removed=[row for row in own if row.removed],
        trial=trial,
        typed=request.form,
    )


def _language(wanted: str) -> str:
    languages = runtime().settings.languages
    return wanted if wanted in languages else languages[0]


def _back(language: str, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("lexicons.page", language=language), 303)
