"""Short ways to make accounts and webhooks for the tests of providers."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from gateway.providers.base import Outgoing, ProviderConfig, WebhookRequest
from gateway.providers.twilio import Twilio

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TOKEN = "6789"
URL = "https://alerts.example.org/hooks/twilio/main/inbound"
SID = "SM00000000000000000000000000000001"
INBOUND = {
    "MessageSid": SID,
    "From": "+254700000001",
    "To": "+15005550006",
    "Body": "Mto umefurika",
}


def make_twilio(base_url: str = "", **changes: Any) -> Twilio:
    options = {"account_sid": "AC1", "auth_token": TOKEN} | changes.pop("options", {})
    settings = {"sender_id": "+15005550006", "timeout_s": 2.0} | changes
    return Twilio(ProviderConfig("main", "twilio", base_url=base_url, options=options, **settings))


def make_sms(**changes: Any) -> Outgoing:
    settings = {"to": "+254700000002", "text": "Flood: go uphill now", "reference": "d-1"}
    return Outgoing(**(settings | changes))


def make_request(
    url: str = URL,
    form: dict[str, str] | list[tuple[str, str]] | None = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    received_at: datetime = NOW,
) -> WebhookRequest:
    """A webhook as the web door would hand it in."""
    given = form.items() if isinstance(form, dict) else form or ()
    pairs = tuple((name, value) for name, value in given)
    query = tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    content = urlencode(pairs).encode() if body is None else body
    return WebhookRequest(method, url, headers or {}, query, pairs, content, received_at)


def signed(
    url: str = URL,
    form: dict[str, str] | list[tuple[str, str]] | None = None,
    *,
    token: str = TOKEN,
    sign_url: str | None = None,
    **more: Any,
) -> WebhookRequest:
    """A webhook that Twilio made; ``sign_url`` where it signed another spelling than we see."""
    fields = MultiDict(list(form.items()) if isinstance(form, dict) else form or [])
    signature = RequestValidator(token).compute_signature(sign_url or url, fields)
    return make_request(url, form, headers={"x-twilio-signature": signature}, **more)
