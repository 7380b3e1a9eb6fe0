"""Requests as Twilio makes them, signed by the official library."""

import uuid
from typing import Any

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

TOKEN = "twilio-test-token"
PUBLIC_URL = "https://gateway.example.org"
TWILIO_ENV = {
    "GATEWAY_PUBLIC_URL": PUBLIC_URL,
    "GATEWAY_PROVIDERS__TWILIO__AUTH_TOKEN": TOKEN,
    "GATEWAY_PROVIDERS__TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "GATEWAY_PROVIDERS__TWILIO__SENDER_ID": "+15005550006",
    "GATEWAY_PROVIDERS__TWILIO__RATE_PER_SECOND": "1000",
}


def inbound_form(
    text: str, sender: str = "+254700000123", sid: str | None = None
) -> dict[str, str]:
    """The fields of a message from a person."""
    sid = sid or f"SM{uuid.uuid4().hex}"
    return {
        "ToCountry": "KE", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "", "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "",
        "Body": text, "FromCountry": "KE", "To": "+15005550006", "ToZip": "", "NumSegments": "1",
        "MessageSid": sid, "AccountSid": "AC" + "0" * 32, "From": sender,
        "ApiVersion": "2010-04-01",
    }  # fmt: skip


def signature(path: str, form: dict[str, str], token: str = TOKEN) -> str:
    """What Twilio would put into X-Twilio-Signature."""
    return str(RequestValidator(token).compute_signature(PUBLIC_URL + path, form))


def post_signed(
    client: FlaskClient, path: str, form: dict[str, str], **changes: Any
) -> TestResponse:
    """Posts a form with its right signature, unless `headers` say otherwise."""
    headers = changes.pop("headers", {"X-Twilio-Signature": signature(path, form)})
    return client.post(path, data=form, headers=headers, **changes)
