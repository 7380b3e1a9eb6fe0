"""What a list of places brought before, and how a newer one replaces it, in few statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Executable, bindparam, delete, func, insert, select, text, union, update
from sqlalchemy.orm import Session

from gateway.store.tables import (
    Alert,
    Incident,
    Place,
    PlaceAlias,
    PlaceLink,
    PlaceMark,
    Report,
    Subscriber,
    Subscription,
)

# Marks of places that coordinators put right: a list that is imported again leaves them alone.
CORRECTED, REMOVED = "corrected", "removed"
COLUMNS = ("name", "kind", "lat", "lon", "county", "region", "population", "extent_m")
_LOCK = 7_203_005  # pg_advisory_xact_lock: two imports of one list would add its places twice
_AT_ONCE = 500

T = TypeVar("T")


@dataclass(slots=True)
class Known:
    """A place as an earlier list brought it: its COLUMNS, its names by row, and others' names.

    `by_hand`: a coordinator corrected or removed it since.
    """

    id: int
    values: tuple[Any, ...]
    aliases: dict[str, int] = field(default_factory=dict)
    names_of_others: set[str] = field(default_factory=set)
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """A place as the list has it now: its COLUMNS and its other names."""

    values: tuple[Any, ...]
    aliases: tuple[str, ...]


def one_at_a_time(session: Session) -> None:
    """Lets one transaction at a time import; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def known(session: Session, country: str, source: str) -> dict[str, Known]:
    """The places of a list by its own ids."""
    columns = [getattr(Place, column) for column in COLUMNS]
    ours = (Place.country == country, Place.source == source)
    rows = session.execute(select(Place.source_id, Place.id, *columns).where(*ours))
    found = {key: Known(number, tuple(values)) for key, number, *values in rows}
    by_id = {place.id: place for place in found.values()}
    names = session.execute(
        select(PlaceAlias.place_id, PlaceAlias.id, PlaceAlias.name, PlaceAlias.source)
        .join(Place)
        .where(*ours)
    )
    for place_id, row_id, name, named_by in names:
        if named_by == source:
            by_id[place_id].aliases[name] = row_id
        else:
            by_id[place_id].names_of_others.add(name)
    marked = select(PlaceMark.place_id).join(Place).where(*ours)
    for place_id in session.scalars(marked.where(PlaceMark.mark.in_((CORRECTED, REMOVED)))):
        by_id[place_id].by_hand = True
    return found


def middle(session: Session, country: str) -> tuple[int, float, float]:
    """How many places of a country are known, and their mean latitude and longitude."""
    count, lat, lon = session.execute(
        select(func.count(), func.avg(Place.lat), func.avg(Place.lon)).where(
            Place.country == country
        )
    ).one()
    return int(count), float(lat or 0), float(lon or 0)


def add(session: Session, country: str, source: str, fresh: Mapping[str, New]) -> None:
    """Places that the list did not have before, with their names."""
    if not fresh:
        return
    session.execute(
        insert(Place.__table__),  # type: ignore[arg-type]
        [
            {"country": country, "source": source, "source_id": key}
            | dict(zip(COLUMNS, place.values, strict=True))
            for key, place in fresh.items()
        ],
    )
    ids = session.execute(
        select(Place.source_id, Place.id).where(Place.country == country, Place.source == source)
    )
    add_names(
        session, source, ((number, fresh[key].aliases) for key, number in ids if key in fresh)
    )


def change(session: Session, differing: Sequence[tuple[int, tuple[Any, ...]]]) -> None:
    """New COLUMNS of places by our ids."""
    table = Place.__table__
    statement = update(table).where(table.c.id == bindparam("of_id"))  # type: ignore[arg-type]
    rows = [
        {"of_id": number} | dict(zip(COLUMNS, values, strict=True)) for number, values in differing
    ]
    if rows:
        session.execute(statement.values({column: bindparam(column) for column in COLUMNS}), rows)


def add_names(session: Session, source: str, names: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Other names of places by our ids."""
    rows = [
        {"place_id": number, "name": name, "source": source}
        for number, aliases in names
        for name in dict.fromkeys(aliases)
    ]
    if rows:
        session.execute(insert(PlaceAlias.__table__), rows)  # type: ignore[arg-type]


def remove_names(session: Session, row_ids: Sequence[int]) -> None:
    """Names that the list no longer has."""
    for some in _parts(row_ids):
        session.execute(delete(PlaceAlias).where(PlaceAlias.id.in_(some)))


def remove(session: Session, place_ids: Sequence[int]) -> None:
    """Places that nothing refers to, with their names."""
    for some in _parts(place_ids):
        _quietly(session, delete(Place).where(Place.id.in_(some)))


def referred_to(session: Session) -> set[int]:
    """Places that a person, a report, an incident, a warning, a mark or a tie hangs on."""
    columns = (
        Subscriber.place_id,
        Subscription.place_id,
        Report.place_id,
        Incident.place_id,
        Alert.place_id,
        PlaceMark.place_id,
        PlaceLink.place_id,
        PlaceLink.other_id,
    )
    used = union(*(select(column).where(column.is_not(None)) for column in columns))
    return set(session.scalars(used))


def _quietly(session: Session, statement: Executable) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def _parts(items: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
