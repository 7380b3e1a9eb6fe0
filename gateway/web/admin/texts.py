"""Every SMS that we send, by language: read, rewritten, tried on, and put back."""

import json
from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.alerts import lettering, wording
from gateway.flow import text_editing, text_rules
from gateway.flow.playbooks import lines_of
from gateway.lists import texts
from gateway.terms.refusals import NotFound, Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import chosen, number
from gateway.web.guards import needs
from gateway.web.speech import N_, told
from gateway.web.text_versions import history

bp = Blueprint("texts", __name__)
GROUPS = (  # by the beginning of the name
    ("warning_", N_("Warnings")),
    ("hazard_", N_("Names of hazards")),
    ("campaign_", N_("Campaigns")),
    ("ask_", N_("Questions to people")),
    ("page_", N_("Calls to coordinators")),
    ("", N_("Answers and marks")),
)
_SAMPLES: Mapping[str, str] = {
    "place": "Moa", "until": "18:30", "time": "18:30", "number": "17", "code": "123456",
    "minutes": "12", "people": "250", "seconds": "120", "days": "30", "warning": "8",
    "numbers": "12, 13", "languages": "EN, SW, FR", "choices": "1 Moa, 2 Moa Juu",
    "account": "simulator", "balance": "20.00 USD", "name": "Amina",
}  # fmt: skip


@bp.get("/texts")
@needs("admin")
def page() -> str:
    languages = text_editing.languages(runtime())
    language = chosen("language", languages, languages[0] if languages else "")
    with runtime().database.reading() as session:
        runtime().catch_up(session)
        rows = texts.rows(session, language) if language else []
        return render_template(
            "admin/texts.html",
            language_shown=language,
            languages=languages,
            groups=_grouped(rows),
            changed=texts.changed(session),
        )


@bp.get("/texts/<language>/<name>")
@needs("admin")
def one(language: str, name: str) -> str:
    with runtime().database.reading() as session:
        runtime().catch_up(session)
        return _show(session, language, name)


@bp.post("/texts/<language>/<name>")
@needs("admin")
def edit(language: str, name: str) -> Response | str | tuple[str, int]:
    typed = request.form.get("words", "")
    if request.form.get("try"):
        with runtime().database.reading() as session:
            return _tried(session, language, name, typed)
    try:
        with runtime().database.writing() as session:
            text_editing.keep(
                runtime(), session, language, name, typed, current_actor(), now(),
                seen=number("seen"),
            )  # fmt: skip
    except NotFound:
        raise
    except Refused as refused:  # the page comes back with what was typed
        flash(told(refused), "problem")
        with runtime().database.reading() as session:
            return _show(session, language, name, typed=typed), 409
    return _back(language, name, gettext("The text is kept. It is used from now on."))


@bp.post("/texts/<language>/<name>/restore")
@needs("admin")
def restore(language: str, name: str) -> Response:
    with runtime().database.writing() as session:
        seen = number("seen")
        text_editing.restore(runtime(), session, language, name, current_actor(), now(), seen=seen)
    return _back(language, name, gettext("The shipped text holds again."))


@bp.post("/texts/<language>/<name>/again")
@needs("admin")
def again(language: str, name: str) -> Response:
    with runtime().database.writing() as session:
        old = text_editing.again(
            runtime(), session, number("version_id"), current_actor(), now(), seen=number("seen")
        )
    return _back(old.language, old.name, gettext("This version holds again."))


def _tried(session: Session, language: str, name: str, typed: str) -> str:
    """The preview of what is not kept yet, with all that would be refused."""
    try:
        text_rules.checked(language, name, typed)
    except Refused as refused:
        flash(told(refused), "problem")
    return _show(session, language, name, typed=typed)


def _show(session: Session, language: str, name: str, typed: str | None = None) -> str:
    text_editing.need_text(runtime(), language, name)
    versions = text_editing.versions(session, language, name)
    now_words = text_editing.words_now(session, language, name)
    words = now_words if typed is None else typed
    return render_template(
        "admin/text.html",
        code=language,
        name=name,
        words=words,
        seen=versions[0].id if versions else 0,
        is_own=bool(versions and versions[0].words is not None),
        shipped=wording.shipped_words(language, name),
        fields=sorted(wording.shipped_fields(name)),
        budget=text_rules.budget(language, name),
        full=_filled(text_rules.full, words),
        counting=_counting(language, name),
        preview=_filled(lambda text: wording.filled(text, _samples(session, language)), words),
        versions=history(versions, wording.shipped_words(language, name)),
    )


def _counting(language: str, name: str) -> dict[str, str]:
    """What segments.js needs to count along with the longest values."""
    return {
        "fill": json.dumps(text_rules.around(wording.shipped_words(language, name))),
        "instead": json.dumps(lettering.instead_of(language)),
        "accents": "1" if lettering.of(language).accents else "",
    }


def _samples(session: Session, language: str) -> dict[str, str]:
    line = lines_of(session, "attack").get(language, "")
    source = runtime().settings.service_name
    return {
        **_SAMPLES,
        "source": source,
        "service": source,
        "hazard": wording.shipped_words(language, "hazard_attack"),
        "action": line,
        "state_word": wording.shipped_words(language, "state_verified"),
        "question": wording.filled(wording.shipped_words(language, "ask_attack"), _SAMPLES),
        "text": wording.filled(
            wording.shipped_words(language, "warning_attack"),
            {**_SAMPLES, "source": source, "action": line},
        ),
    }


def _filled(fill: Callable[[str], str], words: str) -> str:
    try:
        return fill(" ".join(lettering.without_controls(words).split()))
    except ValueError:  # a brace too many: the words as they are
        return words


def _grouped(rows: list[texts.TextRow]) -> list[tuple[str, list[texts.TextRow]]]:
    left, groups = list(rows), []
    for start, words in GROUPS:
        own = [row for row in left if row.name.startswith(start)]
        left = [row for row in left if row not in own]
        groups.append((words, own))
    return groups


def _back(language: str, name: str, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("texts.one", language=language, name=name), 303)
