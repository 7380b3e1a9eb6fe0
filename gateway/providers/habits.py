"""What many companies have in common: numbers without their plus, lifetimes, JSON answers."""

import json
import re
from typing import Any

import requests

from gateway.providers.errors import HandoverUnknown, Rejected
from gateway.providers.values import Outgoing


def with_plus(number: str) -> str:
    """An international number as E.164 where the company leaves the plus out.

    Short codes and names stay as they are.
    """
    return f"+{number}" if re.fullmatch(r"[1-9][0-9]{7,14}", number) else number


def seconds_to_live(sms: Outgoing, now_s: float, least: int, most: int) -> int | None:
    """Whole seconds from ``now_s`` (UNIX time) until it expires, within what the company allows.

    None where it never expires. Raises Rejected when it has expired: sent with the company's
    shortest lifetime, it would still arrive too late.
    """
    if sms.expires_at is None:
        return None
    left = int(sms.expires_at.timestamp() - now_s)
    if left <= 0:
        raise Rejected("expired")
    return max(least, min(left, most))


def answered_object(answer: requests.Response) -> dict[str, Any]:
    """The JSON object that a company answered with a yes; raises HandoverUnknown."""
    found = as_object(answer.text)
    if found is None:
        raise HandoverUnknown("unreadable-answer")
    return found


def as_object(text: str) -> dict[str, Any] | None:
    """The JSON object of a text, or None."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def inner(value: object, *path: str | int) -> Any:
    """What lies at the end of a path of names and places in lists, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value
