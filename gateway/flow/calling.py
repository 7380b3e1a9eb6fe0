"""Calls coordinators by SMS to incidents that nobody has looked at, or judged, in time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.outbox import Text, queue_page
from gateway.flow import codes, rota
from gateway.incidents import deadlines
from gateway.plumbing.settings_duty import Shift
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Call, Incident, User

log = structlog.get_logger()
_HELP = "help"  # the cause of a call to somebody who asked for it after a warning
_AT_ONCE = 500  # incidents one sweep calls for; the next sweep goes on


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is called now, to which incident and why."""

    incident: Incident
    cause: str
    step: int
    begun_at: datetime
    people: Sequence[User]


def call_due(runtime: Runtime) -> int:
    """Calls whoever is next about each overdue incident; returns about how many."""
    if not runtime.settings.jobs.escalate:
        return 0
    now = runtime.clock()
    with runtime.database.reading() as session:
        ids = [plan.incident.id for plan in _plans(runtime, session, _open(), now)][:_AT_ONCE]
    if not ids:
        return 0
    with runtime.database.writing() as session:
        # Locked and read anew: another machine may have called, or somebody looked, since.
        held = _open().where(Incident.id.in_(ids)).with_for_update(skip_locked=True)
        plans = _plans(runtime, session, held, now)
        for plan in plans:
            plan.incident.paged_at = plan.incident.paged_at or now
            for user in plan.people:
                _call(runtime, session, plan, user, now)
            facts = {"cause": plan.cause, "step": plan.step, "people": len(plan.people)}
            log.warning("coordinators called", incident=plan.incident.id, **facts)
        if plans:
            nudge_after_commit(session, "send_due")
        return len(plans)


def page(
    runtime: Runtime, incident: Incident, cause: str, since: datetime, code: str, now: datetime
) -> Text:
    """The SMS of a call; `cause` is unseen or unjudged, `since` when its time began."""
    language = runtime.settings.languages[0]
    body = wording.render(
        language,
        f"page_{cause}",
        number=str(incident.id),
        hazard=wording.render(language, f"hazard_{incident.hazard}"),
        place=incident.place_name or "?",
        minutes=str(round((now - since).total_seconds() / 60)),
        code=code,
    )
    return Text(language, body)


def call_to_help(
    runtime: Runtime, session: Session, incident: Incident, warning: int, now: datetime
) -> int:
    """Calls whoever is first, at once and once an incident; returns how many people.

    Who is next is called by the sweep, when nobody has looked in time. Nobody in an exercise.
    """
    if not runtime.settings.jobs.escalate or incident.exercise_id is not None:
        return 0
    people = coordinators(session)
    called, about = 0, codes.incident(incident.id)
    shifts = rota.effective(runtime, session)
    for user in _next(runtime, shifts, None, (), people, now) if people else ():
        code = codes.new_call(runtime, session, about, user, cause=_HELP, step=1, now=now)
        if code is not None:
            text = _help_page(runtime, incident, warning, code)
            queue_page(session, runtime.settings.routes, user, text, now)
            called += 1
    if called:
        incident.paged_at = incident.paged_at or now
        nudge_after_commit(session, "send_due")
    return called


def coordinators(session: Session) -> Sequence[User]:
    """Everybody who may judge and has a phone to be called on."""
    return session.scalars(
        select(User)
        .where(
            User.role.in_(("coordinator", "admin")),
            User.disabled.is_(False),
            User.phone.is_not(None),
        )
        .order_by(User.id)
    ).all()


def _help_page(runtime: Runtime, incident: Incident, warning: int, code: str) -> Text:
    language = runtime.settings.languages[0]
    body = wording.render(
        language,
        "page_help",
        number=str(incident.id),
        place=incident.place_name or "?",
        warning=str(warning),
        code=code,
    )
    return Text(language, body)


