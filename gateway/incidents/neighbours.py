"""Whom to ask about an incident: trusted people who live near, not the reporters, not too often."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarResult, Select, func, or_, select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Inquiry, Place, PlaceMark, Report, Subscriber
from gateway.terms.geo import Position, cells_within, distance_m

UNSAFE = "unsafe"
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far in metres people are asked, how often in 24 hours, and whether where it is unsafe."""

    radius_m: int
    per_day: int
    in_unsafe_areas: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A circle; `radius_m` in metres."""

    centre: Position
    radius_m: int

    def holds(self, position: Position) -> bool:
        return distance_m(self.centre, position) <= self.radius_m


@dataclass(frozen=True, slots=True)
class Candidate:
    """A focal point who may be asked, and how far they live from what is asked about."""

    subscriber_id: int
    home: int | Position  # the place, or where no place is known the point
    distance_m: int


def candidates(
    session: Session, incident: Incident, centre: Position, limits: Limits, now: datetime
) -> list[Candidate]:
    """Everyone who may be asked about the incident, the nearest first; locked for this asking.

    A person whom somebody else is just changing (a STOP that is coming in) is passed over.
    """
    unsafe = [] if limits.in_unsafe_areas else unsafe_areas(session)
    near = [
        Candidate(row.id, row.place_id or home, round(distance_m(centre, home)))
        for row in _trusted(session, incident, centre, limits, now)
        if row.lat is not None
        and row.lon is not None
        and distance_m(centre, home := Position(row.lat, row.lon)) <= limits.radius_m
        and not any(area.holds(home) for area in unsafe)
    ]
    return sorted(near, key=lambda person: (person.distance_m, person.subscriber_id))


def choose(near: Iterable[Candidate], most: int) -> list[Candidate]:
    """The nearest, spread over places: nobody is second of a place while another has nobody."""
    waiting = sorted(near, key=lambda person: (person.distance_m, person.subscriber_id))
    chosen: list[Candidate] = []
    while waiting and len(chosen) < most:
        round_of: dict[int | Position, Candidate] = {}
        for person in waiting:
            round_of.setdefault(person.home, person)
        chosen += list(round_of.values())[: most - len(chosen)]
        waiting = [person for person in waiting if person not in chosen]
    return chosen


def may_be_asked(session: Session, person: Subscriber, limits: Limits, now: datetime) -> bool:
    """Whether a question still may go to somebody who was chosen earlier."""
    if person.state != "subscribed" or not person.focal_point:
        return False
    self_alone = select(Subscriber.id).where(Subscriber.id == person.id)
    if session.scalar(_tired(self_alone, limits, now)) is not None:
        return False
    if limits.in_unsafe_areas or person.lat is None or person.lon is None:
        return True
    return not is_unsafe(session, Position(person.lat, person.lon))


def unsafe_areas(session: Session) -> list[Area]:
    """What coordinators marked as unsafe to be asked in."""
    rows = session.execute(
        select(Place.lat, Place.lon, PlaceMark.radius_m)
        .join(PlaceMark, PlaceMark.place_id == Place.id)
        .where(PlaceMark.mark == UNSAFE)
    )
    return [Area(Position(row.lat, row.lon), row.radius_m) for row in rows]


def is_unsafe(session: Session, position: Position) -> bool:
    """Whether it lies in an area that is marked unsafe."""
    return any(area.holds(position) for area in unsafe_areas(session))


def _trusted(
    session: Session, incident: Incident, centre: Position, limits: Limits, now: datetime
) -> ScalarResult[Subscriber]:
    """Focal points around who neither told of the incident nor were asked about it before."""
    told = select(Report.subscriber_id).where(Report.incident_id == incident.id)
    same = select(Incident.id).where(
        or_(Incident.id == incident.id, Incident.merged_into_id == incident.id)
    )
    asked = select(Inquiry.subscriber_id).where(Inquiry.incident_id.in_(same))
    around = (
        Subscriber.cell.in_(cells_within(centre, limits.radius_m)),
        Subscriber.state == "subscribed",
        Subscriber.focal_point,
    )
    return session.scalars(
        select(Subscriber)
        .where(
            *around,
            Subscriber.exercise_id.is_not_distinct_from(incident.exercise_id),
            Subscriber.id.not_in(told),
            Subscriber.id.not_in(asked),
            Subscriber.id.not_in(_tired(select(Subscriber.id).where(*around), limits, now)),
        )
        .order_by(Subscriber.id)
        # Not the strongest lock: a message that comes in points at its sender meanwhile.
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )


def _tired(people: Select[int], limits: Limits, now: datetime) -> Select[int]:
    """Those of them who had their questions of the last 24 hours."""
    return (
        select(Inquiry.subscriber_id)
        .where(Inquiry.subscriber_id.in_(people), Inquiry.asked_at > now - _DAY)
        .group_by(Inquiry.subscriber_id)
        .having(func.count() >= limits.per_day)
    )
