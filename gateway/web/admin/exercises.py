"""Exercises: the list, begin and end one, its after-action report on the page and as a file."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import get_domain, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gateway.flow import debriefing, exercise_book
from gateway.lists import exercises
from gateway.lists.exercises import ExerciseView
from gateway.sharing import report_file
from gateway.web import speech
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import page_number, reason
from gateway.web.guards import needs, signed_in

bp = Blueprint("exercises", __name__)


@bp.get("/exercises")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        return render_template(
            "admin/exercises.html",
            found=exercises.listed(session, page_number(), runtime().zone),
            running=exercise_book.running(session, now()),
            to_practise=exercises.to_practise(session, _drill_days(), now()),
            days=_drill_days(),
        )


@bp.get("/exercises/new")
@needs("coordinator")
def new() -> str:
    country = runtime().settings.country
    with runtime().database.reading() as session:
        return render_template(
            "admin/exercise_new.html",
            scenarios=[
                (name, script)
                for name, script in exercise_book.shipped().items()
                if script.country == country
            ],
            volunteers=exercise_book.volunteers(session),
            running=exercise_book.running(session, now()),
        )


@bp.post("/exercises")
@needs("coordinator")
def begin() -> AnyResponse:
    name = request.form.get("scenario", "")
    script = exercise_book.shipped_named(name)
    with runtime().database.writing() as session:
        exercise = exercise_book.begin(
            runtime(),
            session,
            script,
            current_actor().name,
            now(),
            name=name,
            volunteers=request.form.get("volunteers") == "yes",
            by_people=request.form.get("people") == "yes",
            phase=exercise_book.ASKED,
        )
    flash(gettext("The exercise begins in a few seconds."), "good")
    return redirect(url_for("exercises.one", exercise_id=exercise.id), 303)


@bp.get("/exercises/<int:exercise_id>")
@signed_in
def one(exercise_id: int) -> str:
    with runtime().database.reading() as session:
        exercise = _read(session, exercise_id)
        return render_template("admin/exercise.html", exercise=exercise, report=exercise.report)


@bp.post("/exercises/<int:exercise_id>/end")
@needs("coordinator")
def end(exercise_id: int) -> AnyResponse:
    with runtime().database.writing() as session:
        exercise_book.ask_to_end(session, exercise_id, current_actor(), reason(), now())
    flash(gettext("It ends within a few seconds; then the report is here."), "good")
    return redirect(url_for("exercises.one", exercise_id=exercise_id), 303)


@bp.get("/exercises/<int:exercise_id>/report.html")
@signed_in
def file(exercise_id: int) -> Response:
    with runtime().database.reading() as session:
        exercise = _read(session, exercise_id)
    html = report_file.render(exercise, runtime().settings.service_name, _tongue())
    answer = Response(html, content_type="text/html; charset=utf-8")
    # A download: opened from our own address its style would be refused.
    name = report_file.file_name(exercise_id)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _read(session: Session, exercise_id: int) -> ExerciseView:
    row = exercise_book.find(session, exercise_id)
    so_far = debriefing.so_far(runtime(), session, row, now())
    return exercises.view(session, exercise_id, runtime().zone, so_far)


def _tongue() -> report_file.Tongue:
    """As the page speaks, so does the file."""
    return report_file.Tongue(
        speech.current(),
        speech.direction(),
        lambda words: get_domain().get_translations().ugettext(words),
        lambda one, many, count: get_domain().get_translations().ungettext(one, many, count),
    )


def _drill_days() -> int:
    return runtime().settings.policy.drill_days
