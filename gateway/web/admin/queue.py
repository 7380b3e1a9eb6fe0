"""The first page: what needs me now, fresh every three seconds."""

from datetime import timedelta

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from gateway.lists import accounts, duty, exercises, queue
from gateway.web.context import current_actor, now, runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import signed_in

bp = Blueprint("queue", __name__)
_RESTING = timedelta(minutes=2)


@bp.get("/")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        return render_template("queue.html", stamp=_stamp(session), **_rows(session))


@bp.get("/queue/rows")
@signed_in
def rows() -> Response:
    with runtime().database.reading() as session:
        return unless_known(
            _stamp(session), lambda: render_template("queue_rows.html", **_rows(session))
        )


def _rows(session: Session) -> dict[str, object]:
    found = queue.read(session, current_actor().id, list(runtime().hazards))
    marks = duty.marks(session, found.incidents, runtime().allowed)
    due = exercises.to_practise(session, runtime().settings.policy.drill_days, now())
    return {
        "queue": found, "marks": marks, "resting": is_resting(session), "to_practise": due,
        "troubles": accounts.troubles(session, list(runtime().settings.providers)),
    }  # fmt: skip


def is_resting(session: Session) -> bool:
    """Whether the background work has stopped: then nothing is read and nothing is sent."""
    beat = queue.last_beat(session)
    return beat is not None and now() - beat > _RESTING


def _stamp(session: Session) -> str:
    today = now().astimezone(runtime().zone).date()
    return stamp_of(queue.stamp(session), is_resting(session), today)
