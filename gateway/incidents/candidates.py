"""The open incidents that a report may tell of, from an index on cell and time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    DateTime,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    false,
    insert,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from gateway.incidents.matching import Match, Scale, Sighting, Weights, kinship, match
from gateway.incidents.movement import cells_around, cells_of
from gateway.incidents.nearness import nearest
from gateway.store.lists import filled, is_one_of, length_for
from gateway.store.tables import Incident, Message, Report, ReportCell
from gateway.terms.geo import Position

OPEN = ("open", "verified")
_MOST_ROWS = 300  # sightings near in place and time, the newest first
_MOST_OWN = 6  # earlier reports of the same sender
_LONGEST_PRECISION_M = 20_000
_ORIGIN_M = 5_000.0
_NOWHERE = 0  # no cell has this number


@dataclass(frozen=True, slots=True)
class Rules:
    """How reports of this deployment are matched."""

    scale: Callable[[str], Scale]  # of a hazard
    weights: Weights
    max_distance_m: float
    longest_hours: float  # of any hazard
    join: float
    suggest: float
    likeness: Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident, how well it fits, and like which of its reports."""

    incident_id: int
    match: Match
    like_report: int


def candidates(session: Session, report: Report, body: str, rules: Rules) -> list[Candidate]:
    """Open incidents with their probability, the likeliest first; the impossible left out."""
    here = sighting_of(report)
    window = _window(here, report.received_at, rules)
    ids = _near(session, report, here, window, rules)
    best: dict[int, Candidate] = {}
    for row in _whole(session, ids):
        there = _corrected(row)
        if kinship(here, replace(there, hazard=row.incident_hazard, hazards={})) == 0:
            continue  # like one of its reports, but not what they tell of together
        alike = rules.likeness(body, row.body) if row.body else 0.0
        scale = _scale(here, there, rules)
        fit = match(here, there, alike, scale, rules.weights)
        known = best.get(row.incident_id)
        if fit.score > (known.match.score if known else 0.0):
            best[row.incident_id] = Candidate(row.incident_id, fit, row.id)
    return sorted(best.values(), key=lambda one: (-one.match.score, one.incident_id))


def write_cells(session: Session, report: Report, *, anew: bool = False) -> None:
    """Puts a report into the index; `anew` in place of what stood there before."""
    if anew:
        session.execute(delete(ReportCell).where(ReportCell.report_id == report.id))
    target = _point(report.to_lat, report.to_lon)
    cells = cells_of(_point(report.lat, report.lon), target, report.bearing_deg)
    add_cells(session, report, cells)


def add_cells(session: Session, report: Report, cells: Iterable[int]) -> None:
    """Cells under which a report is found besides."""
    rows = [{"cell": c, "at": report.received_at, "report_id": report.id} for c in cells]
    if rows:
        session.connection().execute(_ADD_CELLS, rows)


def sighting_of(row: Any) -> Sighting:
    """What a report, or a row with its columns, says."""
    return Sighting(
        hazard=row.hazard,
        hazards=row.hazards or {},
        position=_point(row.lat, row.lon),
        precision_m=row.precision_m or 0,
        begin=row.happened_from or row.received_at,
        end=row.happened_to or row.received_at,
        sender=row.subscriber_id,
        place_id=row.place_id,
        stance=row.stance,
        origin=_point(row.from_lat, row.from_lon),
        target=_point(row.to_lat, row.to_lon),
        bearing_deg=row.bearing_deg,
        travel=row.travel,
        armed=row.armed,
    )


def _corrected(row: Row[Any]) -> Sighting:
    """As a coordinator set hazard and place, where one did."""
    told = sighting_of(row)
    if row.hazard_by == "coordinator":
        told = replace(told, hazard=row.incident_hazard, hazards={})
    if row.placed_by == "coordinator":
        told = replace(
            told,
            position=_point(row.incident_lat, row.incident_lon),
            precision_m=row.incident_precision_m or 0,
            place_id=row.incident_place_id,
        )
    return told


def _scale(here: Sighting, there: Sighting, rules: Rules) -> Scale:
    """The narrower one; but who fled tells of it when they arrive, hours later and far away."""
    scales = [rules.scale(here.hazard), rules.scale(there.hazard)]
    narrow = min(scales, key=lambda scale: scale.longest_hours)
    if "displacement" not in (here.hazard, there.hazard) or here.hazard == there.hazard:
        return narrow
    wide = max(scales, key=lambda scale: scale.longest_hours)
    return replace(narrow, longest_hours=wide.longest_hours, fade_hours=wide.fade_hours, moves=True)


