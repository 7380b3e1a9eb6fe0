"""The weights by which places are judged, read from config/places.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache

from gateway.plumbing.resources import config_file


@cache
def place_weights() -> Mapping[str, float]:
    """What each mark adds to the strength of reading a name as a place; one dict is shared."""
    with config_file("places.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {**tables["measured"], **tables["set"]}
