"""Opens the file of a list of places: plain, .gz, or .zip as geonames.org ships it; UTF-8 text."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO

from gateway.terms.refusals import Refused

_MOST_BYTES = 300_000_000  # unpacked; a larger file is no list of one country's places
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"SQLite format 3\x00": "a SQLite database",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"7z\xbc\xaf": "packed with 7-Zip",
}
_NOT_THE_LIST = "readme"  # beside the country's own file in every zip of GeoNames


def text_of(path: Path) -> str:
    """The whole text; Refused says what is wrong with the file, with the line where that helps."""
    try:
        raw = _unpacked(path)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise Refused("%(path)s cannot be read: %(error)s.", path=path, error=error) from None
    if raw.startswith(_UTF16):
        raise Refused("%(name)s is UTF-16 text. Save it as UTF-8.", name=path.name)
    for beginning, what in _OTHERS.items():
        if raw.startswith(beginning):
            raise Refused(
                "%(name)s is %(what)s, no text. Save the list as CSV in UTF-8.",
                name=path.name,
                what=what,
            )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(
            "%(name)s, line %(line)s: not UTF-8 text. Save it as UTF-8.", name=path.name, line=line
        ) from None


def _unpacked(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
        file.seek(0)
        if start.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _limited(unpacked, path)
        if start == _ZIP:
            return _from_zip(file, path)
        return _limited(file, path)


def _from_zip(file: IO[bytes], path: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        names = [info.filename for info in members]
        if any(name.startswith(("xl/", "content.xml")) for name in names):
            raise Refused(
                "%(name)s is a spreadsheet. Save the list as CSV in UTF-8.", name=path.name
            )
        lists = [info for info in members if _NOT_THE_LIST not in info.filename.casefold()]
        if len(lists) != 1:
            raise Refused(
                "%(name)s holds %(count)s files: unpack it and name the list.",
                name=path.name,
                count=len(lists),
            )
        if lists[0].flag_bits & 1:
            raise Refused("%(name)s is locked with a password: unpack it first.", name=path.name)
        with archive.open(lists[0]) as unpacked:
            return _limited(unpacked, path)


def _limited(file: IO[bytes] | gzip.GzipFile, path: Path) -> bytes:
    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise Refused(
            "%(name)s is larger than %(value)s MB.", name=path.name, value=_MOST_BYTES // 1000000
        )
    return raw
