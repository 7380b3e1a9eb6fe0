"""Lists that are tables with a header: plain CSV, Who's On First, wards, health sites."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from gateway.understanding.aliases import useful_aliases
from gateway.understanding.entries import Entry
from gateway.understanding.sources.recognising import columns_of, separator_of
from gateway.understanding.sources.rows import (
    BadRow,
    Found,
    NotAList,
    Row,
    Skipped,
    degrees_of,
    name_of,
    plain_names,
    text_of,
    whole_number_of,
)

NEEDED = {
    "csv": ("name", "lat", "lon"),
    "wof": ("wof_id", "name", "lat", "lon"),
    "wards": ("ward", "lat", "lon"),
    "health": ("country", "name", "lat", "lon"),
}


def read_table(text: str, format: str, country: str) -> Iterator[Found]:
    """Raises NotAList where the header lacks a column that the format needs."""
    columns = columns_of(text)
    missing = [column for column in NEEDED[format] if column not in columns]
    if missing:
        raise NotAList(f"lacks the columns {', '.join(missing)} of format {format}")
    return read_rows(_numbered(text, columns), format, country)


def read_rows(
    rows: Iterable[tuple[int, Row] | BadRow], format: str, country: str
) -> Iterator[Found]:
    """What each numbered row holds; rows that are no rows pass through."""
    return ROW_READERS[format](rows, country)


def _numbered(text: str, columns: list[str]) -> Iterator[tuple[int, Row] | BadRow]:
    """Rows with the line at which they begin; an open quotation mark swallows no rows unseen."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    while not any(cell.strip() for cell in next(reader)):
        pass  # up to the header
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num > line or "end of data" in str(error):
                raise NotAList(
                    f"line {line}: a quotation mark is opened there and not closed"
                ) from None
            yield BadRow(line, f"line {line}: {error}")
            continue
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            counts = f"has {len(cells)} columns, the header has {len(columns)}"
            yield BadRow(line, f"line {line}: {counts}")
        elif any(cells):
            yield line, dict(zip(columns, cells, strict=False))


def _csv(line: int, row: Row) -> Found:
    name = name_of(row, "name")
    return Entry(
        line,
        name,
        degrees_of(row, "lat", 90),
        degrees_of(row, "lon", 180),
        text_of(row, "kind")[:64] or "locality",
        region=text_of(row, "region"),
        county=text_of(row, "county"),
        population=whole_number_of(row, "population", "people"),
        aliases=tuple(plain_names(str(row.get("alt_names") or "").split("|"))),
        source_id=text_of(row, "id"),
        extent_m=whole_number_of(row, "precision_m", "metres"),
    )


def _ward(line: int, row: Row) -> Found:
    name = name_of(row, "ward")
    county, within = text_of(row, "county"), text_of(row, "sub_county")
    return Entry(
        line,
        name,
        degrees_of(row, "lat", 90),
        degrees_of(row, "lon", 180),
        "ward",
        region=within,
        county=county,
        source_id="/".join((county, within, name)),
    )


def _wof(line: int, row: Row) -> Found:
    """An entry whose county and region are still their ids."""
    name = name_of(row, "name")
    own, county, region = (text_of(row, key) for key in ("wof_id", "county_id", "region_id"))
    return Entry(
        line,
        name,
        degrees_of(row, "lat", 90),
        degrees_of(row, "lon", 180),
        text_of(row, "placetype")[:64] or "locality",
        region="" if region == own else region,
        county="" if county == own else county,
        population=whole_number_of(row, "population", "people"),
        aliases=useful_aliases(name, plain_names(str(row.get("alt_names") or "").split("|"))),
        source_id=own,
    )


def _health(line: int, row: Row) -> Found:
    name, region = name_of(row, "name"), text_of(row, "admin1")
    lat, lon = degrees_of(row, "lat", 90), degrees_of(row, "lon", 180)
    return Entry(
        line,
        name,
        lat,
        lon,
        "health site",
        region=region,
        source_id=f"{region}/{name}@{lat:.4f},{lon:.4f}",
    )


def _each(
    rows: Iterable[tuple[int, Row] | BadRow], entry: Callable[[int, Row], Found]
) -> Iterator[Found]:
    for numbered in rows:
        if isinstance(numbered, BadRow):
            yield numbered
            continue
        line, row = numbered
        try:
            yield entry(line, row)
        except ValueError as wrong:
            yield BadRow(line, f"line {line}: {wrong}")


def _from_wof(rows: Iterable[tuple[int, Row] | BadRow], _country: str) -> Iterator[Found]:
    read = list(_each(rows, _wof))  # a county's name may stand below the places in it
    names = {found.source_id: found.name for found in read if isinstance(found, Entry)}
    for found in read:
        if isinstance(found, Entry):
            county, region = names.get(found.county, ""), names.get(found.region, "")
            yield replace(found, county=county, region=region)
        else:
            yield found


def _from_health(rows: Iterable[tuple[int, Row] | BadRow], country: str) -> Iterator[Found]:
    def site(line: int, row: Row) -> Found:
        theirs = text_of(row, "country").upper()
        if country and theirs != country:
            return Skipped(f"of {theirs or 'no country'}")
        return _health(line, row)

    return _each(rows, site)


ROW_READERS: dict[str, Callable[[Iterable[tuple[int, Row] | BadRow], str], Iterator[Found]]] = {
    "csv": lambda rows, _country: _each(rows, _csv),
    "wof": _from_wof,
    "wards": lambda rows, _country: _each(rows, _ward),
    "health": _from_health,
}
