"""The book of exercises: one begins at a time, says that it is alive, and is ended by hand.

While one runs, `Exercise.facts` says how it is played; when it ends, its report joins them.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gateway.flow.questioning import is_night
from gateway.flow.scenario import Scenario, read_scenario
from gateway.plumbing.resources import CONFIG
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Exercise, Subscriber, User
from gateway.terms.refusals import NotFound, Refused, need_reason

ASKED, RUNNING, ENDED = "asked", "running", "ended"  # facts["phase"]
STALE = timedelta(minutes=2)  # who plays says every few seconds that it does
_WAITS = timedelta(minutes=10)  # for somebody to play it
_LOCK = 7_203_006  # pg_advisory_xact_lock: two coordinators begin one exercise


def shipped() -> dict[str, Scenario]:
    """The scenarios that come with the gateway, by the names of their files."""
    folder = CONFIG / "scenarios"
    return {path.stem: read_scenario(path) for path in sorted(folder.glob("*.toml"))}


def scenario_named(name: str) -> Scenario:
    """A shipped one, or that of a file that ends in .toml; Refused names those there are."""
    return read_scenario(Path(name)) if name.endswith(".toml") else shipped_named(name)


def shipped_named(name: str) -> Scenario:
    """A shipped one; Refused names those there are."""
    folder = CONFIG / "scenarios"
    known = sorted(found.stem for found in folder.glob("*.toml"))
    if name not in known:
        raise Refused(
            "there is no scenario %(name)s; there are: %(known)s",
            name=f"{name!r}",
            known=", ".join(known),
        )
    return read_scenario(folder / f"{name}.toml")


def begin(
    runtime: Runtime,
    session: Session,
    script: Scenario,
    who: str,
    now: datetime,
    *,
    name: str,
    volunteers: bool = False,
    by_people: bool = False,
    phase: str = RUNNING,
) -> Exercise:
    """A new exercise, unless one runs, it plays elsewhere, or volunteers must be left in peace.

    `name` is that of a shipped one, or a file; with `phase` ASKED a background job plays it.
    """
    if script.country != runtime.settings.country:
        raise Refused(
            "this scenario plays in %(country)s, the deployment is %(ours)s",
            country=script.country,
            ours=runtime.settings.country,
        )
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    other = running(session, now)
    if other is not None:
        raise Refused(
            "Exercise %(id)s (%(scenario)s) still runs: wait, or end it first.",
            id=other.id,
            scenario=other.scenario,
        )
    if volunteers:
        _spare_volunteers(runtime, session, now)
    shipped = None if name.endswith(".toml") else name
    facts = {"name": shipped, "by": who, "people": by_people}
    exercise = Exercise(
        scenario=script.title[:64],
        started_at=now,
        volunteers=volunteers,
        facts={**facts, "phase": phase, "beat": now.isoformat()},
    )
    session.add(exercise)
    session.flush()
    subject, told = f"exercise {exercise.id}", {"volunteers": volunteers, "people": by_people}
    record(session, who=who, act="exercise.begin", subject=subject, now=now, facts=told)
    if phase == ASKED:
        nudge_after_commit(session, "exercise")
    return exercise


def ask_to_end(session: Session, exercise_id: int, by: User, reason: str, now: datetime) -> None:
    """Whoever plays it ends it within seconds, and writes the report of what there was."""
    need_reason(reason)
    exercise = find(session, exercise_id, lock=True)
    if exercise.ended_at is not None:
        raise Refused("This exercise is over already.")
    note(exercise, end_by=by.name)
    subject = f"exercise {exercise.id}"
    record(session, who=by.name, act="exercise.stop", subject=subject, now=now, reason=reason)


def find(session: Session, exercise_id: int, *, lock: bool = False) -> Exercise:
    """Raises NotFound."""
    exercise = session.get(Exercise, exercise_id, with_for_update=lock, populate_existing=lock)
    if exercise is None:
        raise NotFound("There is no such exercise.")
    return exercise


def note(exercise: Exercise, **facts: Any) -> None:
    """Adds to what is known of it; the row must be locked."""
    exercise.facts = {**(exercise.facts or {}), **facts}


def running(session: Session, now: datetime) -> Exercise | None:
    """The exercise that somebody plays or is about to; one whose player fell silent is none."""
    rows = session.scalars(select(Exercise).where(Exercise.ended_at.is_(None)))
    return next((row for row in rows if not is_silent(row, now)), None)


def is_silent(exercise: Exercise, now: datetime) -> bool:
    """Whether whoever played it is gone, or nobody came to play it."""
    facts = exercise.facts or {}
    last = datetime.fromisoformat(facts["beat"]) if "beat" in facts else exercise.started_at
    return now - last > (_WAITS if facts.get("phase") == ASKED else STALE)


def beat(runtime: Runtime, exercise_id: int) -> None:
    """Says that somebody plays it."""
    with runtime.database.writing() as session:
        exercise = find(session, exercise_id, lock=True)
        if exercise.ended_at is None:
            note(exercise, beat=runtime.clock().isoformat())


def must_end(runtime: Runtime, exercise_id: int) -> bool:
    """Whether a coordinator asked for its end, or somebody ended it."""
    with runtime.database.reading() as session:
        exercise = find(session, exercise_id)
        return exercise.ended_at is not None or "end_by" in (exercise.facts or {})


def volunteers(session: Session) -> int:
    """How many real people agreed to be texted in exercises."""
    query = (
        select(func.count())
        .select_from(Subscriber)
        .where(
            Subscriber.drills.is_(True),
            Subscriber.exercise_id.is_(None),
            Subscriber.state == "subscribed",
        )
    )
    return session.scalar(query) or 0


def _spare_volunteers(runtime: Runtime, session: Session, now: datetime) -> None:
    if is_night(runtime, now):
        hours = runtime.settings.policy.quiet_hours
        raise Refused(
            "Volunteers sleep (%(hours)s): leave them out, or begin in the morning.", hours=hours
        )
    live = select(Alert.id).where(
        Alert.exercise_id.is_(None),
        Alert.state.in_(("approved", "live")),
        Alert.purpose != "campaign",
    )
    if session.scalar(live.limit(1)) is not None:
        raise Refused("A real warning is live: volunteers must not take it for the exercise.")
