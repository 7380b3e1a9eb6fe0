"""Keeps the outlines of a list as borders for the map, in as few corners as the eye needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gateway.flow.place_list import PlaceList
from gateway.store.audit import record
from gateway.store.tables import Border
from gateway.terms.outlines import Pair, thinned
from gateway.terms.refusals import NotFound
from gateway.understanding.sources import Outline

_TOLERANCE_M = 100.0
MOST_CORNERS = 2_000  # of one border
MOST_IN_ALL = 60_000  # of a list
_DIGITS = 4  # of a degree: eleven metres


def bring_in(session: Session, places: PlaceList) -> int:
    """The borders of the list in place of those it brought before; how many it has now."""
    ours = (Border.country == places.country, Border.source == places.source)
    last = session.scalar(select(func.max(Border.id)).where(*ours))
    rows = [
        {"country": places.country, "source": places.source, **drawn}
        for drawn in _drawn(places.outlines)
    ]
    if rows:  # the new before the old go, so that no row number comes twice
        session.execute(insert(Border), rows)
    if last is not None:
        session.execute(delete(Border).where(*ours, Border.id <= last))
    return len(rows)


def remove(session: Session, source: str, *, who: str, now: datetime) -> int:
    """Forgets the borders that a list brought, and nothing else of it. Raises NotFound."""
    ours = Border.source == source
    gone = session.scalar(select(func.count()).select_from(Border).where(ours)) or 0
    if not gone:
        known = ", ".join(session.scalars(select(Border.source).distinct().order_by(Border.source)))
        raise NotFound(
            "No borders came from %(source)s. Borders came from: %(known)s.",
            source=source,
            known=known or "-",
        )
    session.execute(delete(Border).where(ours))
    facts = {"source": source, "borders": gone}
    record(session, who=who, act="gazetteer.borders", subject=source, now=now, facts=facts)
    return gone


def _drawn(outlines: Sequence[Outline]) -> list[dict[str, Any]]:
    """Rows of borders; where they are too many for a map, all of them get coarser."""
    tolerance = _TOLERANCE_M
    found = [thinned(one.rings, tolerance, MOST_CORNERS) for one in outlines]
    while sum(len(ring) for rings in found for ring in rings) > MOST_IN_ALL:
        tolerance *= 1.5
        thinner = [thinned(rings, tolerance, MOST_CORNERS) for rings in found]
        if thinner == found:
            break  # so many that even triangles are too many
        found = thinner
    return [_row(one, rings) for one, rings in zip(outlines, found, strict=True)]


def _row(outline: Outline, rings: Sequence[Sequence[Pair]]) -> dict[str, Any]:
    lons = [lon for ring in rings for lon, _ in ring]
    lats = [lat for ring in rings for _, lat in ring]
    return {
        "name": outline.name,
        "level": outline.level,
        "south": min(lats),
        "west": min(lons),
        "north": max(lats),
        "east": max(lons),
        "rings": [[round(degree, _DIGITS) for pair in ring for degree in pair] for ring in rings],
    }
