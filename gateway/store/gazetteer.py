"""The places that messages are read by: all of them, quickly, and when they last changed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.database import READING
from gateway.store.place_lists import REMOVED
from gateway.store.tables import Beat, Place, PlaceAlias, PlaceMark

LEARNT = "coordinator"  # the source of places and names that coordinators add
_BEAT = "gazetteer"
_AT_ONCE = 5_000  # rows held beside the entries made of them
# Rows of tables, not of classes: the session has nothing to keep of them.
_PLACES, _ALIASES, _MARKS = Place.__table__.c, PlaceAlias.__table__.c, PlaceMark.__table__.c
_COLUMNS = (
    _PLACES.id,
    _PLACES.source_id,
    _PLACES.name,
    _PLACES.lat,
    _PLACES.lon,
    _PLACES.kind,
    _PLACES.region,
    _PLACES.county,
    _PLACES.population,
    _PLACES.extent_m,
)


def version(session: Session) -> datetime | None:
    """When the places were last changed by any process; who only reads is told once."""
    if _BEAT in session.info:
        known: datetime | None = session.info[_BEAT]
        return known
    found = session.scalar(select(Beat.at).where(Beat.job == _BEAT))
    if READING in session.info:
        session.info[_BEAT] = found
    return found


def touch(session: Session, now: datetime, who: str) -> None:
    """Tells every process that the places have changed, even twice within one tick of a clock."""
    beat = session.get(Beat, _BEAT, with_for_update=True)
    if beat is None:
        session.add(Beat(job=_BEAT, at=now, holder=who))
    else:
        beat.at, beat.holder = max(now, beat.at + timedelta(microseconds=1)), who


def entries(
    session: Session, country: str | None = None, *, priority: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """All places that were not removed, or one country's, in the shape of the gazetteer's entries.

    `priority` names sources, the most trusted first.
    """
    ranks = Ranks(priority)
    aliases, learnt = _aliases(session, country)
    statement = select(*_COLUMNS, _PLACES.source).order_by(_PLACES.id)
    removed = select(_MARKS.place_id).where(_MARKS.mark == REMOVED)
    statement = statement.where(_PLACES.id.not_in(removed))
    if country is not None:
        statement = statement.where(_PLACES.country == country)
    names = [column.key for column in _COLUMNS]
    once: dict[str, str] = {}  # a thousand places share the string of their county
    for *values, source in session.execute(statement.execution_options(yield_per=_AT_ONCE)):
        entry: dict[str, Any] = dict(zip(names, values, strict=True))
        for word in ("kind", "region", "county"):
            entry[word] = once.setdefault(entry[word], entry[word])
        number = entry["id"]
        entry["aliases"] = aliases.get(number, ())
        entry["priority"] = max(ranks[source], ranks[LEARNT] if number in learnt else 0)
        yield entry


class Ranks(dict[str, int]):
    """A source's rank, higher for the more trusted, 0 for one that the order does not name.

    "csv/wards-2024" ranks as "csv" unless it is named itself.
    """

    def __init__(self, priority: Sequence[str]) -> None:
        super().__init__((source, rank) for rank, source in enumerate(reversed(priority), 1))

    def __missing__(self, source: str) -> int:
        self[source] = rank = self.get(source.partition("/")[0], 0)
        return rank


def _aliases(
    session: Session, country: str | None
) -> tuple[dict[int, tuple[str, ...]], frozenset[int]]:
    """Other names by place, and the places that a coordinator gave a name."""
    statement = select(_ALIASES.place_id, _ALIASES.name, _ALIASES.source)
    if country is not None:
        statement = statement.join(Place.__table__).where(_PLACES.country == country)
    found: defaultdict[int, list[str]] = defaultdict(list)
    learnt = set()
    rows = session.execute(statement.order_by(_ALIASES.id).execution_options(yield_per=_AT_ONCE))
    for place_id, name, source in rows:
        found[place_id].append(name)
        if source == LEARNT:
            learnt.add(place_id)
    return {place_id: tuple(names) for place_id, names in found.items()}, frozenset(learnt)
