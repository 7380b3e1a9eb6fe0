"""OpenStreetMap's tags in our words: https://wiki.openstreetmap.org/wiki/Map_features."""

import re
from collections.abc import Mapping
from typing import Any

_KINDS = {
    "place": {
        "city": "town", "town": "town", "village": "village", "hamlet": "village",
        "isolated_dwelling": "village", "farm": "farm", "allotments": "village",
        "suburb": "neighbourhood", "neighbourhood": "neighbourhood", "quarter": "neighbourhood",
        "borough": "borough", "city_block": "neighbourhood", "locality": "locality",
        "island": "island", "islet": "island", "municipality": "localadmin", "county": "county",
        "district": "district", "province": "province", "region": "region", "state": "region",
    },
    "amenity": {
        "hospital": "health site", "clinic": "health site", "doctors": "health site",
        "health_post": "health site", "dispensary": "health site", "school": "school",
        "college": "school", "university": "school", "marketplace": "market", "police": "police",
        "place_of_worship": "church", "refugee_site": "camp", "ferry_terminal": "ferry",
        "bus_station": "station", "townhall": "office", "community_centre": "office",
        "border_control": "border post",
    },
    "healthcare": {},
    "social_facility": {"refugee_site": "camp", "refugee_camp": "camp"},
    "admin_level": {
        "3": "region", "4": "region", "5": "county", "6": "county", "7": "district",
        "8": "localadmin", "9": "ward", "10": "ward",
    },
    "barrier": {"border_control": "border post", "toll_booth": "junction"},
    "man_made": {"bridge": "bridge", "water_well": "well", "borehole": "well"},
    "bridge": {"yes": "bridge"},
    "ford": {"yes": "ford"},
    "aeroway": {"aerodrome": "airport", "airstrip": "airfield"},
    "railway": {"station": "station", "halt": "station"},
    "waterway": {"river": "river", "stream": "river", "wadi": "river", "dam": "dam",
                 "waterfall": "falls"},
    "natural": {"water": "lake", "wetland": "swamp", "peak": "hill", "hill": "hill",
                "spring": "well", "wood": "forest", "mountain_range": "mountains"},
    "landuse": {"forest": "forest", "farm": "farm", "military": "barracks",
                "residential": "locality", "quarry": "mine"},
    "military": {"barracks": "barracks", "base": "barracks", "checkpoint": "border post"},
    "leisure": {"nature_reserve": "park", "park": "park"},
    "boundary": {"national_park": "park", "protected_area": "park"},
    # What carries only one of these is named in no text.
    "building": {}, "craft": {}, "highway": {}, "historic": {}, "office": {}, "power": {},
    "shop": {}, "tourism": {},
}  # fmt: skip
_MOSQUE = {"muslim", "islam"}
_NAMES = ("alt_name", "loc_name", "local_name", "official_name", "short_name", "old_name",
          "int_name", "reg_name", "nat_name")  # fmt: skip
_IN_A_LANGUAGE = re.compile(r"(?:alt_|old_)?name:[a-z]{2,3}(?:-[a-z]{4})?", re.I)


def osm_kind(tags: Mapping[str, Any]) -> str | None:
    """Our word for it, "locality" where no tag tells, None for what nobody names in a text."""
    told = False
    for key, kinds in _KINDS.items():
        value = str(tags.get(key) or "").strip().casefold()
        if value in ("", "no"):
            continue
        told = True
        if key == "healthcare":
            return "health site"
        if value == "place_of_worship" and str(tags.get("religion")).casefold() in _MOSQUE:
            return "mosque"
        if value in kinds:
            return kinds[value]
    return None if told else "locality"


def osm_aliases(tags: Mapping[str, Any]) -> list[str]:
    """Other names, in their own languages too ("name:sw"); several in one tag stand by ";"."""
    found = [str(tags[key]) for key in _NAMES if tags.get(key)]
    found += [str(value) for key, value in tags.items() if value and _IN_A_LANGUAGE.fullmatch(key)]
    return [name for names in found for name in names.split(";")]
