"""Telnyx: one signed webhook for messages and receipts, messages out as JSON.

https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks
https://developers.telnyx.com/docs/messaging/messages/advanced-opt-in-out
https://developers.telnyx.com/docs/messaging/messages/error-codes
https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks

Options: ``api_key``, ``public_key`` (base64, from the portal: with it Telnyx's signature is
checked), ``messaging_profile_id`` (a pool of numbers, or beside an alphanumeric ``sender_id``).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    Balance,
    HandoverUnknown,
    InboundSms,
    Limits,
    Misconfigured,
    NotAuthentic,
    Outgoing,
    Provider,
    ProviderConfig,
    ProviderDown,
    Receipt,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, wrong
from gateway.providers.reading import as_object, inner, json_object, word
from gateway.providers.talking import amount, answered, balance_of, named, post_json, refused, root
from gateway.providers.wire import Wire

BASE_URL = "https://api.telnyx.com"
TEXT_LIMIT = 1530  # characters in ten parts; beyond them Telnyx answers 40302
TOLERANCE_S = 300  # between Telnyx's clock and ours, also what its own library allows
OPTED_OUT = "40300"

REFUSALS: Mapping[str, type[SendError]] = {
    "10001": BadRecipient,  # inactive number
    "10002": BadRecipient,  # invalid number
    "10003": Misconfigured,  # our webhook address is no URL
    "10004": Rejected,  # a parameter is missing
    "10005": Misconfigured,  # no such resource
    "10006": Misconfigured,  # no such messaging profile
    "10007": ProviderDown,  # unexpected error
    "10008": HandoverUnknown,  # the request timed out on their side
    "10009": Misconfigured,  # authentication failed
    "10010": Misconfigured,  # authorization failed
    "10011": Throttled,  # too many requests
    "10015": Rejected,  # not well-formed
    "10016": BadRecipient,  # not E.164
    "20002": Misconfigured,  # key revoked
    "20006": Misconfigured,  # token expired
    "20012": Misconfigured,  # account inactive
    "20013": Misconfigured,  # account blocked
    "20014": Misconfigured,  # account unverified
    "20015": Misconfigured,  # feature not enabled
    "20016": Misconfigured,  # account must be verified
    "20017": Misconfigured,  # account must be verified
    "20100": Misconfigured,  # no credit
    "40001": BadRecipient,  # a landline, or not routable
    "40002": Rejected,  # taken for spam, for now
    "40003": Misconfigured,  # our sender is taken for spam for ever
    "40004": Rejected,  # by the recipient's operator, which gives no reason
    "40005": Rejected,  # expired on its way
    "40006": ProviderDown,  # the operator's server is down
    "40007": Rejected,  # loop
    "40008": Rejected,  # undeliverable; the operator did not take it
    "40009": Rejected,  # invalid text
    "40010": Misconfigured,  # our number is not registered (10DLC)
    "40011": Throttled,  # the operator's rate
    "40012": BadRecipient,  # the operator knows no such number
    "40013": Misconfigured,  # the operator refuses our sender
    "40014": Throttled,  # waited in the queue past its time
    "40015": Rejected,  # Telnyx's own spam filter
    "40016": Throttled,  # T-Mobile's rate
    "40017": Rejected,  # AT&T takes it for spam
    "40018": Throttled,  # AT&T's rate
    "40019": Misconfigured,  # AT&T: wrong campaign
    "40020": Rejected,  # taken for inflated traffic, for 24 hours
    "40100": Misconfigured,  # our number is not enabled for messages
    "40150": Misconfigured,  # our toll-free number is in no registry
    "40151": Misconfigured,  # another company is enabling our number
    "40155": Misconfigured,  # a letter of authorization is wanted
    OPTED_OUT: RecipientOptedOut,
    "40301": BadRecipient,  # not between these types of number
    "40302": Rejected,  # too many parts
    "40304": Rejected,  # text and media mixed wrongly
    "40305": Misconfigured,  # our sender is not in the profile
    "40306": Misconfigured,  # no alphanumeric sender in the profile
    "40307": Misconfigured,  # another alphanumeric sender in the profile
    "40308": Misconfigured,  # our sender cannot send MMS
    "40309": Misconfigured,  # the country is not allowed in the profile
    "40310": BadRecipient,  # invalid number
    "40311": Misconfigured,  # wrong profile secret
    "40312": Misconfigured,  # profile disabled
    "40313": Misconfigured,  # profile secret missing
    "40314": Misconfigured,  # messaging is off in this account
    "40315": Misconfigured,  # our sender is taken for unhealthy
    "40316": Rejected,  # no text
    "40317": Rejected,  # media
    "40318": Throttled,  # the queue is full
    "40319": BadRecipient,  # not between these types of number
    "40320": ProviderDown,  # our sender is being set up
    "40321": Misconfigured,  # no usable number in the pool
    "40322": Rejected,  # forbidden content
    "40323": Misconfigured,  # our number could not be enabled
    "40325": Misconfigured,  # the alphanumeric sender has a bad shape
    "40328": Rejected,  # too many parts
    "40329": Misconfigured,  # our toll-free number is not verified
    "40330": Misconfigured,  # our toll-free number is not ready
    "40331": Misconfigured,  # the profile allows no country
    "40333": Misconfigured,  # the profile's spending limit is reached
}
# Codes of receipts whose message may get through when it is sent again.
PASSING = frozenset({"40002", "40004", "40005", "40006", "40008"}) | {
    code for code, kind in REFUSALS.items() if kind is Throttled
}
HOPELESS = frozenset(code for code, kind in REFUSALS.items() if kind is BadRecipient)

# Telnyx blocks or unblocks a number itself when a message is nothing but one of these words.
STOP_WORDS = frozenset({"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit"})
START_WORDS = frozenset({"start", "unstop"})


class Telnyx(Provider):
    """One Telnyx account with one sender or messaging profile."""

    type: ClassVar[str] = "telnyx"
    ONE_DOOR: ClassVar[bool] = True
    IDEMPOTENT: ClassVar[bool] = True  # by the header Idempotency-Key
    LIMITS: ClassVar[Limits] = Limits(per_second=1.0)  # beyond 0.1 a long code's messages queue
    STATES: ClassVar[Mapping[str, str | None]] = {
        "queued": "submitted",  # waits for its turn at the sender
        "sending": "submitted",  # on its way to the operator
        "sent": "submitted",  # the operator has it
        "delivery_unconfirmed": "submitted",  # the operator never said
        "delivered": "delivered",
        "read": "delivered",  # opened (RCS, WhatsApp)
        "expired": "failed",  # waited as long as it may
        "sending_failed": "failed",  # Telnyx could not send; see the error
        "delivery_failed": "failed",  # the operator could not deliver; see the error
        "webhook_delivered": None,  # the word for inbound messages says nothing about ours
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._key = _public_key(config)
        self._url = root(config, BASE_URL) + "/v2"
        self._headers = {
            "Authorization": f"Bearer {config.options['api_key']}",
            "Accept": "application/json",
        }
        self._always = {
            name: value
            for name, value in (
                ("from", config.sender_id),
                ("messaging_profile_id", config.options.get("messaging_profile_id", "")),
            )
            if value
        }
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "api_key", "public_key", "messaging_profile_id or sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        event, payload = self._event(request)
        if event != "message.received":
            return []
        sender = word(inner(payload, "from", "phone_number"))
        if not sender:
            raise Unreadable("payload.from.phone_number is missing")
        text, media = word(inner(payload, "text")), inner(payload, "media")
        return [
            InboundSms(
                provider_id=word(inner(payload, "id")),
                sender=sender,
                recipient=word(inner(payload, "to", 0, "phone_number")),
                text=text,
                opt=_answered(word(inner(payload, "autoresponse_type")), text),
                media=len(media) if isinstance(media, list) else 0,
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        event, payload = self._event(request)
        if event not in ("message.sent", "message.finalized"):
            return []
        message_id = word(inner(payload, "id"))
        if not message_id:
            raise Unreadable("payload.id is missing")
        status = word(inner(payload, "to", 0, "status"))
        code = word(inner(payload, "errors", 0, "code"))
        if not status and not code:
            return []
        opted_out = code == OPTED_OUT
        state = "failed" if opted_out else self.STATES.get(status)
        return [
            Receipt(
                provider_id=message_id,
                status=status,
                state=state,
                reference=request.in_query("reference") or None,
                error_code=code or None,
                opted_out=opted_out,
                transient=state == "failed" and (code in PASSING or status == "expired"),
                bad_recipient=code in HOPELESS,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > TEXT_LIMIT:
            raise Rejected("40302")
        wanted = dict(self._always, to=sms.to, text=sms.text)
        if sms.receipt_url:
            wanted["webhook_url"] = sms.receipt_url
        headers = self._headers | {"Idempotency-Key": sms.reference}
        answer = post_json(self._wire, f"{self._url}/messages", wanted, headers=headers)
        data = answer.get("data")
        return named(inner(data, "id"), amount(inner(data, "cost", "amount")))

    def balance(self) -> Balance | None:
        answer = self._wire.request("GET", f"{self._url}/balance", headers=self._headers)
        data = answered(answer).get("data")
        left = inner(data, "available_credit")
        if amount(left) is None:
            left = inner(data, "balance")
        return balance_of(left, inner(data, "currency"))

    def _event(self, request: WebhookRequest) -> tuple[str, dict[str, Any]]:
        """The event's name and payload; for any event but a message's the payload may be empty."""
        if not self._is_genuine(request):
            raise NotAuthentic
        data = json_object(request.body).get("data")
        event, payload = word(inner(data, "event_type")), inner(data, "payload")
        if not event:
            raise Unreadable("data.event_type is missing")
        if not isinstance(payload, dict):
            if event.startswith("message."):
                raise Unreadable("data.payload is missing")
            payload = {}
        return event, payload

    def _is_genuine(self, request: WebhookRequest) -> bool:
        """Ed25519 over time and body, so that neither can be changed nor an old one repeated."""
        given = request.header("telnyx-timestamp")
        if not re.fullmatch(r"[0-9]{1,12}", given):
            return False
        if abs(request.received_at.timestamp() - int(given)) > TOLERANCE_S:
            return False
        try:
            signature = base64.b64decode(request.header("telnyx-signature-ed25519"), validate=True)
            self._key.verify(signature, given.encode() + b"|" + request.body)
        except (InvalidSignature, ValueError):  # binascii.Error and non-ASCII are ValueErrors
            return False
        return True


def _public_key(config: ProviderConfig) -> Ed25519PublicKey:
    try:
        raw = base64.b64decode(config.options["public_key"], validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        raise wrong(config, "public_key is not 32 bytes in base64") from None


def _answered(told: str, text: str) -> str | None:
    """What Telnyx did of itself: it says so, since a profile can have words of its own."""
    if told.lower() in ("stop", "start", "help"):
        return told.lower()
    said = " ".join(text.lower().split())
    if said in STOP_WORDS:
        return "stop"
    return "start" if said in START_WORDS else None


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    document = as_object(body)
    code = word(inner(document, "errors", 0, "code"))
    kind, is_theirs = REFUSALS.get(code), document is not None
    return refused(status, body, retry_after_s, kind=kind, code=code, is_theirs=is_theirs)
