"""httpSMS: a phone of our own that sends and receives through api.httpsms.com.

https://docs.httpsms.com/webhooks/introduction
https://docs.httpsms.com/webhooks/events
https://api.httpsms.com/index.html

Options: ``api_key`` (of its settings page), ``signature_secret`` or ``secret`` (the webhook's
signing key; it signs only when there is one). ``sender_id``: the phone's number in E.164.
``base_url``: another server's address, with /v1 where it has that.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    HandoverUnknown,
    InboundSms,
    Limits,
    Misconfigured,
    NotAuthentic,
    Outgoing,
    Provider,
    ProviderConfig,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, signing_key
from gateway.providers.reading import as_object, claims_of, inner, json_object, word
from gateway.providers.talking import answered, named, post_json, records, refused, root
from gateway.providers.wire import Wire

API = "https://api.httpsms.com/v1"
ISSUER = "api.httpsms.com"
TEXT_LIMIT = 2048  # characters, beyond which it answers 422
LOOK_UP_LIMIT = 20  # messages with one recipient that it shows

RECEIVED = "message.phone.received"

# What its app says of a message it could not send. True: it may get through later, or by another
# phone.
FAILURES: Mapping[str, bool] = {
    "GENERIC_FAILURE": True,  # most often: no airtime left on the SIM
    "NO_SERVICE": True,  # no network
    "RADIO_OFF": True,  # flight mode
    "NULL_PDU": False,  # Android could make no SMS of it
    "UNKNOWN": True,  # any other result of Android
    "EXPIRED": True,  # ours: the phone did not fetch it in time
    "OTHER": False,  # ours: a sentence we do not know; it may quote a number, so it is not kept
}
# The field that it finds wrong (422), and what that means.
FAULTY: Mapping[str, type[SendError]] = {
    "from": Misconfigured,  # not a phone of this account
    "to": BadRecipient,
    "content": Rejected,  # empty or too long
    "request_id": Rejected,
}


class HttpSms(Provider):
    """One phone of one account."""

    type: ClassVar[str] = "httpsms"
    ONE_DOOR: ClassVar[bool] = True
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=1.0, per_half_hour=30)
    STATES: ClassVar[Mapping[str, str | None]] = {
        "message.api.sent": "submitted",  # it waits for the phone
        "message.phone.sending": "submitted",  # the phone has fetched it
        "message.phone.sent": "submitted",  # the operator has it
        "message.phone.delivered": "delivered",  # the handset has it
        "message.send.failed": "failed",  # the phone could not send it; see error_message
        "message.send.expired": "failed",  # the phone did not fetch it in time; see is_final
        RECEIVED: None,  # a message for us
        "message.call.missed": None,  # somebody rang
        "phone.heartbeat.offline": None,  # the phone is gone
        "phone.heartbeat.online": None,
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._key = signing_key(config)
        self._owner = config.sender_id
        self._headers = {"x-api-key": config.options["api_key"], "Accept": "application/json"}
        self._url = root(config, API)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "api_key", "signature_secret or secret", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        event = self._event(request)
        data = _data(event)
        # An encrypted text is of no use to us: the app's encryption must stay off.
        if event.get("type") != RECEIVED or data.get("encrypted") is True:
            return []
        sender = word(data.get("contact"))
        message_id = word(data.get("message_id")) or word(event.get("id"))
        for name, value in (("contact", sender), ("message_id", message_id)):
            if not value:
                raise Unreadable(f"{name} is missing")
        files = data.get("attachments")
        return [
            InboundSms(
                provider_id=message_id,
                sender=sender,
                recipient=word(data.get("owner")),
                text=word(data.get("content")),
                media=len(files) if isinstance(files, list) else 0,
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        event = self._event(request)
        kind, data = word(event.get("type")), _data(event)
        state = self.STATES.get(kind)
        if state is None:
            return []
        provider_id = word(data.get("id")) or word(data.get("message_id"))
        reference = word(data.get("request_id"))
        if not (provider_id or reference):
            raise Unreadable("id is missing")
        if kind == "message.send.expired" and data.get("is_final") is False:
            state = "submitted"  # it asks the phone once more
        code = _code(kind, word(data.get("error_message"))) if state == "failed" else None
        return [
            Receipt(
                provider_id=provider_id,
                status=kind,
                state=state,
                reference=reference or None,
                error_code=code,
                transient=FAILURES.get(code or "", False),
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        """Anything below 400 within five seconds; it tries twice."""
        return Acknowledgement(200, "application/json", "{}")

    def send(self, sms: Outgoing) -> Submission:
        if not 0 < len(sms.text) <= TEXT_LIMIT:
            raise Rejected("text-length")
        wanted = {
            "from": self._owner,
            "to": sms.to,
            "content": sms.text,
            "request_id": sms.reference,
        }
        url = f"{self._url}/messages/send"
        answer = post_json(self._wire, url, wanted, headers=self._headers)
        return named(inner(answer, "data", "id"))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Find our reference among the messages with this person, the newest first."""
        params = {"owner": self._owner, "contact": sms.to, "limit": LOOK_UP_LIMIT}
        answer = self._wire.request(
            "GET", f"{self._url}/messages", params=params, headers=self._headers
        )
        found = records(answered(answer), "data")
        for one in found:
            if one.get("request_id") == sms.reference:
                return named(one.get("id"))
        if len(found) >= LOOK_UP_LIMIT and not _is_older(found[-1], since):
            raise HandoverUnknown("more-than-looked-up")
        return None

    def _event(self, request: WebhookRequest) -> dict[str, Any]:
        """The token names our address and a time, but does not cover the body."""
        token = request.header("Authorization").removeprefix("Bearer ").strip()
        if not _holds(claims_of(token, self._key), request):
            raise NotAuthentic
        return json_object(request.body)


def _holds(claims: Mapping[str, Any], request: WebhookRequest) -> bool:
    audience = claims.get("aud")
    addresses = audience if isinstance(audience, list) else [audience]
    now, expires, begins = request.received_at.timestamp(), claims.get("exp"), claims.get("nbf", 0)
    return (
        claims.get("iss") == ISSUER
        and request.url in addresses
        and isinstance(expires, int | float)
        and isinstance(begins, int | float)
        and begins <= now <= expires  # ten minutes either way, so clocks may differ
    )


def _data(event: Mapping[str, Any]) -> Mapping[str, Any]:
    data = event.get("data")
    return data if isinstance(data, dict) else {}


def _code(kind: str, said: str) -> str:
    if kind == "message.send.expired":
        return "EXPIRED"
    return said if re.fullmatch(r"[A-Z_]{3,40}", said) else "OTHER"


def _is_older(message: Mapping[str, Any], since: datetime) -> bool:
    try:
        made = datetime.fromisoformat(word(message.get("created_at")))
    except ValueError:
        return False
    return made.tzinfo is not None and made < since - timedelta(minutes=5)


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    """A 422 names the fields at fault. A 500 may come after the message was stored."""
    faulty = inner(as_object(body), "data")
    shown = f"http-{status}"
    if status == 422 and isinstance(faulty, dict):
        for name, kind in FAULTY.items():
            if name in faulty:
                return kind(f"{shown}-{name}")
    if status == 402:  # its plan allows no more messages this month
        return Misconfigured(shown)
    if status >= 500 and status != 503:
        return HandoverUnknown(shown)
    is_theirs = re.match(r'\s*\{.*"status"', body, re.DOTALL) is not None
    return refused(status, body, retry_after_s, is_theirs=is_theirs)
