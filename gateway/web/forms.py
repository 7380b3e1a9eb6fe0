"""Reads what forms and addresses carry; what cannot be read is refused in plain words."""

from typing import Any

from flask import request
from werkzeug.routing import IntegerConverter, Map

from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from gateway.terms.saying import N_, Said

LARGEST = 2**53  # row numbers stay far below; a database refuses what is above 2**63
LONGEST_REASON = 2000


class RowNumber(IntegerConverter):
    """`<int:…>` in our addresses: a number that a database can hold, else there is no page."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST, **options})


def page_number() -> int:
    """Which page of a list, from 1."""
    return request.args.get("page", 1, type=int)


def asked_number(name: str) -> int | None:
    """A row number from the address, or None when it is none."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 <= value <= LARGEST else None


def chosen(name: str, allowed: tuple[str, ...] | list[str], otherwise: str = "") -> str:
    """A filter from the address, or the default when it is none of the allowed."""
    value = request.args.get(name, otherwise)
    return value if value in allowed else otherwise


def reason() -> str:
    """Why, in the person's own words."""
    words = request.form.get("reason", "").strip()
    if not words:
        raise Refused("Say why, in a few words: the next coordinator will need it.")
    return words[:LONGEST_REASON]


def number(name: str) -> int:
    """A whole number that the form must hold."""
    value = optional_number(name)
    if value is None:
        raise Refused("Something is missing in this form. Reload the page and try again.")
    return value


def optional_number(name: str) -> int | None:
    """A whole number, or None when the field is empty or no number the database can hold."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def numbers(name: str) -> list[int]:
    """What was ticked; what is no number that the database can hold is left out."""
    texts = request.form.getlist(name)
    return [int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 16]


def decimal(name: str, label: str) -> float | None:
    """A number with a point or a comma; None when the field is empty."""
    text = request.form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused("%(label)s is not a number.", label=Said(label)) from None


def position() -> Position | None:
    """Latitude and longitude, both or neither."""
    lat, lon = decimal("lat", N_("The latitude")), decimal("lon", N_("The longitude"))
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise Refused("Give both latitude and longitude, or neither.")
    try:
        return Position(lat, lon)
    except ValueError:
        raise Refused(
            "That is no point on the earth: latitude -90 to 90, longitude -180 to 180."
        ) from None
