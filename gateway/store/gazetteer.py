"""Places in and out of the database."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gateway.store.tables import Beat, Place

_BEAT = "gazetteer"


def version(session: Session) -> datetime | None:
    """When the places were last changed by any process."""
    return session.scalar(select(Beat.at).where(Beat.job == _BEAT))


def touch(session: Session, now: datetime, who: str) -> None:
    """Tells every process that the places have changed."""
    session.merge(Beat(job=_BEAT, at=now, holder=who))


def entries(session: Session, country: str | None = None) -> Iterator[dict[str, Any]]:
    """All places, or one country's, in the shape of the gazetteer's entries."""
    statement = select(Place).options(selectinload(Place.aliases)).order_by(Place.id)
    if country is not None:
        statement = statement.where(Place.country == country)
    for place in session.scalars(statement):
        yield {
            "id": place.id,
            "source_id": place.source_id,
            "name": place.name,
            "lat": place.lat,
            "lon": place.lon,
            "kind": place.kind,
            "region": place.region,
            "county": place.county,
            "population": place.population,
            "aliases": tuple(alias.name for alias in place.aliases),
        }
