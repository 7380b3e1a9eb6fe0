"""The way an incident went: its stops in the order of time, from what its witnesses saw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.terms.geo import Position, distance_m

MOVING = frozenset({"armed_group", "attack", "abduction"})  # people flee, but that is another way
_ROOM_M = 3_000


@dataclass(frozen=True, slots=True)
class Stop:
    """Where it was between two moments; the most exact report says where that is."""

    place_id: int | None
    name: str | None
    position: Position
    precision_m: int
    begin: datetime
    end: datetime
    reports: tuple[int, ...]


def stops(reports: Iterable[Any]) -> list[Stop]:
    """`reports` are rows of witnesses with a place; neighbouring sightings are one stop."""
    timed = sorted(reports, key=lambda r: (r.happened_to or r.received_at, r.id))
    groups: list[list[Any]] = []
    for report in timed:
        if groups and _is_near(groups[-1], report):
            groups[-1].append(report)
        else:
            groups.append([report])
    return [_stop(group) for group in groups]


def best_placed(reports: Sequence[Any]) -> Any:
    """The most exact report, the earliest of equals; a sender's home only at need; None of none."""
    placed = [report for report in reports if report.lat is not None]
    return min(placed, key=_exactness, default=None)


def _exactness(report: Any) -> tuple[bool, int, int]:
    return (report.found_by == "sender", report.precision_m or 0, report.id)


def _is_near(group: Sequence[Any], report: Any) -> bool:
    """What is only known roughly opens no stop of its own."""
    best = best_placed(group)
    slack = (report.precision_m or 0) + (best.precision_m or 0)
    metres = distance_m(Position(best.lat, best.lon), Position(report.lat, report.lon))
    return metres <= _ROOM_M + slack


def _stop(group: Sequence[Any]) -> Stop:
    best = best_placed(group)
    return Stop(
        place_id=best.place_id,
        name=best.place_name,
        position=Position(best.lat, best.lon),
        precision_m=best.precision_m or 0,
        begin=min(r.happened_from or r.received_at for r in group),
        end=max(r.happened_to or r.received_at for r in group),
        reports=tuple(r.id for r in group),
    )
