"""Sinch: messages and receipts in by one signed webhook, messages out by its batches.

https://developers.sinch.com/docs/sms/api-reference/sms/batches
https://developers.sinch.com/docs/sms/api-reference/sms/webhooks
https://developers.sinch.com/docs/sms/api-reference/sms/delivery-reports/delivery-report-error-codes

Options: ``service_plan_id``, ``auth_token`` (the API token of the service plan), ``region`` (us,
the usual, or eu, au, br, ca), ``signature_secret`` or ``secret`` (Sinch signs only where this was
agreed; without it webhooks are believed unsigned, with ``webhook_secret`` in their address if that
is set). A message goes out as a batch of its own, so a batch and its one recipient are the same.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from gateway.plumbing.clock import Clock, system_clock
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
from gateway.providers.options import absent, signing_key, wrong
from gateway.providers.reading import (
    as_object,
    check_secret,
    json_object,
    same,
    with_plus,
    word,
)
from gateway.providers.talking import (
    answered,
    check_expiry,
    keyed,
    named,
    post_json,
    records,
    refused,
    root,
    without_plus,
)
from gateway.providers.wire import Wire

ADDRESS = "https://{region}.sms.api.sinch.com"
HEADER = "X-Sinch-Webhook-Signature"
BODY_LIMIT = 2000  # characters
TOO_LONG = "syntax_constraint_violation"
CLOCK_MARGIN = timedelta(minutes=5)  # Sinch's clock against ours
MESSAGES = frozenset({"mo_text", "mo_binary", "mo_media"})
REPORTS = frozenset(
    {
        "delivery_report_sms",
        "recipient_delivery_report_sms",
        "delivery_report_mms",
        "recipient_delivery_report_mms",
    }
)

# Codes of a refusal.
REFUSALS: Mapping[str, type[SendError]] = {
    "syntax_invalid_json": Rejected,  # not JSON, or not what the API asks for
    "syntax_invalid_parameter_format": Rejected,  # such as a number that is none; `_refusal` asks
    TOO_LONG: Rejected,  # a field too long, too short or missing
    "unknown_group": Misconfigured,  # we send to no groups
    "unknown_campaign": Misconfigured,  # the campaign does not fit our sender
    "missing_callback_url": Misconfigured,  # a receipt was asked for, and no address given
    "unauthorized": Misconfigured,  # the token does not fit the service plan
    "forbidden": Misconfigured,  # our sender or account may not do this
}

# Codes of receipts beside those of SMPP: what each means, and whether it may get through later.
CODES: Mapping[str, tuple[str, bool]] = {
    "400": ("waits at Sinch for our rate", False),
    "401": ("handed to the SMS centre", False),
    "402": ("no route to this number", False),
    "403": ("an error in their house", True),
    "404": ("could not be delivered just now", True),
    "405": ("a parameter without a value; we use none", False),
    "406": ("expired before it reached the SMS centre", True),
    "407": ("called off by us", False),
    "408": ("the SMS centre rejected it", False),
    "410": ("no sender given, and none set up", False),
    "411": ("more parts than we may send", False),
    "412": ("our account may not write to that region", False),
    "413": ("our account is blocked, perhaps out of money", True),
    "414": ("bad media (MMS)", False),
    "415": ("rejected (MMS)", False),
    "416": ("not supported (MMS)", False),
    "417": ("unreachable (MMS)", True),
    "418": ("not recognised (MMS)", False),
}


class Sinch(Provider):
    """One service plan of Sinch with one sender."""

    type: ClassVar[str] = "sinch"
    ONE_DOOR: ClassVar[bool] = True
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=10.0)  # the plan says; what is more queues there
    STATES: ClassVar[Mapping[str, str | None]] = {
        "queued": "submitted",  # waits at Sinch for our rate
        "dispatched": "submitted",  # the SMS centre has it
        "delivered": "delivered",
        "aborted": "failed",  # stopped before it reached the SMS centre; see the code
        "cancelled": "failed",  # called off by us
        "canceled": "failed",  # their older spelling
        "rejected": "failed",  # the SMS centre refused it
        "deleted": "failed",  # the SMS centre dropped it: no such number, or opted out there
        "failed": "failed",
        "expired": "failed",  # its expiry came first
        "unknown": None,  # the SMS centre took it, and says nothing more that can be read
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._clock = clock
        option = config.options.get
        self._config = config
        self._key = signing_key(config)
        region = option("region", "") or "us"
        if not re.fullmatch(r"[a-z]{2}", region):
            raise wrong(config, "region: write its two letters")
        plan = option("service_plan_id", "")
        self._url = f"{root(config, ADDRESS.format(region=region))}/xms/v1/{plan}/batches"
        self._headers = {"Authorization": f"Bearer {option('auth_token', '')}"}
        self._sender = without_plus(config.sender_id)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "service_plan_id", "auth_token", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """Nothing where it is a receipt: both come to the same address."""
        document = self._document(request)
        kind = document["type"]
        if kind not in MESSAGES:
            return []
        for name in ("id", "from"):
            if not word(document.get(name)):
                raise Unreadable(f"{name} is missing")
        body = document.get("body")
        text = body.get("message") if isinstance(body, dict) else body
        return [
            InboundSms(
                provider_id=word(document["id"]),
                sender=with_plus(word(document["from"])),
                recipient=word(document.get("to")),
                text="" if kind == "mo_binary" else word(text),
                media=_attachments(kind, body),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """Nothing where it is a message."""
        document = self._document(request)
        if document["type"] not in REPORTS:
            return []
        reference = word(document.get("client_reference")) or request.in_query("reference")
        batch = word(document.get("batch_id"))
        if not (batch or reference):
            raise Unreadable("batch_id is missing")
        return [
            _receipt(batch, reference or None, word(one["status"]), word(one.get("code")))
            for one in _told(document)
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", "")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > BODY_LIMIT:
            raise Rejected(TOO_LONG)
        check_expiry(sms, self._clock())
        wanted: dict[str, object] = {
            "from": self._sender,
            "to": [without_plus(sms.to)],
            "body": sms.text,
            "client_reference": sms.reference,
        }
        if sms.receipt_url:
            url = sms.receipt_url
            wanted["delivery_report"] = "per_recipient"
            wanted["callback_url"] = url if self._key else keyed(url, self._config)
        if sms.expires_at is not None:
            wanted["expire_at"] = _iso(sms.expires_at)
        answer = post_json(self._wire, self._url, wanted, headers=self._headers)
        return named(answer.get("id"))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Ask for batches of our reference, whose filter Sinch documents."""
        asked = {
            "client_reference": sms.reference,
            "start_date": _iso(since - CLOCK_MARGIN),
            "page_size": 30,
        }
        answer = self._wire.request("GET", self._url, params=asked, headers=self._headers)
        found = records(answered(answer), "batches")
        for one in found:
            if one.get("client_reference") == sms.reference:
                return named(one.get("id"))
        if found:  # not filtered after all
            raise HandoverUnknown("more-than-looked-up")
        return None

    def _document(self, request: WebhookRequest) -> dict[str, Any]:
        self._check_signature(request)
        document = json_object(request.body)
        document["type"] = word(document.get("type"))
        if not document["type"]:
            raise Unreadable("type is missing")
        return document

    def _check_signature(self, request: WebhookRequest) -> None:
        """However old: they try again for a day, and what was read before changes nothing."""
        if not self._key:
            check_secret(request, self._config)
            return
        nonce, moment = request.header(f"{HEADER}-Nonce"), request.header(f"{HEADER}-Timestamp")
        covered = b".".join(
            (request.body, nonce.encode("utf-8", "replace"), moment.encode("utf-8", "replace"))
        )
        made = hmac.digest(self._key.encode(), covered, hashlib.sha256)
        algorithm = request.header(f"{HEADER}-Algorithm") or "HmacSHA256"
        is_known = algorithm.lower() == "hmacsha256" and bool(nonce and moment)
        if not (is_known and same(request.header(HEADER), base64.b64encode(made).decode())):
            raise NotAuthentic


def _told(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The report on a recipient, or those that a summary counts; without a status there is none."""
    statuses = document.get("statuses")
    for one in statuses if isinstance(statuses, list) else [document]:
        if isinstance(one, dict) and word(one.get("status")):
            yield one


def _receipt(batch: str, reference: str | None, status: str, code: str) -> Receipt:
    state = Sinch.STATES.get(status.lower())
    failed = state == "failed"
    return Receipt(
        provider_id=batch,
        status=status,
        state=state,
        reference=reference,
        error_code=code if failed and code != "0" else None,
        transient=failed and CODES.get(code, ("", False))[1],
    )


def _attachments(kind: str, body: object) -> int:
    media = body.get("media") if isinstance(body, dict) else None
    return len(media) if isinstance(media, list) else int(kind != "mo_text")


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    document = as_object(body) or {}
    code, text = word(document.get("code")).lower(), word(document.get("text")).lower()
    kind = None if status == 429 or status >= 500 else REFUSALS.get(code)
    if code == "syntax_invalid_parameter_format" and re.search(r"\bto\b|recipient|msisdn", text):
        kind = BadRecipient
    return refused(status, body, retry_after_s, kind=kind, code=code)
