"""Reads the text of a sign-up sheet: its letters, columns and rows; nothing is looked up yet."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from gateway.terms.refusals import Refused
from gateway.understanding.folding import fold

COLUMNS = ("phone", "place", "language", "focal_point", "consent")
MOST_ROWS, MOST_BYTES = 5_000, 200_000  # a form holds 256 KiB, and the sheet is sent once more
_LONGEST_CELL = 200
_SEPARATORS = (",", ";", "\t")
# What people call the columns, in the languages of the pages; the first that fits decides, so that
# "name of the village" is a place. Names of people and dates of birth are known to be dropped.
_CALLED = {
    "focal_point": "focal referent نقطة مرجع",
    "birth": "birth born age naissance kuzaliwa umri الميلاد العمر",
    "phone": (
        "phone telephone tel tél téléphone mobile cell msisdn simu هاتف الهاتف جوال الجوال موبايل"
    ),
    "language": "language lang langue lugha لغة اللغة",
    "consent": (
        "consent consentement consented agreed date signed how accord ridhaa idhini kibali tarehe "
        "jinsi موافقة الموافقة تاريخ التاريخ كيف"
    ),
    "place": (
        "place village location town settlement lieu localité ville mahali kijiji mji eneo "
        "مكان المكان قرية القرية بلدة"
    ),
    "name": "name names surname nom prénom jina majina اسم الاسم",
    "number": "number no numéro numero namba nambari رقم الرقم",
}
_COLUMN_OF = {fold(word): column for column, words in _CALLED.items() for word in words.split()}
_ORDER = tuple(_CALLED)
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True, repr=False)  # an error must not spell out numbers
class Line:
    """A row as a spreadsheet counts it, the header being row 1; its cells by COLUMNS."""

    row: int
    cells: Mapping[str, str]
    fault: Refused | None = None  # why it cannot be read at all


@dataclass(frozen=True, slots=True, repr=False)  # an error must not spell out numbers
class Sheet:
    """What was read: `text` has only the columns that are used, so no names of people."""

    text: str
    lines: Sequence[Line]
    unread: Sequence[str] = ()  # what columns are called that nobody reads
    had_names: bool = False


def decoded(raw: bytes) -> tuple[str, bool]:
    """The text of an uploaded file, and whether its letters had to be guessed (Latin-1)."""
    if raw.startswith((_ZIP, _OLD_OFFICE)):
        raise Refused("This is a spreadsheet file. Save it as CSV, then choose that file.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), False
    if b"\x00" in raw:
        raise Refused("This file is no text. Save the sheet as CSV, then choose that file.")
    try:
        return raw.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return raw.decode("latin-1"), True


def read(text: str) -> Sheet:
    """The rows of a sheet; Refused when its columns cannot be told or it is too long."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise Refused("There is nothing in this sheet: choose a file or paste its rows.")
    separator = max(_SEPARATORS, key=lambda one: len(_places_of_columns(_header(text, one))))
    header = _header(text, separator)
    columns = _places_of_columns(header)
    for column in ("phone", "place"):
        if column not in columns:
            raise Refused(
                "The first row must name the columns, and none is called %(column)s. "
                "Write phone, place, language, focal_point and consent above them.",
                column=column,
            )
    lines = list(_lines(text, separator, header, columns))
    if len(lines) > MOST_ROWS:
        raise Refused(
            "This sheet has %(rows)s rows; %(most)s at a time are the most. Split it in parts.",
            rows=len(lines), most=MOST_ROWS,
        )  # fmt: skip
    used = {at for places in columns.values() for at in places}
    rest = [name for at, name in enumerate(header) if at not in used and name.strip()]
    names = [name for name in rest if _column(name) in ("name", "birth")]
    kept = [" ".join(name.split())[:40] for name in rest if name not in names]
    reduced = _reduced(lines, tuple(columns))
    if len(reduced.encode()) > MOST_BYTES:
        raise Refused(
            "This sheet is larger than %(most)s kB. Split it in parts.", most=MOST_BYTES // 1000
        )
    return Sheet(reduced, lines, kept, bool(names))


def _header(text: str, separator: str) -> list[str]:
    first = text.split("\n", 1)[0][:2000]
    return next(csv.reader([first], delimiter=separator), [])


def _places_of_columns(header: Sequence[str]) -> dict[str, list[int]]:
    """Where each column stands; of the consent there may be two, its date and its manner."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        column = _column(name)
        if column == "number" and "phone" not in map(_column, header):
            column = "phone"
        if column in COLUMNS and (column not in found or column == "consent"):
            found.setdefault(column, []).append(at)
    return found


def _column(name: str) -> str:
    named = {_COLUMN_OF.get(word, "") for word in fold(name.replace("_", " ")).split()}
    return next((column for column in _ORDER if column in named), "")


def _lines(
    text: str, separator: str, header: Sequence[str], columns: Mapping[str, Sequence[int]]
) -> Iterator[Line]:
    try:
        for row, cells in enumerate(csv.reader(StringIO(text), delimiter=separator), 1):
            if row > 1 and any(cell.strip() for cell in cells):
                yield _line(row, cells, len(header), columns)
    except csv.Error:
        raise Refused("This sheet cannot be read as CSV. Save it as CSV once more.") from None


def _line(row: int, cells: Sequence[str], width: int, columns: Mapping[str, Sequence[int]]) -> Line:
    if any("\n" in cell or len(cell) > _LONGEST_CELL for cell in cells):
        return Line(row, {}, Refused(
            "A cell is far too long or holds a line break. Look for a quotation mark that is "
            "opened and never closed."
        ))  # fmt: skip
    if any(cell.strip() for cell in cells[width:]):
        return Line(row, {}, Refused(
            "This row has more cells than the header. Put a place that holds a comma into "
            "quotation marks."
        ))  # fmt: skip
    return Line(
        row,
        {
            column: " ".join(" ".join(cells[at] for at in places if at < len(cells)).split())
            for column, places in columns.items()
        },
    )


def _reduced(lines: Sequence[Line], columns: Sequence[str]) -> str:
    """The same rows, at the same numbers, without what is not read; faults stay faults."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    at = 1
    for line in lines:
        out.write("\n" * (line.row - at - 1))
        at = line.row
        cells = [line.cells.get(column, "") for column in columns]
        writer.writerow(cells if line.fault is None else [*cells, "?"])
    return out.getvalue()
