"""Outlines of the deployment's counties and regions: for maps, and counted by their lists."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Border
from gateway.terms.outlines import Pair, thinned

BUDGET = 120_000  # bytes as packed for the line
_MOST = 2_000
_TOLERANCES_M = (0.0, 200.0, 400.0, 800.0, 1_600.0, 3_200.0)

Drawn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """The borders of one level that a list brought."""

    country: str
    source: str
    level: int
    borders: int
    corners: int


def stamp(session: Session) -> tuple[int, int, float]:
    """Differs when the borders do."""
    edges = Border.south + Border.west + Border.north + Border.east
    row = session.execute(select(func.count(), func.max(Border.id), func.sum(edges))).one()
    return int(row[0]), int(row[1] or 0), round(float(row[2] or 0), 6)


def shown(session: Session, budget: int = BUDGET) -> list[Drawn]:
    """The widest levels first, each as exact as a slow line carries; what is too much is left out.

    `rings` are flat lists: longitude, latitude, longitude, latitude …
    """
    rows = session.scalars(select(Border).order_by(Border.level, Border.id).limit(_MOST)).all()
    found: list[Drawn] = []
    for _, level in groupby(rows, key=lambda border: border.level):
        drawn, size = _fitting(list(level), budget)
        if not drawn:
            break
        found += drawn
        budget -= size
    return found


def counted(session: Session) -> Iterator[Counted]:
    """By country, list and level."""
    rows = session.execute(
        select(Border.country, Border.source, Border.level, Border.rings).order_by(
            Border.country, Border.source, Border.level
        )
    )
    for (country, source, level), group in groupby(
        rows, key=lambda row: (row.country, row.source, row.level)
    ):
        sizes = [sum(map(len, row.rings)) // 2 for row in group]
        yield Counted(country, source, level, len(sizes), sum(sizes))


def _fitting(borders: Sequence[Border], budget: int) -> tuple[list[Drawn], int]:
    """The borders at the first exactness that fits, and their bytes; nothing if none does."""
    for tolerance in _TOLERANCES_M:
        drawn = [
            {"name": one.name, "level": one.level, "rings": _thinner(one.rings, tolerance)}
            for one in borders
        ]
        size = len(gzip.compress(json.dumps(drawn, separators=(",", ":")).encode(), 6))
        if size <= budget:
            return drawn, size
    return [], 0


def _thinner(rings: list[list[float]], tolerance_m: float) -> list[list[float]]:
    if not tolerance_m:
        return rings
    pairs: list[list[Pair]] = [list(zip(ring[::2], ring[1::2], strict=True)) for ring in rings]
    found = thinned(pairs, tolerance_m, sum(map(len, pairs)))
    return [[degree for pair in ring for degree in pair] for ring in found]
