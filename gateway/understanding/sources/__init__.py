"""Reads lists of places as others publish them; a list's text in, gazetteer entries out."""

from collections.abc import Callable, Iterable, Iterator

from gateway.understanding.sources.geojson import from_geojson
from gateway.understanding.sources.geonames import from_geonames
from gateway.understanding.sources.outlines import LEVELS, Outline
from gateway.understanding.sources.recognising import refuse_other_format
from gateway.understanding.sources.rows import BadRow, Found, NotAList, Row, Skipped
from gateway.understanding.sources.tables import ROW_READERS, read_rows, read_table

__all__ = [
    "FORMATS",
    "LEVELS",
    "BadRow",
    "Found",
    "NotAList",
    "Outline",
    "Skipped",
    "entries_from_rows",
    "read_list",
]

_WHOLE_TEXTS: dict[str, Callable[[str, str], Iterator[Found | Outline]]] = {
    "geonames": from_geonames,
    "geojson": from_geojson,
}
FORMATS = (*ROW_READERS, *_WHOLE_TEXTS)
_FIRST_LINE = 2  # line 1 of a table is its header


def read_list(text: str, format: str, country: str) -> Iterator[Found | Outline]:
    """Entries, bad rows, rows left out on purpose and outlines, in the order of the list.

    Entries are numbered by line; who stores them gives ids of its own. Raises NotAList where the
    text is no list of this format at all; `format` is one of FORMATS, `country` two letters.
    """
    refuse_other_format(text, format)
    if format in _WHOLE_TEXTS:
        return _WHOLE_TEXTS[format](text, country)
    return read_table(text, format, country)


def entries_from_rows(rows: Iterable[Row], format: str, country: str = "") -> Iterator[Found]:
    """The same for the rows of a table that was read already; without a country all are taken."""
    if format not in ROW_READERS:
        raise ValueError(f"unknown table format {format!r}: use {', '.join(ROW_READERS)}")
    return read_rows(enumerate(rows, _FIRST_LINE), format, country)
