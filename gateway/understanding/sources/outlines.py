"""Which features of GeoJSON are borders: level and name by the properties of known sources."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.understanding.sources.rows import clean
from gateway.understanding.sources.shapes import Pair, outer_rings

COUNTRY, REGION, COUNTY, WARD = range(4)
LEVELS = (COUNTRY, REGION, COUNTY, WARD)
_OSM = (COUNTRY, COUNTRY, COUNTRY, REGION, REGION, COUNTY, COUNTY)  # admin_level 0 to 6
_PLACETYPES = {
    "country": COUNTRY, "dependency": COUNTRY, "macroregion": REGION, "region": REGION,
    "macrocounty": REGION, "county": COUNTY, "localadmin": WARD, "ward": WARD,
    "state": REGION, "province": REGION, "district": COUNTY,
}  # fmt: skip
_ADM = re.compile(r"adm(?:in)?[ _]?([0-5])")  # geoBoundaries' shapeType: ADM1
# Columns that stand once a level, the innermost of which is the feature's own.
_NUMBERED = re.compile(r"(?:adm|gid_|name_|shapename_adm)([0-5])(?:_[a-z]+)?")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Outline:
    """The outer rings of a feature; `level` is None where its properties tell none."""

    number: int  # of the feature, from 1
    name: str
    level: int | None
    rings: Sequence[Sequence[Pair]]


def outline_of(number: int, geometry: Any, tags: Mapping[str, Any]) -> Outline | None:
    """None for what is no polygon; raises ValueError that says what is wrong with its shape.

    `tags` are the properties by their names in small letters.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return None
    level = level_of(tags)
    try:
        rings = outer_rings(geometry)
    except ValueError:
        if level is None:  # a building, or a field
            return None
        raise
    return Outline(number, _name(tags), level, rings)


def level_of(tags: Mapping[str, Any]) -> int | None:
    """By OpenStreetMap's admin_level, a placetype, geoBoundaries' shapeType, numbered columns."""
    osm = clean(tags.get("admin_level"))
    if osm.isascii() and osm.isdecimal():
        return _OSM[int(osm)] if int(osm) < len(_OSM) else WARD
    for key in ("placetype", "kind", "shapetype", "type", "engtype", "level"):
        word = clean(tags.get(key)).casefold()
        if word in _PLACETYPES:
            return _PLACETYPES[word]
        if found := _ADM.fullmatch(word):
            return min(int(found[1]), WARD)
    numbered = _innermost(tags)
    return None if numbered is None else min(numbered, WARD)


def _innermost(tags: Mapping[str, Any]) -> int | None:
    found = [
        int(match[1])
        for key, value in tags.items()
        if (match := _NUMBERED.fullmatch(key)) and clean(value)
    ]
    return max(found, default=None)


def _name(tags: Mapping[str, Any]) -> str:
    level = _innermost(tags)
    own = (f"adm{level}_en", f"adm{level}_fr", f"adm{level}_name", f"name_{level}")
    for key in ("name", "shapename", *own):
        name = clean(tags.get(key))
        if name:
            return name[:_LONGEST_NAME] if name.isprintable() else ""
    return ""
