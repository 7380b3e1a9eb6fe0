"""Rows of records as JSON lines, CSV, HXL or GeoJSON; numbers and texts only when revealed."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import DeclarativeBase, Session

from gateway.store.columns import Sealed
from gateway.store.tables import (
    Alert,
    AlertReply,
    AuditRow,
    Delivery,
    Incident,
    IncidentFactor,
    Message,
    Report,
    Subscriber,
)

Row = Mapping[str, Any]
KINDS: Mapping[str, tuple[type[DeclarativeBase], str]] = {
    "messages": (Message, "received_at"),
    "reports": (Report, "received_at"),
    "incidents": (Incident, "opened_at"),
    "factors": (IncidentFactor, "at"),
    "alerts": (Alert, "created_at"),
    "deliveries": (Delivery, "created_at"),
    "replies": (AlertReply, "at"),
    "subscribers": (Subscriber, "created_at"),
    "audit": (AuditRow, "at"),
}
_NEVER = frozenset({"phone_index", "sender_index", "cell"})
# What warned people said of themselves is counted: who said it is nobody's business outside.
_WITHOUT = {"replies": frozenset({"subscriber_id", "message_id", "report_id"})}
_HXL = {
    "id": "#meta+id", "state": "#status", "hazard": "#event+type", "place_name": "#loc+name",
    "lat": "#geo+lat", "lon": "#geo+lon", "severity": "#severity", "opened_at": "#date+start",
    "day": "#date+start", "week": "#date+week+start", "approved_at": "#date+approved",
    "place": "#loc+name", "area": "#adm2+name", "people": "#targeted+people+num",
    "delivered": "#reached+people+num", "incidents": "#indicator+incidents+num",
    "reports": "#indicator+reports+num", "warnings": "#indicator+warnings+num",
    "received_at": "#date+received", "created_at": "#date+created", "at": "#date",
    **{
        f"{kind}_{end}": f"#affected+{kind}+{bound}"
        for kind in ("killed", "injured", "abducted", "missing", "displaced")
        for end, bound in (("low", "min"), ("high", "max"))
    },
}  # fmt: skip
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def rows(
    session: Session,
    kind: str,
    since: datetime | None,
    *,
    reveal: bool,
    exercises: bool = True,
) -> Iterator[Row]:
    """Records of one kind from `since` on, oldest first; sealed columns only with `reveal`.

    Rows of exercises say so by their `exercise_id`; they are left out unless `exercises`.
    """
    table, time_column = KINDS[kind]
    statement: Select[Any] = select(*_columns(kind, reveal)).order_by(table.__table__.c.id)
    if since is not None:
        statement = statement.where(table.__table__.c[time_column] >= since)
    if not exercises:
        statement = statement.where(*_real_ones(table))
    with session.execute(statement.execution_options(yield_per=500)) as rows:
        for found in rows:
            yield {name: _plain(value) for name, value in found._mapping.items()}


def columns(kind: str, *, reveal: bool) -> list[str]:
    """The names that the rows of this kind have, in their order."""
    return [column.name for column in _columns(kind, reveal)]


def _columns(kind: str, reveal: bool) -> list[ColumnElement[Any]]:
    table, _ = KINDS[kind]
    return [
        column
        for column in table.__table__.columns
        if column.name not in _NEVER | _WITHOUT.get(kind, frozenset())
        and (reveal or not isinstance(column.type, Sealed))
    ]


def _real_ones(table: type[DeclarativeBase]) -> Iterator[ColumnElement[bool]]:
    """The audit is one chain and is never cut."""
    columns = table.__table__.c
    if "exercise_id" in columns:
        yield columns["exercise_id"].is_(None)
    elif "incident_id" in columns:
        real = select(Incident.id).where(Incident.exercise_id.is_(None))
        yield columns["incident_id"].in_(real)


def write(found: Iterable[Row], format: str, columns: Sequence[str] = ()) -> Iterator[str]:
    """Lines of text in one of FORMATS; `columns` head a table that turns out to have no rows."""
    return _WRITERS[format](found, columns)


def _jsonl(found: Iterable[Row], _: Sequence[str]) -> Iterator[str]:
    for row in found:
        yield json.dumps(row, ensure_ascii=False)


def _csv(found: Iterable[Row], columns: Sequence[str], *, hxl: bool = False) -> Iterator[str]:
    header: list[str] | None = None
    for row in found:
        if header is None:
            header = list(row)
            yield from _head(header, hxl)
        yield _csv_line([_for_spreadsheet(row[name]) for name in header])
    if header is None and columns:
        yield from _head(columns, hxl)


def _head(header: Sequence[str], hxl: bool) -> Iterator[str]:
    yield _csv_line(header)
    if hxl:
        yield _csv_line([_HXL.get(name, f"#meta+{name}") for name in header])


def _hxl(found: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    return _csv(found, columns, hxl=True)


def _geojson(found: Iterable[Row], _: Sequence[str]) -> Iterator[str]:
    yield '{"type": "FeatureCollection", "features": ['
    comma = ""
    for row in found:
        facts = {name: value for name, value in row.items() if name not in ("lat", "lon")}
        lat, lon = row.get("lat"), row.get("lon")
        point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        feature = {"type": "Feature", "geometry": point, "properties": facts}
        yield comma + json.dumps(feature, ensure_ascii=False)
        comma = ","
    yield "]}"


_WRITERS: Mapping[str, Callable[[Iterable[Row], Sequence[str]], Iterator[str]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "geojson": _geojson,
    "hxl": _hxl,
}
FORMATS = tuple(_WRITERS)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _for_spreadsheet(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_DANGEROUS) and not is_number else text


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # cells that hold either are quoted
    return line.getvalue().removesuffix("\r\n")
