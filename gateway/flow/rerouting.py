"""Keeps the path of each person true to today's routes; a walk that was cut short begins anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256

import phonenumbers
import structlog
from sqlalchemy import select, update

from gateway.dispatch.routing import EXERCISE_PATH, path_of
from gateway.plumbing.settings_routes import Route
from gateway.runtime import Runtime
from gateway.store.tables import Beat, Subscriber

log = structlog.get_logger()
BATCH = 1000  # people of one transaction
_JOB = "paths"  # its beat's holder is the digest of the routes of the last whole walk


def follow_routes(runtime: Runtime) -> int:
    """Computes the paths of all people anew once the routes have changed; how many others."""
    digest = _digest(runtime.settings.routes)
    with runtime.database.reading() as session:
        beat = session.get(Beat, _JOB)
        if beat is not None and beat.holder == digest:
            return 0
    changed, last = 0, 0
    while True:
        moved, last = _next_batch(runtime, last)
        if not last:
            break
        changed += _write(runtime, moved)
    with runtime.database.writing() as session:
        session.merge(Beat(job=_JOB, at=runtime.clock(), holder=digest))
    log.info("routes followed", people=changed)
    return changed


def _next_batch(runtime: Runtime, after: int) -> tuple[Mapping[str, list[int]], int]:
    """The people after an id whose path is another now, by it, and the last id; 0 at the end."""
    moved: defaultdict[str, list[int]] = defaultdict(list)
    with runtime.database.reading() as session:
        rows = session.execute(
            select(Subscriber.id, Subscriber.phone, Subscriber.path, Subscriber.exercise_id)
            .where(Subscriber.id > after)
            .order_by(Subscriber.id)
            .limit(BATCH)
        ).all()
    for number, phone, path, exercise_id in rows:
        drill = exercise_id is not None
        now = EXERCISE_PATH if drill else path_of(runtime.settings.routes, phone or "")
        if now != path:
            moved[now].append(number)
    return moved, rows[-1][0] if rows else 0


def _write(runtime: Runtime, moved: Mapping[str, list[int]]) -> int:
    if not moved:
        return 0
    with runtime.database.writing() as session:
        for path, people in moved.items():
            session.execute(
                update(Subscriber)
                .where(Subscriber.id.in_(people))
                .values(path=path)
                .execution_options(synchronize_session=False)
            )
    return sum(map(len, moved.values()))


def _digest(routes: Sequence[Route]) -> str:
    """Of what paths depend on: prefixes, operators, and the tables that name operators."""
    parts = sorted({(route.prefix, route.operator.casefold()) for route in routes})
    return sha256(repr((parts, phonenumbers.__version__)).encode()).hexdigest()
