"""Which operator a phone number was first given by, as phonenumbers' tables of prefixes say."""

from functools import cache

import phonenumbers
from phonenumbers import carrier
from phonenumbers.carrierdata import CARRIER_DATA


def operator_of(number: str) -> str:
    """The English name for a number in E.164 ("Safaricom"), empty where none is known.

    People who took their number to another operator are still named after the first.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    return str(carrier.name_for_number(parsed, "en"))


@cache
def operators_of(prefix: str) -> frozenset[str]:
    """The names for all numbers that begin with an international prefix ("+254"; empty: any)."""
    digits = prefix.removeprefix("+")
    return frozenset(
        str(names["en"])
        for block, names in CARRIER_DATA.items()
        if "en" in names and (block.startswith(digits) or digits.startswith(block))
    )
