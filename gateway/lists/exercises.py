"""Exercises: the list, one with its report ready to read, and who should practise again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.lists.paging import Page, read_page
from gateway.store.tables import Delivery, Exercise, Subscriber, User
from gateway.terms.refusals import NotFound

_SCRIPTED = "exercise-%"  # the script's own coordinators are nobody
_AFTERWARDS = timedelta(hours=6)  # somebody may still have the exercise in mind


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """One exercise; `report` with times of the zone, empty while it was never computed."""

    id: int
    title: str
    started_at: datetime
    ended_at: datetime | None
    day: str
    begins: str
    ends: str  # "" while it runs
    begun_by: str
    by_people: bool
    volunteers: bool
    speed: float
    phase: str
    how: str
    report: Mapping[str, Any]

    @property
    def is_whole(self) -> bool:
        """Whether it was played to its end."""
        return self.how == "played to its end"


def listed(session: Session, page: int, zone: ZoneInfo) -> Page[ExerciseView]:
    """The newest first."""
    found = read_page(session, select(Exercise).order_by(Exercise.id.desc()), page)
    return Page([_view(row[0], zone) for row in found.rows], found.number, found.more)


def view(
    session: Session, exercise_id: int, zone: ZoneInfo, so_far: Mapping[str, Any] | None = None
) -> ExerciseView:
    """With the report that was kept, or what is given of one that runs; raises NotFound."""
    exercise = session.get(Exercise, exercise_id)
    if exercise is None:
        raise NotFound("There is no such exercise.")
    return _view(exercise, zone, so_far)


def to_practise(session: Session, days: int, now: datetime) -> Sequence[str]:
    """Names of coordinators who were in no exercise for so many days; 0 days: nobody."""
    if not days:
        return ()
    since = func.coalesce(User.drilled_at, User.created_at)
    return session.scalars(
        select(User.name)
        .where(
            User.role.in_(("coordinator", "admin")),
            User.disabled.is_(False),
            User.name.not_like(_SCRIPTED),
            since <= now - timedelta(days=days),
        )
        .order_by(User.name)
    ).all()


Wrote = tuple[int, datetime]  # which subscriber, and when


def in_exercise(session: Session, wrote: Sequence[Wrote]) -> dict[Wrote, int]:
    """Which real people had the text of an exercise when they wrote, and of which exercise.

    An exercise is in people's minds for some hours after its end.
    """
    if not wrote:
        return {}
    rows = session.execute(
        select(
            Delivery.subscriber_id, Exercise.id, func.min(Delivery.submitted_at), Exercise.ended_at
        )
        .join(Exercise, Exercise.id == Delivery.exercise_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.subscriber_id.in_({person for person, _ in wrote}),
            Delivery.submitted_at.is_not(None),
            Subscriber.exercise_id.is_(None),
        )
        .group_by(Delivery.subscriber_id, Exercise.id, Exercise.ended_at)
    ).all()
    return {
        (person, at): exercise
        for person, at in wrote
        for texted, exercise, texted_at, ended_at in rows
        if texted == person and texted_at is not None and texted_at <= at and in_mind(at, ended_at)
    }


def in_mind(at: datetime, ended_at: datetime | None) -> bool:
    """Whether an exercise may still be in people's minds."""
    return at <= (ended_at or at) + _AFTERWARDS


def _view(
    exercise: Exercise, zone: ZoneInfo, so_far: Mapping[str, Any] | None = None
) -> ExerciseView:
    facts = exercise.facts or {}
    begin = exercise.started_at.astimezone(zone)
    end = exercise.ended_at.astimezone(zone) if exercise.ended_at else None
    return ExerciseView(
        id=exercise.id,
        title=exercise.scenario,
        started_at=exercise.started_at,
        ended_at=exercise.ended_at,
        day=f"{begin:%Y-%m-%d}",
        begins=f"{begin:%H:%M}",
        ends=f"{end:%H:%M}" if end else "",
        begun_by=facts.get("by", ""),
        by_people=bool(facts.get("people")),
        volunteers=exercise.volunteers,
        speed=float(facts.get("clock", {}).get("speed", 1)),
        phase=facts.get("phase", "running"),
        how=facts.get("how", ""),
        report=_readable(facts.get("report") or so_far or {}, zone),
    )


def _readable(report: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The report with local times."""
    if not report:
        return {}
    return {
        **report,
        "timeline": [{**line, "at": _clock(line["at"], zone)} for line in report["timeline"]],
        "incidents": [
            {
                **one,
                "stages": [{**step, "at": _clock(step["at"], zone)} for step in one["stages"]],
            }
            for one in report["incidents"]
        ],
    }


def _clock(moment: str | None, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%H:%M:%S}" if moment else ""
