"""Reminds coordinators by SMS who took part in no exercise for long."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, or_, select

from gateway.alerts import wording
from gateway.dispatch.outbox import ANSWERS, Text, queue_page
from gateway.flow.exercising import SCRIPTED
from gateway.flow.questioning import is_night
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import User

log = structlog.get_logger()


def remind_to_practise(runtime: Runtime) -> int:
    """One SMS to each who is due, again only after as many days; never at night; how many."""
    days, now = runtime.settings.policy.drill_days, runtime.clock()
    if not days or is_night(runtime, now):
        return 0
    due = _due(now - timedelta(days=days))
    with runtime.database.reading() as session:
        if session.scalar(due.limit(1)) is None:
            return 0
    with runtime.database.writing() as session:
        routes = runtime.settings.routes
        people = session.scalars(due.with_for_update(skip_locked=True)).all()
        for user in people:
            user.drill_reminded_at = now
            words = _words(runtime, days)
            queue_page(session, routes, user, words, now, priority=ANSWERS)
        if people:
            nudge_after_commit(session, "send_due")
            log.info("coordinators reminded to practise", people=len(people))
        return len(people)


def _due(before: datetime) -> Select[User]:
    """Who has been one for so long, and was neither in an exercise nor reminded since."""
    return (
        select(User)
        .where(
            User.role.in_(("coordinator", "admin")),
            User.disabled.is_(False),
            User.phone.is_not(None),
            User.name.not_like(f"{SCRIPTED}%"),
            User.created_at <= before,
            func.coalesce(User.drilled_at, User.created_at) <= before,
            or_(User.drill_reminded_at.is_(None), User.drill_reminded_at <= before),
        )
        .order_by(User.id)
    )


def _words(runtime: Runtime, days: int) -> Text:
    language = runtime.settings.languages[0]
    return Text(language, wording.render(language, "page_drill", days=str(days)))
