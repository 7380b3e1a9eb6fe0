"""The conversation with one person by SMS, and the field to write in."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from gateway.flow import chatting
from gateway.lists import chat
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import needs
from gateway.web.speech import told

bp = Blueprint("chat", __name__)


@bp.get("/subscribers/<int:subscriber_id>/chat")
@needs("analyst")
def page(subscriber_id: int) -> str:
    return _page(subscriber_id)


@bp.get("/subscribers/<int:subscriber_id>/chat/rows")
@needs("analyst")
def rows(subscriber_id: int) -> Response:
    with runtime().database.reading() as session:
        person = chat.person(session, subscriber_id)
        lines = chat.conversation(session, person)
        return unless_known(
            _stamp(lines), lambda: render_template("admin/_chat_rows.html", lines=lines)
        )


@bp.post("/subscribers/<int:subscriber_id>/chat")
@needs("coordinator")
def say(subscriber_id: int) -> Answer | tuple[str, int]:
    """What was refused stays in the field."""
    words = request.form.get("text", "")
    try:
        with runtime().database.writing() as session:
            chatting.say(runtime(), session, subscriber_id, current_actor(), words, now())
    except (NotFound, NotAllowed):
        raise
    except Refused as error:
        return _page(subscriber_id, words, told(error)), 400
    flash(gettext("It is on its way."), "good")
    return redirect(url_for("chat.page", subscriber_id=subscriber_id), 303)


def _page(subscriber_id: int, typed: str = "", problem: str = "") -> str:
    with runtime().database.reading() as session:
        return _show(session, subscriber_id, typed, problem)


def _show(session: Session, subscriber_id: int, typed: str, problem: str) -> str:
    person = chat.person(session, subscriber_id)
    lines = chat.conversation(session, person)
    silent = chatting.why_silent(person)
    return render_template(
        "admin/chat.html",
        person=person,
        lines=lines,
        stamp=_stamp(lines),
        silent=told(silent) if silent else "",
        tongue=chatting.language_of(runtime(), person),
        longest=chatting.LONGEST,
        typed=typed,
        problem=problem,
    )


def _stamp(lines: list[chat.Line]) -> str:
    return stamp_of([(line.key, line.state, line.text is None) for line in lines])