def _near(
    session: Session,
    report: Report,
    here: Sighting,
    window: tuple[datetime, datetime],
    rules: Rules,
) -> list[int]:
    """Reports worth comparing in full: the likeliest of those in the cells around, or around where
    they are said to come from, and what the same person wrote before, as updates often name no
    place.
    """
    cells: set[int] = set()
    if here.position is not None:
        slack = min(here.precision_m, _LONGEST_PRECISION_M)
        cells |= set(cells_around(here.position, rules.max_distance_m + slack))
    if here.origin is not None:
        cells |= set(cells_around(here.origin, _ORIGIN_M))
    length = length_for(wanted := sorted(cells) or [_NOWHERE])
    facts = filled("cell", wanted, length) | _facts(report, window)
    rows = session.connection().execute(_near_in(length), facts).all()
    own = [row[0] for row in rows if row[8]]
    return [*own, *nearest(here, [row for row in rows if not row[8]], rules.scale)]


def _whole(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Those reports with their texts and incidents."""
    if not ids:
        return []
    length = length_for(wanted := sorted(set(ids)))
    facts = filled("id", wanted, length)
    return session.connection().execute(_whole_of(length), facts).all()


def _facts(report: Report, window: tuple[datetime, datetime]) -> dict[str, Any]:
    exercise = -1 if report.exercise_id is None else report.exercise_id
    return {
        "begin": window[0],
        "end": window[1],
        "own": report.id,
        "who": report.subscriber_id,
        "exercise": exercise,
    }


def _window(here: Sighting, received_at: datetime, rules: Rules) -> tuple[datetime, datetime]:
    """Messages come late and out of order, so both sides are looked at."""
    longest = timedelta(hours=rules.longest_hours)
    return min(here.begin, received_at) - longest, received_at + longest


def _point(lat: float | None, lon: float | None) -> Position | None:
    return None if lat is None or lon is None else Position(lat, lon)


# Core rather than ORM, and written once: this runs for every report, and building costs more than
# asking.
_R: Table = Report.__table__  # type: ignore[assignment]
_I: Table = Incident.__table__  # type: ignore[assignment]
_C: Table = ReportCell.__table__  # type: ignore[assignment]
_M: Table = Message.__table__  # type: ignore[assignment]
_ADD_CELLS = insert(_C)

# Our own type of time costs more than it tells in a quick look.
_ROUGH = (
    _R.c.id,
    _R.c.incident_id,
    _R.c.hazard,
    _R.c.lat,
    _R.c.lon,
    _R.c.precision_m,
    or_(_R.c.bearing_deg.is_not(None), _R.c.to_lat.is_not(None)).label("goes"),
)


def _open(query: Select[Any]) -> Select[Any]:
    return query.where(
        _I.c.state.in_(OPEN),
        _R.c.copy_of_id.is_(None),
        _R.c.id != bindparam("own"),
        or_(
            _I.c.exercise_id == bindparam("exercise"),
            (bindparam("exercise") == -1) & _I.c.exercise_id.is_(None),
        ),
    )


@cache
def _near_in(length: int) -> CompoundSelect[Any]:
    """Open reports in so many cells, the newest first, and the same person's."""
    around = (
        _open(select(*_ROUGH, type_coerce(_C.c.at, DateTime()).label("at"), false().label("mine")))
        .select_from(_C)
        .join(_R, _R.c.id == _C.c.report_id)
        .join(_I, _I.c.id == _R.c.incident_id)
        .where(
            is_one_of(_C.c.cell, "cell", length),
            _C.c.at.between(bindparam("begin"), bindparam("end")),
            _R.c.lat.is_not(None),
        )
        .order_by(_C.c.at.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    own = (
        _open(select(*_ROUGH, type_coerce(_R.c.received_at, DateTime()), true()))
        .join(_I, _I.c.id == _R.c.incident_id)
        .where(
            _R.c.subscriber_id == bindparam("who"),
            _R.c.received_at.between(bindparam("begin"), bindparam("end")),
        )
        .order_by(_R.c.received_at.desc())
        .limit(_MOST_OWN)
        .subquery()
    )
    return union_all(select(around), select(own))


@cache
def _whole_of(length: int) -> Select[Any]:
    """So many reports with their texts and incidents."""
    return (
        select(
            _R.c.id, _R.c.incident_id, _R.c.subscriber_id, _R.c.hazard, _R.c.hazards, _R.c.stance,
            _R.c.place_id, _R.c.lat, _R.c.lon, _R.c.precision_m, _R.c.happened_from,
            _R.c.happened_to, _R.c.from_lat, _R.c.from_lon, _R.c.to_lat, _R.c.to_lon,
            _R.c.bearing_deg, _R.c.travel, _R.c.armed, _R.c.received_at, _M.c.body,
            _I.c.hazard_by, _I.c.placed_by, _I.c.hazard.label("incident_hazard"),
            _I.c.place_id.label("incident_place_id"), _I.c.lat.label("incident_lat"),
            _I.c.lon.label("incident_lon"), _I.c.precision_m.label("incident_precision_m"),
        )
        .join(_I, _I.c.id == _R.c.incident_id)
        .join(_M, _M.c.id == _R.c.message_id)
        .where(is_one_of(_R.c.id, "id", length))
    )  # fmt: skip
