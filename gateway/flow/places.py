"""Places and names that people add by hand, known to every process from then on."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store import gazetteer
from gateway.store.audit import record
from gateway.store.tables import Place, PlaceAlias, User
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import NotFound, Refused
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.sources.rows import clean

_LONGEST = 100
_SHORTEST = 2
_SAME_PLACE_M = 10_000  # lists differ by some kilometres about where a village is


def add_place(
    session: Session,
    *,
    country: str,
    name: str,
    lat: float,
    lon: float,
    aliases: Sequence[str],
    source: str,
    who: str,
    now: datetime,
) -> Place:
    """A village by hand; Refused names what is wrong."""
    name = checked_name(name)
    position = checked_position(lat, lon)
    others = dict.fromkeys(checked_name(alias) for alias in aliases if alias.strip())
    place = Place(
        country=country,
        source=source,
        source_id=uuid.uuid4().hex,
        name=name,
        kind="locality",
        lat=position.lat,
        lon=position.lon,
        aliases=[PlaceAlias(name=alias, source=source) for alias in others if alias != name],
    )
    session.add(place)
    session.flush()
    gazetteer.touch(session, now, who)
    facts = {"name": name, "lat": position.lat, "lon": position.lon}
    record(session, who=who, act="place.add", subject=f"place {place.id}", now=now, facts=facts)
    return place


def audit_place(
    session: Session,
    place_id: int,
    by: User,
    act: str,
    reason: str,
    now: datetime,
    **facts: object,
) -> None:
    """Notes what a coordinator did to a place, and why."""
    subject = f"place {place_id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)


def add_alias(
    session: Session, place_id: int, alias: str, source: str, who: str, now: datetime
) -> PlaceAlias:
    """Another name of a place; Refused when it has it already."""
    alias = checked_name(alias)
    place = session.get(Place, place_id)
    if place is None:
        raise NotFound("There is no such place.")
    if knows(session, place, alias):
        raise Refused("%(name)s is known by that name already.", name=place.name)
    row = PlaceAlias(place_id=place_id, name=alias, source=source)
    session.add(row)
    session.flush()
    gazetteer.touch(session, now, who)
    subject, facts = f"place {place_id}", {"alias": alias}
    record(session, who=who, act="place.alias", subject=subject, now=now, facts=facts)
    return row


def others_called(gazetteer: Gazetteer, name: str, position: Position) -> list[Entry]:
    """Places elsewhere that have this name too: of these the sender's home has to decide."""
    return [
        match.entry
        for match in gazetteer.exact(fold(name).split())
        if distance_m(match.entry.position, position) > _SAME_PLACE_M
    ]


def knows(session: Session, place: Place, name: str) -> bool:
    """Whether the place has this name already, capitals and spaces aside."""
    names = session.scalars(select(PlaceAlias.name).where(PlaceAlias.place_id == place.id))
    plain = clean(name).casefold()
    return plain in {known.casefold() for known in (*names, place.name)}


def checked_name(name: str) -> str:
    """A name as it is kept; raises Refused."""
    name = clean(name)
    if not _SHORTEST <= len(name) <= _LONGEST:
        raise Refused("A name has %(least)s to %(most)s letters.", least=_SHORTEST, most=_LONGEST)
    if not any(letter.isalpha() for letter in name) or not name.isprintable():
        raise Refused("A name needs letters, and none that are invisible.")
    return name


def checked_position(lat: float, lon: float) -> Position:
    """A point on the earth, and not the one of empty fields; raises Refused."""
    try:
        position = Position(lat, lon)
    except ValueError:
        raise Refused(
            "That is no point on the earth: latitude -90 to 90, longitude -180 to 180."
        ) from None
    if lat == 0 and lon == 0:
        raise Refused("Latitude 0, longitude 0 lies in the ocean: it was probably left empty.")
    return position
