"""GeoJSON (RFC 7946): features with plain properties, or with OpenStreetMap's tags as exported."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.understanding.aliases import useful_aliases
from gateway.understanding.entries import Entry
from gateway.understanding.sources.landmarks import EXTENT_M
from gateway.understanding.sources.osm import osm_aliases, osm_kind
from gateway.understanding.sources.outlines import Outline, outline_of
from gateway.understanding.sources.rows import (
    BadRow,
    Found,
    NotAList,
    Skipped,
    clean,
    name_of,
    plain_names,
    text_of,
    whole_number_of,
)
from gateway.understanding.sources.shapes import Spot, spot_of

_LEAST_EXTENT_M = 300  # a building's outline is more exact than what people mean by its name
_PARTS = re.compile(r"[|;]")


def from_geojson(text: str, _country: str) -> Iterator[Found | Outline]:
    """A feature a place, and of polygons the outline too; places without a name are left out.

    Bad features are numbered from 1.
    """
    for number, feature in enumerate(_features(text), 1):
        try:
            tags = _tags(feature)
            yield _entry(number, feature, tags)
            outline = outline_of(number, feature.get("geometry"), tags)
            if outline is not None:
                yield outline
        except ValueError as wrong:
            yield BadRow(number, f"feature {number}: {wrong}")


def _features(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except RecursionError:
        raise NotAList("is nested too deeply for GeoJSON of places") from None
    except ValueError as error:
        raise NotAList(f"is not JSON: {error}") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("features"), list):
        raise NotAList("is no GeoJSON FeatureCollection")
    features: list[Any] = whole["features"]
    return features


def _tags(feature: Any) -> dict[str, Any]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise ValueError("is no Feature with properties")
    return {str(key).strip().casefold(): value for key, value in _properties(feature).items()}


def _entry(number: int, feature: Mapping[str, Any], tags: Mapping[str, Any]) -> Found:
    if not clean(tags.get("name")):
        return Skipped("without a name")
    kind = text_of(tags, "kind")[:64] or text_of(tags, "placetype")[:64] or osm_kind(tags)
    if kind is None:
        return Skipped("of a kind nobody names in a text")
    spot = spot_of(feature.get("geometry"))
    name = name_of(tags, "name")
    return Entry(
        number,
        name,
        spot.lat,
        spot.lon,
        kind,
        region=text_of(tags, "region"),
        county=text_of(tags, "county"),
        population=whole_number_of(tags, "population", "people"),
        aliases=_aliases(name, tags),
        source_id=_id(feature, tags),
        extent_m=_extent(spot, kind),
    )


def _extent(spot: Spot, kind: str) -> int:
    if spot.extent_m:
        return max(spot.extent_m, _LEAST_EXTENT_M)
    return EXTENT_M.get(kind, 0)


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties, with OpenStreetMap's tags where an export keeps them one level deeper."""
    properties: Mapping[str, Any] = feature.get("properties") or {}
    tags = properties.get("tags")
    return {**tags, **properties} if isinstance(tags, dict) else properties


def _aliases(name: str, tags: Mapping[str, Any]) -> tuple[str, ...]:
    listed = tags.get("alt_names") or ()
    own = listed if isinstance(listed, list) else _PARTS.split(str(listed))
    # One by one: each was written down for this very place, so none is an encyclopedia's.
    others = [alias for other in osm_aliases(tags) for alias in useful_aliases(name, [other])]
    known = plain_names([name])
    return tuple(alias for alias in plain_names([*own, *others]) if alias not in known)


def _id(feature: Mapping[str, Any], tags: Mapping[str, Any]) -> str:
    for value in (
        feature.get("id"),
        *(tags.get(key) for key in ("id", "@id", "osm_id", "full_id")),
    ):
        if isinstance(value, str | int) and not isinstance(value, bool) and clean(value):
            return text_of({"id": value}, "id")[:200]
    return ""
