"""Notices when an area that usually writes has stopped."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow.questioning import is_night
from gateway.incidents import silences
from gateway.incidents.gathering import one_at_a_time
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import AuditRow, Incident, Message, Place, Subscriber
from gateway.terms.geo import area_of, centre_of

log = structlog.get_logger()
_NEWS = "silence.news"
_AT_ONCE = 20
_AREA_RADIUS_M = 10_000  # an H3 cell of resolution 5 reaches so far from its centre
_LEAST_PER_DAY = 1.0
_LEAST_DAYS = 7.0  # a younger gateway does not know what is usual
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(slots=True)
class Area:
    """What came from an H3 cell of resolution 5; `place_id` is the home of most who wrote."""

    cell: int
    first: datetime
    last: datetime
    messages: int = 0
    place_id: int | None = None
    of_place: int = 0

    def add(self, place_id: int | None, messages: int, first: datetime, last: datetime) -> None:
        self.messages += messages
        self.first, self.last = min(first, self.first), max(last, self.last)
        if place_id is not None and messages > self.of_place:
            self.place_id, self.of_place = place_id, messages


def notice_silence(runtime: Runtime) -> int:
    """Raises an incident for each area that has fallen silent, once; returns how many."""
    now = runtime.clock()
    since = now - timedelta(days=runtime.settings.silence.days)
    with runtime.database.reading() as session:
        areas = talking(session, since)
    begin = min((area.first for area in areas), default=now)
    by_day = not is_night(runtime, now)
    silent = [area for area in areas if by_day and is_silent(runtime, area, begin, now)]
    with runtime.database.writing() as session:
        one_at_a_time(session)  # two machines raise it once
        _note_news(session, areas, since, now)
        known = silences.since(session, since)
        new = [area for area in silent if not _is_known(area, known)]
        for area in new[:_AT_ONCE]:
            _raise(session, area, now)
        return len(new[:_AT_ONCE])


def talking(session: Session, since: datetime) -> list[Area]:
    """The areas people wrote from after that moment, exercises left out."""
    rows = session.execute(
        select(
            Subscriber.cell,
            Subscriber.place_id,
            func.count(),
            func.min(Message.received_at),
            func.max(Message.received_at),
        )
        .join(Message, Message.subscriber_id == Subscriber.id)
        .where(
            Message.received_at >= since,
            Message.exercise_id.is_(None),
            Subscriber.exercise_id.is_(None),
        )
        .group_by(Subscriber.cell, Subscriber.place_id)
    )
    areas: dict[int, Area] = {}
    for cell, place_id, messages, first, last in rows:
        if cell is None:
            continue
        area = areas.setdefault(area_of(cell), Area(area_of(cell), first, last))
        area.add(place_id, messages, first, last)
    return list(areas.values())


def is_silent(runtime: Runtime, area: Area, begin: datetime, now: datetime) -> bool:
    """Whether so long a silence is unlikely for messages that come by chance at the usual rate.

    The Poisson probability of none, exp(-expected), where the night counts as nothing.
    """
    days = min((now - begin) / _DAY, float(runtime.settings.silence.days))
    if days < _LEAST_DAYS or area.messages / days < _LEAST_PER_DAY:
        return False
    awake = _waking_hours(runtime, area.last, now)
    a_day = _waking_hours(runtime, now - _DAY, now)
    expected = area.messages / days * awake / max(a_day, 1)
    return math.exp(-expected) < runtime.settings.silence.chance


def _waking_hours(runtime: Runtime, begin: datetime, end: datetime) -> int:
    hours = int((end - begin) / _HOUR)
    return sum(not is_night(runtime, begin + hour * _HOUR) for hour in range(hours))


def _is_known(area: Area, known: Sequence[tuple[int, Incident]]) -> bool:
    """Whether this silence was raised already, judged meanwhile or not."""
    return any(cell == area.cell and incident.opened_at > area.last for cell, incident in known)


def _raise(session: Session, area: Area, now: datetime) -> None:
    place = session.get(Place, area.place_id) if area.place_id is not None else None
    centre = centre_of(area.cell)
    incident = silences.raise_silence(session, centre, place, _AREA_RADIUS_M, now)
    log.warning("area silent", incident=incident.id)


def _note_news(session: Session, areas: Sequence[Area], since: datetime, now: datetime) -> None:
    """Says on an open silence that somebody wrote again; a coordinator judges what it was."""
    last = {area.cell: area.last for area in areas}
    for cell, incident in silences.since(session, since):
        subject = f"incident {incident.id}"
        wrote = cell in last and last[cell] > incident.opened_at
        if not wrote or incident.state != "open" or _is_noted(session, subject):
            continue
        record(session, who="gateway", act=_NEWS, subject=subject, now=now)


def _is_noted(session: Session, subject: str) -> bool:
    noted = select(AuditRow.id).where(AuditRow.subject == subject, AuditRow.act == _NEWS)
    return session.scalar(noted.limit(1)) is not None
