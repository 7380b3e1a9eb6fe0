"""How many people an incident harmed, ready to read, and the same as columns of an export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from gateway.incidents.casualties import KINDS, Figure, figures
from gateway.terms.ranges import harmed
from gateway.terms.saying import Said

__all__ = ["COLUMNS", "KINDS", "Line", "of_incident", "with_columns"]
COLUMNS = tuple(f"{kind}_{end}" for kind in KINDS for end in ("low", "high"))
_AT_ONCE = 500  # incidents of an export


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: "3 to 5 killed", in brackets what weaker sources say, its grade, who says it."""

    figure: Figure
    words: Said
    sources: Sequence[str]


def of_incident(session: Session, incident_id: int) -> list[Line]:
    """In the order of KINDS; empty when nobody tells of harm to people."""
    return [
        Line(figure, _words(figure), figure.sources)
        for figure in figures(session, [incident_id])[incident_id]
    ]


def with_columns(
    session: Session, rows: Iterable[Mapping[str, Any]], at_once: int = _AT_ONCE
) -> Iterator[Mapping[str, Any]]:
    """Rows of incidents with `killed_low`, `killed_high` and so on beside what they have.

    Two statements for each `at_once` of them, which are held meanwhile.
    """
    waiting = iter(rows)
    while some := list(islice(waiting, at_once)):
        found = figures(session, [row["id"] for row in some])
        for row in some:
            known = {figure.kind: figure for figure in found[row["id"]]}
            ends: dict[str, int | None] = {}
            for kind in KINDS:
                figure = known.get(kind)
                ends[f"{kind}_low"] = figure.low if figure else None
                ends[f"{kind}_high"] = figure.high if figure else None
            yield {**row, **ends}


def _words(figure: Figure) -> Said:
    said = harmed(figure.kind, figure.low, figure.high)
    if not figure.widest:
        return said
    return Said(
        "%(harmed)s (up to %(widest)s by weaker sources)",
        harmed=said,
        widest=f"{figure.widest:,}",
    )