def _open() -> Select[Incident]:
    """Real ones that wait for a judgement."""
    return (
        select(Incident)
        .where(Incident.state == "open", Incident.exercise_id.is_(None))
        .order_by(Incident.id)
    )


def _plans(
    runtime: Runtime, session: Session, query: Select[Incident], now: datetime
) -> list[_Plan]:
    incidents = session.scalars(query).all()
    due = deadlines.all_due(session, incidents, runtime.allowed)
    missed = {row.id: due[row.id].missed(now) for row in incidents}
    overdue = [row for row in incidents if missed[row.id]]
    people = coordinators(session) if overdue else ()
    if not people:
        return []  # `gateway check` says so; they are called once somebody has a phone
    shifts = rota.effective(runtime, session)
    begun, calls = deadlines.begun(session, overdue), _calls(session)
    plans = [
        _plan(runtime, shifts, row, cause, begun[row.id], calls[row.id, cause], people, now)
        for row in overdue
        if (cause := missed[row.id])
    ]
    return [plan for plan in plans if plan.people]


def _calls(session: Session) -> defaultdict[tuple[int, str], list[Call]]:
    """Those made about open incidents, by incident and cause."""
    calls: defaultdict[tuple[int, str], list[Call]] = defaultdict(list)
    query = select(Call).join(Incident, Incident.id == Call.incident_id)
    for call in session.scalars(query.where(Incident.state == "open")):
        cause = "unseen" if call.cause == _HELP else call.cause  # the first of that turn
        calls[call.incident_id or 0, cause].append(call)
    return calls


def _plan(
    runtime: Runtime,
    shifts: Sequence[Shift],
    incident: Incident,
    cause: str,
    begun_at: datetime,
    calls: Sequence[Call],
    people: Sequence[User],
    now: datetime,
) -> _Plan:
    step = 1 + max((call.step for call in calls), default=0)
    made = [call for call in calls if call.at >= begun_at]  # one opened again is called for anew
    called = _next(runtime, shifts, incident if cause == "unjudged" else None, made, people, now)
    return _Plan(incident, cause, step, begun_at, called)


def _next(
    runtime: Runtime,
    shifts: Sequence[Shift],
    owned: Incident | None,
    made: Sequence[Call],
    people: Sequence[User],
    now: datetime,
) -> Sequence[User]:
    """Those called the least, the first of the rota first; nobody while the last have time."""
    settings = runtime.settings.escalation
    if made and max(call.at for call in made) > now - timedelta(minutes=settings.next_minutes):
        return ()
    turns, rounds = _turns(runtime, shifts, people, now)
    owner = [user for user in people if owned is not None and user.id == owned.owner_id]
    if owner:
        rest = [[user for user in turn if user not in owner] for turn in turns]
        turns = [owner, *(turn for turn in rest if turn)]
    counts = Counter(call.user_id for call in made)
    called = [max(counts[user.id] for user in turn) for turn in turns]
    fewest = min(called)
    return turns[called.index(fewest)] if fewest < rounds else ()


def _turns(
    runtime: Runtime, shifts: Sequence[Shift], people: Sequence[User], now: datetime
) -> tuple[list[list[User]], int]:
    """Who is called one after the other, and how many times round; without a rota all, once."""
    by_name = {user.name.lower(): user for user in people}
    local = now.astimezone(runtime.zone)
    for shift in shifts:
        named = [by_name[name.lower()] for name in shift.people if name.lower() in by_name]
        if named and shift.covers(local):
            return [[user] for user in named], runtime.settings.escalation.rounds
    return [list(people)], 1


def _call(runtime: Runtime, session: Session, plan: _Plan, user: User, now: datetime) -> None:
    about = codes.incident(plan.incident.id)
    code = codes.new_call(runtime, session, about, user, cause=plan.cause, step=plan.step, now=now)
    if code is not None:
        text = page(runtime, plan.incident, plan.cause, plan.begun_at, code, now)
        queue_page(session, runtime.settings.routes, user, text, now)
