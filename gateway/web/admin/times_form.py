"""The times in the form of a draft: until when it holds, from when, how often again."""

from datetime import datetime

from flask import request

from gateway.terms.refusals import Refused
from gateway.web.formats import read_local_field
from gateway.web.forms import optional_number


def expiry() -> datetime:
    """Until when it holds."""
    expires_at = read_local_field(request.form.get("expires", ""))
    if expires_at is None:
        raise Refused("Give the day and the hour until which the warning holds.")
    return expires_at


def start() -> datetime | None:
    """From when; None is at once."""
    text = request.form.get("starts", "").strip()
    starts_at = read_local_field(text)
    if text and starts_at is None:
        raise Refused("The start is no day and hour. Leave it empty to start at once.")
    return starts_at


def repeat() -> int | None:
    """Minutes between two copies; None is never."""
    text = request.form.get("repeat", "").strip()
    minutes = optional_number("repeat")
    if text and minutes is None:
        raise Refused("Give the minutes between two copies as a number, or leave it empty.")
    return minutes
