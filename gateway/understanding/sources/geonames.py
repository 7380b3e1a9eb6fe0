"""The dumps of geonames.org: a line a place, 19 columns parted by tabs, no header.

Columns and feature codes: https://download.geonames.org/export/dump/readme.txt and
https://www.geonames.org/export/codes.html.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.understanding.aliases import useful_aliases
from gateway.understanding.entries import Entry
from gateway.understanding.sources.landmarks import EXTENT_M
from gateway.understanding.sources.rows import (
    BadRow,
    Found,
    Skipped,
    degrees_of,
    name_of,
    plain_names,
    text_of,
    whole_number_of,
)

_COLUMNS = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "class", "code",
    "country code", "cc2", "admin1", "admin2", "admin3", "admin4", "population", "elevation",
    "dem", "timezone", "modified",
)  # fmt: skip
_TOWN_FROM = 5_000  # people
_SEATS = frozenset({"PPLC", "PPLG", "PPLA", "PPLA2", "PPLA3"})
_KINDS = {
    "P.PPLX": "neighbourhood",
    "A.ADM1": "region", "A.ADM2": "county", "A.ADM3": "district", "A.ADM4": "ward",
    "A.ADM5": "ward", "A.PRSH": "ward",
    "L.AREA": "locality", "L.LCTY": "locality", "L.PRK": "park", "L.RESF": "forest",
    "L.RESN": "park", "L.RESW": "park", "L.MILB": "barracks", "L.RNGA": "barracks",
    "L.OILF": "oil field", "L.MNA": "mine", "L.GRAZ": "pasture",
    "S.AIRF": "airfield", "S.AIRP": "airport", "S.AIRS": "airfield", "S.BDG": "bridge",
    "S.CH": "church", "S.CMP": "camp", "S.CMPMN": "mine", "S.CMPRF": "camp",
    "S.CSTM": "border post", "S.DAM": "dam", "S.FRM": "farm", "S.FRMT": "farm", "S.FY": "ferry",
    "S.HSP": "health site", "S.HSPC": "health site", "S.HSPD": "health site",
    "S.INSM": "barracks", "S.MKT": "market", "S.MN": "mine", "S.MSQE": "mosque",
    "S.MSSN": "mission", "S.PP": "police",
    "S.PSTB": "border post", "S.RNCH": "farm", "S.RSTN": "station", "S.SCH": "school",
    "S.UNIV": "school", "S.WTRW": "well",
    "H.FLLS": "falls", "H.FRD": "ford", "H.LGN": "lake", "H.LK": "lake", "H.LKI": "lake",
    "H.RSV": "lake", "H.SPNG": "well", "H.STM": "river", "H.STMI": "river", "H.SWMP": "swamp",
    "H.WAD": "river", "H.WLL": "well", "H.WLLS": "well", "H.WTRH": "well",
    "T.HLL": "hill", "T.HLLS": "hill", "T.ISL": "island", "T.MT": "hill", "T.MTS": "mountains",
    "T.PASS": "pass", "T.PK": "hill",
    "R.RDJCT": "junction", "V.FRST": "forest",
}  # fmt: skip
_HISTORICAL = "P.PPLH"
# In dumps, names in small letters alone were spelt out of another script by machine ("mmbasa"),
# and three or four capitals are codes of airports and stations.
_CODE = re.compile(r"[A-Z]{3,4}|[^A-Z]*", re.ASCII)
# "Tana River County" is called Tana River where a text names a village in it.
_WORD_OF_AREAS = re.compile(r"(?<=.) (county|state|region|province|district|department)$", re.I)


def from_geonames(text: str, country: str) -> Iterator[Found]:
    """Places of the country; kinds of things that nobody names in a text are left out."""
    names: dict[str, str] = {}
    read: list[Found] = []
    for line, raw in enumerate(io.StringIO(text, newline="\n"), 1):
        if not raw.strip():
            continue
        try:
            row = _row(raw)
            read.append(_entry(line, row, country))
            _remember_area(row, country, names)
        except ValueError as wrong:
            read.append(BadRow(line, f"line {line}: {wrong}"))
    for found in read:
        yield _with_parents(found, names) if isinstance(found, Entry) else found


def _row(raw: str) -> dict[str, str]:
    cells = raw.rstrip("\r\n").split("\t")
    if len(cells) != len(_COLUMNS):
        raise ValueError(f"has {len(cells)} columns, a GeoNames dump has {len(_COLUMNS)}")
    return dict(zip(_COLUMNS, cells, strict=True))


def _entry(line: int, row: Mapping[str, str], country: str) -> Found:
    theirs = row["country code"].upper()
    if country and theirs != country:
        return Skipped(f"of {theirs or 'no country'}")
    kind = _kind(row)
    if kind is None:
        return Skipped(f"{row['class']}.{row['code']}")
    name = name_of(row, "name")
    region, county = row["admin1"], f"{row['admin1']}.{row['admin2']}"
    return Entry(
        line,
        name,
        degrees_of(row, "latitude", 90),
        degrees_of(row, "longitude", 180),
        kind,
        region="" if kind == "region" else region,
        county="" if kind in ("region", "county") or not row["admin2"] else county,
        population=whole_number_of(row, "population", "people"),
        aliases=_aliases(name, row),
        source_id=text_of(row, "geonameid"),
        extent_m=EXTENT_M.get(kind, 0),
    )


def _kind(row: Mapping[str, str]) -> str | None:
    """Our word for it, None for what nobody names in a text."""
    feature = f"{row['class']}.{row['code']}"
    if feature in _KINDS or row["class"] != "P" or feature == _HISTORICAL:
        return _KINDS.get(feature)
    if row["code"] in _SEATS or whole_number_of(row, "population", "people") >= _TOWN_FROM:
        return "town"
    return "locality"


def _aliases(name: str, row: Mapping[str, str]) -> tuple[str, ...]:
    others = plain_names((row["asciiname"], *row["alternatenames"].split(",")))
    return useful_aliases(name, (o for o in others if not (o.isascii() and _CODE.fullmatch(o))))


def _remember_area(row: Mapping[str, str], country: str, names: dict[str, str]) -> None:
    if country and row["country code"].upper() != country:
        return
    if row["class"] == "A" and row["code"] in ("ADM1", "ADM2"):
        code = row["admin1"] if row["code"] == "ADM1" else f"{row['admin1']}.{row['admin2']}"
        names[code] = _WORD_OF_AREAS.sub("", text_of(row, "name"))


def _with_parents(entry: Entry, names: Mapping[str, str]) -> Entry:
    region, county = names.get(entry.region, ""), names.get(entry.county, "")
    return replace(entry, region=region, county=county)
