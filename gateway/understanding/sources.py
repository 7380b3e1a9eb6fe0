"""Reads rows of place lists (Who's On First, wards, plain CSV) into gazetteer entries."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.understanding.aliases import useful_aliases
from gateway.understanding.gazetteer import Entry

_FIRST_LINE = 2  # line 1 of a file is its header
_LONGEST_NAME = 120

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read, and what is wrong with it ("line 7: lat is 'abc', …")."""

    line: int
    reason: str


def entries_from_rows(rows: Iterable[Row], format: str) -> Iterator[Entry | BadRow]:
    """Entries and bad rows in the order of the rows; `format` is "wof", "wards" or "csv".

    Entries are numbered by line; who stores them gives ids of its own. Raises ValueError for
    another format, at once.
    """
    reader = _READERS.get(format)
    if reader is None:
        raise ValueError(f"unknown gazetteer format {format!r}: use {', '.join(_READERS)}")
    return reader(rows)


def _from_wof(rows: Iterable[Row]) -> Iterator[Entry | BadRow]:
    kept = list(rows)  # a county's name may stand below the places in it
    names = {_text(row, "wof_id"): _text(row, "name") for row in kept}

    def entry(line: int, row: Row) -> Entry:
        name = _name(row, "name")
        kind = _text(row, "placetype") or "locality"
        county, region = _text(row, "county_id"), _text(row, "region_id")
        own = _text(row, "wof_id")
        return Entry(
            line,
            name,
            _degrees(row, "lat", 90),
            _degrees(row, "lon", 180),
            kind,
            region="" if region == own else names.get(region, ""),
            county="" if county == own else names.get(county, ""),
            population=_population(row),
            aliases=useful_aliases(name, _text(row, "alt_names").split("|")),
            source_id=own,
        )

    return _each(kept, entry)


def _from_wards(rows: Iterable[Row]) -> Iterator[Entry | BadRow]:
    def entry(line: int, row: Row) -> Entry:
        name = _name(row, "ward")
        county, within = _text(row, "county"), _text(row, "sub_county")
        return Entry(
            line,
            name,
            _degrees(row, "lat", 90),
            _degrees(row, "lon", 180),
            "ward",
            region=within,
            county=county,
            source_id="/".join((county, within, name)),
        )

    return _each(rows, entry)


def _from_csv(rows: Iterable[Row]) -> Iterator[Entry | BadRow]:
    def entry(line: int, row: Row) -> Entry:
        name = _name(row, "name")
        aliases = (alias.strip() for alias in _text(row, "alt_names").split("|"))
        return Entry(
            line,
            name,
            _degrees(row, "lat", 90),
            _degrees(row, "lon", 180),
            _text(row, "kind") or "locality",
            region=_text(row, "region"),
            county=_text(row, "county"),
            population=_population(row),
            aliases=tuple(alias for alias in aliases if alias),
            source_id=_text(row, "id"),
        )

    return _each(rows, entry)


_READERS: dict[str, Callable[[Iterable[Row]], Iterator[Entry | BadRow]]] = {
    "wof": _from_wof,
    "wards": _from_wards,
    "csv": _from_csv,
}


def _each(rows: Iterable[Row], entry: Callable[[int, Row], Entry]) -> Iterator[Entry | BadRow]:
    for line, row in enumerate(rows, _FIRST_LINE):
        try:
            yield entry(line, row)
        except ValueError as wrong:
            yield BadRow(line, f"line {line}: {wrong}")


def _text(row: Row, column: str) -> str:
    # csv.DictReader leaves None in columns that a short line lacks
    return str(row.get(column) or "").strip()


def _name(row: Row, column: str) -> str:
    name = _text(row, column)
    if not any(letter.isalpha() for letter in name):
        raise ValueError(f"{column} is {name!r}, expected the name of a place")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"{column} has {len(name)} characters, expected {_LONGEST_NAME} at most")
    return name


def _degrees(row: Row, column: str, limit: int) -> float:
    text = _text(row, column)
    wrong = f"{column} is {text!r}, expected a number from -{limit} to {limit}"
    try:
        degrees = float(text)
    except ValueError:
        raise ValueError(wrong) from None
    if not -limit <= degrees <= limit:  # also refuses nan
        raise ValueError(wrong)
    return degrees


def _population(row: Row) -> int:
    text = _text(row, "population").replace(",", "")
    if not text:
        return 0
    wrong = f"population is {text!r}, expected a whole number of people"
    try:
        people = int(float(text))
    except (ValueError, OverflowError):
        raise ValueError(wrong) from None
    if people < 0:
        raise ValueError(wrong)
    return people
