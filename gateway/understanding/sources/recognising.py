"""Tells what kind of list a text looks like, so that a wrong --format is named as such."""

import csv

from gateway.understanding.sources.rows import NotAList

_BEGINNING = 100_000
_HEALTH = {"country", "admin1", "name", "type", "lat", "lon"}
_TELLING = (  # columns that only this format has
    ("wof", {"wof_id", "name"}),
    ("wards", {"ward", "lat", "lon"}),
    ("csv", {"name", "lat", "lon"}),
)
_CALLED = {
    "csv": "a plain table of places",
    "wof": "a list of Who's On First",
    "wards": "a list of wards",
    "health": "a list of health sites",
    "geonames": "a GeoNames dump",
    "geojson": "GeoJSON",
}
_GEONAMES_TABS = 18
_SAME = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}


def refuse_other_format(text: str, format: str) -> None:
    """Raises NotAList where the text is empty, a web page, or clearly a list of another format."""
    start = text[:_BEGINNING].lstrip()
    if not start:
        raise NotAList("is empty")
    if start[0] == "<":
        raise NotAList("is a web page or XML, no list of places: was the download whole?")
    other = _looks_like(start)
    if other and other != format:
        raise NotAList(f"looks like {_CALLED[other]}: use --format {other}")


def columns_of(text: str) -> list[str]:
    """The header of a table in small letters, "Latitude" and the like by our names."""
    first = _first_line(text)
    cells = next(csv.reader([first], delimiter=separator_of(text)), [])
    plain = [cell.strip().casefold() for cell in cells]
    return [_SAME.get(cell, cell) for cell in plain]


def separator_of(text: str) -> str:
    """What parts the cells: a comma, or the semicolon or tab of some spreadsheets."""
    first = _first_line(text)
    return max(",;\t", key=first.count)


def _looks_like(start: str) -> str | None:
    if start[0] in "{[":
        return "geojson"
    first = _first_line(start)
    if first.count("\t") == _GEONAMES_TABS and first.split("\t")[0].isdigit():
        return "geonames"
    columns = set(columns_of(start))
    if columns == _HEALTH:
        return "health"
    return next((format for format, telling in _TELLING if telling <= columns), None)


def _first_line(text: str) -> str:
    return text[:_BEGINNING].lstrip().partition("\n")[0].rstrip("\r")
