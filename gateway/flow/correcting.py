"""Corrects what the lists say of places: names, positions, doubles, places that are no more.

A corrected place is passed over when its list is imported again, and a removed one stays removed.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, defer

from gateway.flow import newcomers
from gateway.flow.places import audit_place, checked_name, checked_position, knows
from gateway.runtime import Runtime
from gateway.store import gazetteer
from gateway.store.place_lists import CORRECTED, REMOVED
from gateway.store.tables import Place, PlaceAlias, PlaceMark, Subscriber, Subscription, User
from gateway.terms.geo import Position, cell_of
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.understanding.entries import AREAS, LANDMARKS
from gateway.understanding.sources.rows import clean

KINDS = ("village", "town", "locality", "neighbourhood", "ward", *sorted(LANDMARKS))
_MOST_PEOPLE = 50_000_000
_LONGEST_AREA = 100


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a place is from now on; `keep_name`: the old name is understood all the same."""

    name: str
    lat: float
    lon: float
    kind: str
    county: str
    region: str
    population: int
    keep_name: bool = True


def correct(
    runtime: Runtime,
    session: Session,
    place_id: int,
    wanted: Corrected,
    by: User,
    reason: str,
    now: datetime,
) -> Place:
    """Changes what differs; people at home there move with it, and are warned where it lies now."""
    need_reason(reason)
    place = held(session, place_id)
    if place.kind in AREAS:
        raise Refused("Counties and regions come from their list: correct that, and import it.")
    values = _values(wanted, place)
    before = {key: getattr(place, key) for key in values}
    changed = {key: value for key, value in values.items() if value != before[key]}
    if not changed:
        raise Refused("Nothing was changed: this is what we know of the place already.")
    for key, value in changed.items():
        setattr(place, key, value)
    if "name" in changed and wanted.keep_name:
        _add_alias(session, place, before["name"])
    session.flush()
    if changed.keys() & {"lat", "lon"}:
        move_people(session, place)
    note(session, place.id, CORRECTED, by, now)
    gazetteer.touch(session, now, by.name)
    if changed.keys() & {"lat", "lon"}:
        newcomers.warn_all(runtime, session, living_in(session, place), now)
    facts = {key: [before[key], value] for key, value in sorted(changed.items())}
    audit_place(session, place.id, by, "place.corrected", reason, now, **facts)
    return place


def forget_alias(
    session: Session, place_id: int, alias_id: int, by: User, reason: str, now: datetime
) -> None:
    """Messages that say this name no longer mean the place."""
    need_reason(reason)
    place = held(session, place_id)
    alias = session.get(PlaceAlias, alias_id)
    if alias is None or alias.place_id != place.id:
        raise NotFound("This place has no such name any more.")
    name = alias.name
    session.delete(alias)
    session.flush()
    note(session, place.id, CORRECTED, by, now)
    gazetteer.touch(session, now, by.name)
    audit_place(session, place.id, by, "place.alias_removed", reason, now, alias=name)


def remove(session: Session, place_id: int, by: User, reason: str, now: datetime) -> None:
    """No message means it any more; what was written about it stays."""
    need_reason(reason)
    place = held(session, place_id)
    if any(person.exercise_id is None for person, _ in living_in(session, place)):
        raise Refused(
            "People live here, or asked to be warned about it. Merge it with another place, "
            "so that they stay in reach."
        )
    note(session, place.id, REMOVED, by, now)
    gazetteer.touch(session, now, by.name)
    audit_place(session, place.id, by, "place.removed", reason, now)


def restore(session: Session, place_id: int, by: User, reason: str, now: datetime) -> None:
    """Messages that name it are understood again."""
    need_reason(reason)
    place = held(session, place_id, removed=True)
    mark = session.scalar(_marks(place.id, REMOVED))
    if mark is None:
        raise Refused("This place is not removed.")
    session.delete(mark)
    session.flush()
    gazetteer.touch(session, now, by.name)
    audit_place(session, place.id, by, "place.restored", reason, now)


def held(session: Session, place_id: int, *, removed: bool = False) -> Place:
    """The place, locked; Refused where it is removed, unless that is expected."""
    place = session.get(Place, place_id, with_for_update=True)
    if place is None:
        raise NotFound("There is no such place.")
    if not removed and session.scalar(_marks(place_id, REMOVED)) is not None:
        raise Refused("%(name)s was removed from the places. Restore it first.", name=place.name)
    return place


def note(session: Session, place_id: int, mark: str, by: User, now: datetime) -> None:
    """Marks the place; who did it last is kept."""
    found = session.scalar(_marks(place_id, mark))
    if found is None:
        found = PlaceMark(place_id=place_id, mark=mark, radius_m=0)
        session.add(found)
    found.who, found.at = by.name, now
    session.flush()


def move_people(session: Session, place: Place) -> None:
    """Whoever is at home there is where the place is."""
    session.execute(
        update(Subscriber)
        .where(Subscriber.place_id == place.id)
        .values(lat=place.lat, lon=place.lon, cell=cell_of(Position(place.lat, place.lon)))
        .execution_options(synchronize_session=False)
    )


def living_in(session: Session, place: Place) -> Iterator[tuple[Subscriber, Place]]:
    """Whoever lives there or asked to be warned about it, each with the place."""
    joined = select(Subscription.subscriber_id).where(Subscription.place_id == place.id)
    people = session.scalars(
        select(Subscriber)
        .where(or_(Subscriber.place_id == place.id, Subscriber.id.in_(joined)))
        .options(defer(Subscriber.phone))
        .order_by(Subscriber.id)
        .execution_options(populate_existing=True)
    )
    return ((person, place) for person in people)


def _values(wanted: Corrected, place: Place) -> dict[str, object]:
    position = checked_position(wanted.lat, wanted.lon)
    if wanted.kind not in (*KINDS, place.kind):
        raise Refused("Choose what kind of place it is.")
    if not 0 <= wanted.population <= _MOST_PEOPLE:
        raise Refused("How many people live there must be a number from 0 to 50 million.")
    values = asdict(wanted) | {"lat": position.lat, "lon": position.lon}
    del values["keep_name"]
    values["name"] = checked_name(wanted.name)
    for key in ("county", "region"):
        values[key] = clean(values[key])[:_LONGEST_AREA]
    return values


def _add_alias(session: Session, place: Place, name: str) -> None:
    if not knows(session, place, name):
        session.add(PlaceAlias(place_id=place.id, name=name, source=gazetteer.LEARNT))


def _marks(place_id: int, mark: str) -> Select[PlaceMark]:
    return select(PlaceMark).where(PlaceMark.place_id == place_id, PlaceMark.mark == mark)
