"""The end of an exercise: its report is kept, and what it opened is closed."""

from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.flow import alerting, debriefing, exercise_book, judging
from gateway.flow.cast import Cast
from gateway.flow.exercising import SCRIPTED, script_coordinators
from gateway.flow.scenario import Scenario
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Alert, Exercise, Incident, User

log = structlog.get_logger()
DONE, STOPPED, BROKEN_OFF = "played to its end", "ended by", "broken off"
_WHY = "The exercise is over"
_UNSENT, _LEAVING = ("draft", "submitted"), ("approved", "live")


def end(cast: Cast, script: Scenario | None, how: str = DONE) -> None:
    """Keeps the report of what there is by now, then closes everything; once, whoever asks."""
    runtime = cast.runtime
    with runtime.database.writing() as session:
        exercise = exercise_book.find(session, cast.id, lock=True)
        if exercise.ended_at is not None:
            return
        now, facts = runtime.clock(), exercise.facts or {}
        if "end_by" in facts:
            how = f"{STOPPED} {facts['end_by']}"
        found = debriefing.report(session, cast, exercise, script, now)
        _drilled(session, debriefing.took_part(session, cast), now)
        _close(runtime, session, exercise, now)
        exercise.ended_at = now
        exercise_book.note(exercise, phase=exercise_book.ENDED, how=how, report=found)
        told = {"how": how.split(" by ")[0], "mistakes": len(found["mistakes"])}
        subject = f"exercise {exercise.id}"
        record(session, who="gateway", act="exercise.end", subject=subject, now=now, facts=told)
    log.info("exercise ended", exercise=cast.id)


def end_silent(runtime: Runtime) -> int:
    """Ends exercises whose process died under them; returns how many."""
    with runtime.database.reading() as session:
        now = runtime.clock()
        open_still = session.scalars(select(Exercise).where(Exercise.ended_at.is_(None))).all()
        silent = [row for row in open_still if exercise_book.is_silent(row, now)]
    for row in silent:
        script = debriefing.script_of(row)
        end(Cast(runtime, row.id, script.phones() if script else {}), script, BROKEN_OFF)
    return len(silent)


def _drilled(session: Session, names: set[str], now: datetime) -> None:
    real = [name for name in names if not name.startswith(SCRIPTED)]
    session.execute(update(User).where(User.name.in_(real)).values(drilled_at=now))


def _close(runtime: Runtime, session: Session, exercise: Exercise, now: datetime) -> None:
    """So that the next one finds a clean field."""
    by = script_coordinators(session, now)[0]
    of_drill = Alert.exercise_id == exercise.id
    for alert_id in session.scalars(
        select(Alert.id).where(of_drill, Alert.state.in_(_LEAVING))
    ).all():
        alerting.cancel(runtime, session, alert_id, by, _WHY, now)
    for alert_id in session.scalars(
        select(Alert.id).where(of_drill, Alert.state.in_(_UNSENT))
    ).all():
        alerting.discard(session, alert_id, by, _WHY, now)
    for incident in session.scalars(
        select(Incident).where(Incident.exercise_id == exercise.id)
    ).all():
        if incident.state == "verified":
            judging.close(session, incident.id, by, _WHY, now)
        elif incident.state == "open":
            judging.unverifiable(session, incident.id, by, _WHY, now)
