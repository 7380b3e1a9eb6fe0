"""What we say to companies and hear from them: addresses, numbers, lifetimes, answers, refusals."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import phonenumbers
import requests

from gateway.providers.errors import HandoverUnknown, Rejected, SendError, Throttled
from gateway.providers.reading import as_object, word
from gateway.providers.values import Balance, Outgoing, ProviderConfig, Submission
from gateway.providers.wire import Wire, kind_of_status

MOST_LETTERS = 64 * 1024  # of an answer that is read as a text


def root(config: ProviderConfig, usual: str) -> str:
    """The company's address, or the stand-in's, without a slash at its end."""
    return (config.base_url or usual).rstrip("/")


def rebased(url: str, config: ProviderConfig) -> str:
    """A whole address of the company, or the same path and query at the account's ``base_url``."""
    if not (url and config.base_url):
        return url
    _, _, rest = url.partition("://")
    host = urlsplit(url.partition("{{")[0]).netloc  # a template may go on with its places
    return config.base_url.rstrip("/") + rest.removeprefix(host)


def keyed(url: str | None, config: ProviderConfig) -> str:
    """Our receipt door with the secret that `reading.check_secret` wants; empty where none is."""
    secret = config.options.get("webhook_secret", "")
    if not (url and secret):
        return url or ""
    return f"{url}{'&' if '?' in url else '?'}key={quote(secret, safe='')}"


def without_plus(number: str) -> str:
    """An E.164 number as most companies want it."""
    return number.removeprefix("+")


def national(number: str) -> str | None:
    """The national number of an E.164 number, without the 0 before it; None where it has none."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def check_expiry(sms: Outgoing, now: datetime) -> None:
    """Raises Rejected for a message that is over: with any lifetime it would come too late."""
    if sms.expires_at is not None and sms.expires_at <= now:
        raise Rejected("expired")


def seconds_to_live(sms: Outgoing, now: datetime, least: int, most: int) -> int | None:
    """Whole seconds until it expires, within what the company takes; None where it never does.

    Raises Rejected when it is over.
    """
    check_expiry(sms, now)
    if sms.expires_at is None:
        return None
    return min(max(int((sms.expires_at - now).total_seconds()), least), most)


def post_json(
    wire: Wire,
    url: str,
    document: Mapping[str, object],
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Sends JSON and returns the object that came back; raises a SendError."""
    given = {"Accept": "application/json", **(headers or {})}
    return answered(wire.request("POST", url, document=document, headers=given, auth=auth))


def answered(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of a yes; HandoverUnknown where nobody can read it."""
    found = as_object(answer.content)  # JSON is UTF-8; no library need guess
    if found is None:
        raise HandoverUnknown("unreadable-answer")
    return found


def records(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects under this name; HandoverUnknown where there is none."""
    found = document.get(name)
    if not isinstance(found, list):
        raise HandoverUnknown("unreadable-answer")
    return [one for one in found if isinstance(one, dict)]


def text_of(answer: requests.Response) -> str:
    """The beginning of an answer, whatever it claims about its letters."""
    return answer.content[: 4 * MOST_LETTERS].decode("utf-8", "replace")[:MOST_LETTERS]


def named(name: object, cost: float | None = None) -> Submission:
    """A message that the company took under this name; HandoverUnknown where it gave none."""
    found = word(name)
    if not found:
        raise HandoverUnknown("no-id")
    return Submission(found, cost)


def amount(given: object) -> float | None:
    """Money as companies write it: a number, or a number in a text."""
    try:
        found = float(word(given) or math.nan)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def balance_of(given: object, currency: object) -> Balance:
    """A balance as a company tells it; HandoverUnknown where it is no number."""
    found = amount(given)
    if found is None:
        raise HandoverUnknown("unreadable-answer")
    return Balance(found, word(currency))


def refused(
    status: int,
    body: str,
    retry_after_s: float | None,
    *,
    kind: type[SendError] | None = None,
    code: str = "",
    is_theirs: bool | None = None,
) -> SendError:
    """The error of a no: `kind` where the company's code told it, else by status and speaker.

    A page, or nothing, is no company's word unless ``is_theirs`` says so.
    """
    if is_theirs is None:
        is_theirs = bool(body.strip()) and not body.lstrip().startswith("<")
    kind = kind or kind_of_status(status, is_theirs)
    said = shown(code, f"http-{status}")
    return Throttled(said, retry_after_s) if kind is Throttled else kind(said)


def shown(code: str, otherwise: str) -> str:
    """The company's own code, unless it may hold a number or a text of a person."""
    short = re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", code) and not re.search(r"[0-9]{6}", code)
    return code if short else otherwise


def is_page(body: str) -> bool:
    """A page for people: of a portal or a proxy, hardly of a machine that sends SMS."""
    return body[:200].lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype html", "<html"))
