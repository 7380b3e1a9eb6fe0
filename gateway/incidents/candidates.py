"""The open incidents that a report may tell of, from an index on cell and time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select
from sqlalchemy.orm import Session

from gateway.incidents.matching import Match, Scale, Sighting, Weights, match
from gateway.incidents.movement import cells_around, cells_of
from gateway.store.tables import Incident, Message, Report, ReportCell
from gateway.terms.geo import Position

OPEN = ("open", "verified")
_MOST_ROWS = 240  # sightings near in place and time, the newest first
_MOST_TEXTS = 10  # of the likeliest of them are read
_LONGEST_PRECISION_M = 20_000
_ORIGIN_M = 5_000.0
_LIKELY = 0.02  # below it no text makes a match


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
    rows = {row.id: row for row in _near(session, report, here, rules)}
    rows |= {row.id: row for row in _own(session, report, rules)}
    rough = sorted(
        ((_match(here, row, 0.0, rules), row) for row in rows.values()),
        key=lambda pair: (-pair[0].score, -pair[1].id),
    )
    likely = [(found, row) for found, row in rough if found.score >= _LIKELY]
    texts = _texts(session, [row.message_id for _, row in likely[:_MOST_TEXTS]])
    best: dict[int, Candidate] = {}
    for found, row in likely:
        text = texts.get(row.message_id)
        alike = rules.likeness(body, text) if text else None
        fit = found if alike is None else _match(here, row, alike, rules)
        known = best.get(row.incident_id)
        if known is None or fit.score > known.match.score:
            best[row.incident_id] = Candidate(row.incident_id, fit, row.id)
    return sorted(best.values(), key=lambda one: (-one.match.score, one.incident_id))


def write_cells(session: Session, report: Report) -> None:
    """Puts a report into the index, in place of what stood there before."""
    session.execute(delete(ReportCell).where(ReportCell.report_id == report.id))
    target = _point(report.to_lat, report.to_lon)
    cells = cells_of(_point(report.lat, report.lon), target, report.bearing_deg)
    add_cells(session, report, cells)


def add_cells(session: Session, report: Report, cells: Iterable[int]) -> None:
    """Cells under which a report is found besides."""
    rows = [{"cell": c, "at": report.received_at, "report_id": report.id} for c in cells]
    if rows:
        session.execute(insert(ReportCell), rows)


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


def _match(here: Sighting, row: Row[Any], likeness: float, rules: Rules) -> Match:
    there = _corrected(row)
    one, other = rules.scale(here.hazard), rules.scale(there.hazard)
    scale = min(one, other, key=lambda scale: scale.longest_hours)
    return match(here, there, likeness, scale, rules.weights)


def _corrected(row: Row[Any]) -> Sighting:
    """As a coordinator set hazard and place, where one did."""
    return sighting_of(_Corrected(row))


class _Corrected:
    """A row whose hazard and place are the incident's where a person has fixed them."""

    def __init__(self, row: Row[Any]) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        row = self._row
        if name in ("hazard", "hazards") and row.hazard_by == "coordinator":
            return row.incident_hazard if name == "hazard" else {}
        if name in _PLACE and row.placed_by == "coordinator":
            return getattr(row, f"incident_{name}")
        return getattr(row, name)


_PLACE = frozenset({"lat", "lon", "precision_m", "place_id"})
_COLUMNS = (
    Report.id,
    Report.message_id,
    Report.incident_id,
    Report.subscriber_id,
    Report.hazard,
    Report.hazards,
    Report.stance,
    Report.place_id,
    Report.lat,
    Report.lon,
    Report.precision_m,
    Report.happened_from,
    Report.happened_to,
    Report.from_lat,
    Report.from_lon,
    Report.to_lat,
    Report.to_lon,
    Report.bearing_deg,
    Report.travel,
    Report.armed,
    Report.received_at,
    Incident.hazard_by,
    Incident.placed_by,
    Incident.hazard.label("incident_hazard"),
    Incident.place_id.label("incident_place_id"),
    Incident.lat.label("incident_lat"),
    Incident.lon.label("incident_lon"),
    Incident.precision_m.label("incident_precision_m"),
)


def _near(session: Session, report: Report, here: Sighting, rules: Rules) -> Sequence[Row[Any]]:
    """Sightings in the cells around, or around where they are said to come from."""
    if here.position is None:
        return []
    slack = min(here.precision_m, _LONGEST_PRECISION_M)
    cells = set(cells_around(here.position, rules.max_distance_m + slack))
    if here.origin is not None:
        cells |= set(cells_around(here.origin, _ORIGIN_M))
    begin, end = _window(here, report.received_at, rules)
    query = (
        _open_reports(report)
        .join(ReportCell, ReportCell.report_id == Report.id)
        .where(ReportCell.cell.in_(sorted(cells)), ReportCell.at.between(begin, end))
        .order_by(ReportCell.at.desc())
        .limit(_MOST_ROWS)
    )
    return session.execute(query).all()


def _own(session: Session, report: Report, rules: Rules) -> Sequence[Row[Any]]:
    """What the same person wrote before: an update often names no place."""
    begin, end = _window(sighting_of(report), report.received_at, rules)
    query = (
        _open_reports(report)
        .where(Report.subscriber_id == report.subscriber_id, Report.received_at.between(begin, end))
        .order_by(Report.received_at.desc())
        .limit(_MOST_TEXTS)
    )
    return session.execute(query).all()


def _open_reports(report: Report) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Incident, Incident.id == Report.incident_id)
        .where(
            Incident.state.in_(OPEN),
            Incident.exercise_id.is_not_distinct_from(report.exercise_id),
            Report.id != report.id,
            Report.copy_of_id.is_(None),
        )
    )


def _window(here: Sighting, received_at: datetime, rules: Rules) -> tuple[datetime, datetime]:
    """Messages come late and out of order, so both sides are looked at."""
    longest = timedelta(hours=rules.longest_hours)
    return min(here.begin, received_at) - longest, received_at + longest


def _texts(session: Session, message_ids: list[int]) -> dict[int, str]:
    if not message_ids:
        return {}
    rows = session.execute(
        select(Message.id, Message.body).where(
            Message.id.in_(message_ids), Message.body.is_not(None)
        )
    )
    return {row.id: row.body for row in rows}


def _point(lat: float | None, lon: float | None) -> Position | None:
    return None if lat is None or lon is None else Position(lat, lon)
