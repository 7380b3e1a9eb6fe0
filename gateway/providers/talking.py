"""What the files of companies that speak JSON would otherwise repeat."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from gateway.providers.errors import HandoverUnknown, Rejected, SendError, Throttled
from gateway.providers.values import Balance, Outgoing, ProviderConfig
from gateway.providers.wire import Wire, kind_of_status


def post(
    wire: Wire,
    url: str,
    document: Mapping[str, object],
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Sends JSON and returns the object that came back; raises a SendError."""
    try:
        # Not as \\ud83d: half a pair is refused here, rather than charged and shown as a box.
        body = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        body = None
    if body is None:
        raise Rejected("unusable-text")
    given = {"Content-Type": "application/json", "Accept": "application/json"}
    return said(
        wire.request("POST", url, data=body, headers={**given, **(headers or {})}, auth=auth)
    )


def said(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of a yes; HandoverUnknown where nobody can read it."""
    document = document_of(answer.content)  # JSON is UTF-8; no library need guess
    if document is None:
        raise HandoverUnknown("unreadable-answer")
    return document


def document_of(body: str | bytes) -> dict[str, Any] | None:
    """The JSON object in a text, if it is one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def records(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects under this name; HandoverUnknown where there is none."""
    found = document.get(name)
    if not isinstance(found, list):
        raise HandoverUnknown("unreadable-answer")
    return [one for one in found if isinstance(one, dict)]


def refused(
    kind: type[SendError] | None, code: str, status: int, body: str, retry_after_s: float | None
) -> SendError:
    """The error of a no: `kind` where the company's code told it, else by status and speaker."""
    kind = kind or kind_of_status(status, is_theirs=_is_plain(body))
    shown = code if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", code) else f"http-{status}"
    return Throttled(shown, retry_after_s) if kind is Throttled else kind(shown)


def money(amount: object, currency: object) -> Balance:
    """A balance as a company writes it: a number, or a number in a text."""
    try:
        value = float(amount) if isinstance(amount, str | int | float) else math.nan
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise HandoverUnknown("unreadable-answer")
    return Balance(value, currency if isinstance(currency, str) else "")


def root(config: ProviderConfig, usual: str) -> str:
    """The company's address, or the stand-in's, without a slash at its end."""
    return (config.base_url or usual).rstrip("/")


def plain(number: str) -> str:
    """An E.164 number as most companies want it: without its plus."""
    return number.removeprefix("+")


def with_plus(number: str) -> str:
    """An international number as E.164 where the company leaves the plus out.

    Short codes and names stay as they are.
    """
    return f"+{number}" if re.fullmatch(r"[1-9][0-9]{7,14}", number) else number


def keyed(url: str, config: ProviderConfig) -> str:
    """The receipt address with the secret that `reading.check_secret` asks for, if there is one."""
    secret = config.options.get("webhook_secret", "")
    if not secret:
        return url
    return requests.Request("GET", url, params={"key": secret}).prepare().url or url


def seconds_left(sms: Outgoing, now: datetime, least: int, most: int) -> int | None:
    """How long the company may try, within what it takes; None where that is its own affair.

    Raises Rejected when that is over: given the shortest time, it would still come too late.
    """
    if sms.expires_at is None:
        return None
    left = int((sms.expires_at - now).total_seconds())
    if left <= 0:
        raise Rejected("expired")
    return min(max(left, least), most)


def _is_plain(body: str) -> bool:
    """Whether a company may have said this: proxies and portals answer with pages, or nothing."""
    return bool(body.strip()) and not body.lstrip().startswith("<")
