"""The after-action report: figures and names of phones, no text and no number.

It is computed when an exercise ends and kept in its row, so that it outlives what it tells of.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow import exercise_book
from gateway.flow.cast import Cast
from gateway.flow.chronicle import acts, chronicle
from gateway.flow.outcomes import check
from gateway.flow.pace import of_incident, warnings_of
from gateway.flow.scenario import Scenario
from gateway.flow.seen import see
from gateway.flow.warned import copies_of_warnings, reach
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AuditRow, Delivery, Exercise, Subscriber
from gateway.terms.refusals import Refused

DECIDED = frozenset(
    {
        "incident.verified", "incident.refuted", "incident.unverifiable",
        "alert.submit", "alert.approve",
    }
)  # fmt: skip


def script_of(exercise: Exercise) -> Scenario | None:
    """The scenario it plays, if that is a shipped one."""
    name = (exercise.facts or {}).get("name")
    try:
        return exercise_book.shipped_named(name) if name else None
    except Refused:
        return None


def so_far(runtime: Runtime, session: Session, exercise: Exercise, now: datetime) -> dict[str, Any]:
    """The report that was kept, or while it runs what there is; what is true comes at the end."""
    kept = (exercise.facts or {}).get("report")
    if kept:
        return dict(kept)
    script = script_of(exercise)
    cast = Cast(runtime, exercise.id, script.phones() if script else {})
    return report(session, cast, exercise, None, now)


def report(
    session: Session, cast: Cast, exercise: Exercise, script: Scenario | None, now: datetime
) -> dict[str, Any]:
    """Timeline, minutes, reach, mistakes, and who decided what; ready to be kept as JSON."""
    runtime, seen = cast.runtime, see(session, cast)
    sent, real = warnings_of(session, seen), _real_time(exercise)
    done = acts(session, cast, seen)
    findings = check(session, runtime, cast, script.outcome) if script else []
    incidents = [
        of_incident(runtime, session, incident, sent, real, now) for incident in seen.real()
    ]
    return {
        "timeline": [line.as_json() for line in chronicle(seen, sent, done, real)],
        "incidents": incidents,
        "reach": _reach(session, cast, real) if script else None,
        "volunteers": _volunteers(session, exercise),
        "mistakes": [finding.line for finding in findings if not finding.is_ok],
        "late": _late(incidents),
        "met": [finding.line for finding in findings if finding.is_ok],
        "who": _who(done),
        "reports": len(seen.reports),
    }


def took_part(session: Session, cast: Cast) -> set[str]:
    """The names of those who judged, submitted or approved something in it."""
    return {row.who for row in acts(session, cast, see(session, cast)) if row.act in DECIDED}


def _real_time(exercise: Exercise) -> Callable[[datetime], datetime]:
    """Turns moments of a script that was played faster, or at another hour, into real ones."""
    clock = (exercise.facts or {}).get("clock")
    if not clock:
        return lambda at: at
    start, real_start = (datetime.fromisoformat(clock[key]) for key in ("start", "real_start"))
    speed = float(clock["speed"])
    return lambda at: real_start + timedelta(seconds=(at - start).total_seconds() / speed)


def _reach(session: Session, cast: Cast, real: Callable[[datetime], datetime]) -> dict[str, Any]:
    whole = reach(session, cast, real)
    copies = copies_of_warnings(session, cast)
    places: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phone, group in cast.phones.items():
        row, got = places[group.place], copies[phone]
        row["expected"] += group.warned
        row["once"] += group.warned and got == 1
        row["missed"] += group.warned and got == 0
        row["twice"] += got > 1
        row["wrongly"] += not group.warned and got > 0
    keys = ("expected", "once", "missed", "twice", "wrongly")
    return {
        "expected": whole.expected,
        "once": whole.warned_once,
        "missed": whole.missed,
        "twice": whole.warned_twice,
        "wrongly": whole.warned_wrongly,
        "delivered": whole.delivered,
        "first_warning_min": whole.first_report_to_first_warning_min,
        "ninety_min": whole.first_report_to_90_percent_min,
        "places": [
            {"place": place, **{key: row[key] for key in keys}} for place, row in places.items()
        ],
    }


def _volunteers(session: Session, exercise: Exercise) -> dict[str, int] | None:
    """Copies to real people by what became of them; None where there were to be none."""
    if not exercise.volunteers:
        return None
    rows = session.execute(
        select(Delivery.state, func.count())
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(Delivery.exercise_id == exercise.id, Subscriber.exercise_id.is_(None))
        .group_by(Delivery.state)
    )
    return dict(rows.all())


def _late(incidents: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for incident in incidents:
        for deadline in incident["deadlines"]:
            if deadline["late"]:
                took = deadline["took"]
                after = "never" if took is None else f"after {took:g} min"
                lines.append(
                    f"incident {incident['id']}: {deadline['step']} {after}, "
                    f"{deadline['allowed']:g} min are allowed"
                )
    return lines


def _who(done: Sequence[AuditRow]) -> list[dict[str, Any]]:
    """How often each person did what."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in done:
        counts[row.who][row.act] += 1
    return [{"name": name, "acts": dict(acts_)} for name, acts_ in sorted(counts.items())]
