"""MessageBird (Bird), the classic REST API: signed webhooks in, messages out.

https://developers.messagebird.com/api/sms-messaging/
https://developers.messagebird.com/api/#verifying-http-requests
https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes

Options: ``auth_token`` (the access key), ``secret`` (the signing key of the developer settings;
without it webhooks are believed unsigned, with ``webhook_secret`` in their address if that is set).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from gateway.plumbing.clock import Clock, system_clock
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
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, signing_key
from gateway.providers.reading import (
    as_object,
    check_secret,
    claims_of,
    inner,
    same,
    with_plus,
    word,
)
from gateway.providers.talking import (
    answered,
    balance_of,
    keyed,
    named,
    post_json,
    records,
    refused,
    root,
    seconds_to_live,
    without_plus,
)
from gateway.providers.wire import Wire

ADDRESS = "https://rest.messagebird.com"
HEADER = "MessageBird-Signature-JWT"
ALGORITHMS = ("HS256", "HS384", "HS512")
LEEWAY_S = 5  # a token lives for a minute; this is for clocks that differ
BODY_LIMIT = 1377  # characters, nine parts (603 where not all are GSM 03.38)
TOO_LONG = "10"  # as MessageBird calls every parameter that it does not take
LONGEST_S = 172_800  # validity
PAGE, PAGES = 200, 5  # messages that a look-up reads
CLOCK_MARGIN = timedelta(minutes=5)  # MessageBird's clock against ours
OPTED_OUT = "103"

# Codes of a refusal.
REFUSALS: Mapping[str, type[SendError]] = {
    "2": Misconfigured,  # the access key is wrong
    "7": ProviderDown,  # may be tried again
    "9": Rejected,  # a parameter is missing
    "10": Rejected,  # a parameter is wrong; BLAMED says which
    "20": Misconfigured,  # no such thing
    "21": Rejected,  # a request that it does not understand
    "25": Misconfigured,  # no money left
    "98": Misconfigured,  # no such API
    "99": ProviderDown,  # an error in their house
}
# The parameter that a refusal blames, where that is not the message.
BLAMED: Mapping[str, type[SendError]] = {
    "recipients": BadRecipient,
    "recipient": BadRecipient,
    "originator": Misconfigured,
}

# Codes of receipts (statusErrorCode), most of them those of 3GPP TS 29.002, 17.6.6.
CODES: Mapping[str, str] = {
    "0": "no reason given",
    "1": "no such subscriber",
    "2": "no such base station",
    "3": "no such switch",
    "5": "the switch does not know the subscriber",
    "6": "the handset is off or out of coverage",
    "9": "the subscriber is not allowed in the network",
    "10": "the subscriber has no such service",
    "11": "the subscriber has no SMS",
    "12": "the handset is not allowed in the network",
    "13": "the subscriber's operator bars messages",
    "21": "the network has no SMS",
    "27": "the handset is off or out of coverage",
    "31": "the handset is busy with another message",
    "32": "the handset did not take it",
    "33": "too many messages wait for the handset",
    "34": "a failure in the operator's network",
    "35": "the operator's network missed something",
    "36": "the operator's network did not understand something",
    "51": "the operator's network is full",
    "101": "the subscriber has no money left",
    OPTED_OUT: "the recipient opted out",
    "104": "our sender is not registered there",
    "105": "our text is not registered there",
    "106": "more messages than our campaign may send",
    "107": "messages faster than our campaign may send",
}
PASSING = frozenset({"2", "3", "6", "27", "31", "32", "33", "34", "35", "36", "51", "101"}) | {
    "106",
    "107",
}
HOPELESS = frozenset({"1", "5", "9", "10", "11", "12", "13"})
# statusReason, which is said also where no code is.
PASSING_REASONS = frozenset({"unavailable subscriber", "expired", "system failure"})
HOPELESS_REASONS = frozenset({"unknown subscriber"})


class MessageBird(Provider):
    """One MessageBird account with one originator."""

    type: ClassVar[str] = "messagebird"
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=500.0)  # requests that the API takes
    STATES: ClassVar[Mapping[str, str | None]] = {
        "scheduled": "submitted",  # kept for a later time
        "sent": "submitted",  # the operator has it, the handset may not
        "buffered": "submitted",  # the operator keeps it for the handset
        "delivered": "delivered",
        "expired": "failed",  # its validity ended first
        "delivery_failed": "failed",  # see the error code
        "received": None,  # the word for inbound messages says nothing about ours
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        option = config.options.get
        self._config = config
        self._key = signing_key(config)
        self._sender = without_plus(config.sender_id)
        self._url = root(config, ADDRESS)
        self._headers = {"Authorization": f"AccessKey {option('auth_token', '')}"}
        self._wire = Wire(config.timeout_s, _refusal)
        self._clock = clock

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "auth_token", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """From a long number, or from a short code, which has names of its own."""
        self._check_signature(request)
        given = _fields(request)
        short = bool(given.get("shortcode"))
        text = given.get("message") if short else None
        text = given.get("body") if text is None else text
        media = _attachments(request)
        if text is None and not media:
            raise Unreadable("no text or media")
        if not given.get("originator"):
            raise Unreadable("originator is missing")
        return [
            InboundSms(
                provider_id=(given.get("mid") if short else "") or given.get("id", ""),
                sender=with_plus(given["originator"]),
                recipient=given["shortcode"] if short else given.get("recipient", ""),
                text=text or "",
                media=media,
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        self._check_signature(request)
        given = _fields(request)
        status = given.get("status", "").lower()
        if not status:
            return []
        if not (given.get("id") or given.get("reference")):
            raise Unreadable("id and reference are missing")
        code, reason = given.get("statuserrorcode", ""), given.get("statusreason", "").lower()
        opted_out = code == OPTED_OUT
        state = "failed" if opted_out else self.STATES.get(status)
        failed = state == "failed"
        return [
            Receipt(
                provider_id=given.get("id", ""),
                status=status,
                state=state,
                reference=given.get("reference") or None,
                error_code=code or None,
                opted_out=opted_out,
                transient=failed and (code in PASSING or reason in PASSING_REASONS),
                bad_recipient=failed and (code in HOPELESS or reason in HOPELESS_REASONS),
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", "OK")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > BODY_LIMIT:
            raise Rejected(TOO_LONG)
        wanted: dict[str, object] = {
            "recipients": [without_plus(sms.to)],
            "reference": sms.reference,
            "originator": self._sender,
            "body": sms.text,
            "datacoding": "auto",  # their default turns what is not GSM 03.38 into question marks
        }
        if sms.receipt_url:
            url = sms.receipt_url
            wanted["reportUrl"] = url if self._key else keyed(url, self._config)
        validity = seconds_to_live(sms, self._clock(), 1, LONGEST_S)
        if validity is not None:
            wanted["validity"] = validity
        answer = post_json(self._wire, f"{self._url}/messages", wanted, headers=self._headers)
        return named(answer.get("id"))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Find our reference among what left since then; too many messages leave the doubt."""
        asked: dict[str, object] = {
            "direction": "mt",
            "from": f"{since - CLOCK_MARGIN:%Y-%m-%dT%H:%M:%SZ}",
            "limit": PAGE,
        }
        for page in range(PAGES):
            asked["offset"] = page * PAGE
            answer = self._wire.request(
                "GET", f"{self._url}/messages", params=asked, headers=self._headers
            )
            document = answered(answer)
            found = records(document, "items")
            for one in found:
                if one.get("reference") == sms.reference:
                    return named(one.get("id"))
            total = document.get("totalCount")
            if not found or (isinstance(total, int) and total <= (page + 1) * PAGE):
                return None
        raise HandoverUnknown("more-than-looked-up")

    def balance(self) -> Balance:
        """In credits or in a currency, as the account is kept."""
        answer = self._wire.request("GET", f"{self._url}/balance", headers=self._headers)
        document = answered(answer)
        return balance_of(document.get("amount"), document.get("type"))

    def _check_signature(self, request: WebhookRequest) -> None:
        if not self._key:
            check_secret(request, self._config)
            return
        try:
            claims = claims_of(request.header(HEADER), self._key, ALGORITHMS)
            genuine = _covers(claims, request)
        except (LookupError, TypeError, ValueError):
            genuine = False
        if not genuine:
            raise NotAuthentic


def _covers(claims: Mapping[str, Any], request: WebhookRequest) -> bool:
    """Whether a token that they signed was made for this very request, at this time."""
    now = request.received_at.timestamp()
    body = hashlib.sha256(request.body).hexdigest() if request.body else ""
    return (
        claims.get("iss") == "MessageBird"
        and claims["nbf"] - LEEWAY_S <= now < claims["exp"] + LEEWAY_S
        and same(word(claims["url_hash"]), hashlib.sha256(request.url.encode()).hexdigest())
        and same(word(claims.get("payload_hash")), body)
    )


def _fields(request: WebhookRequest) -> dict[str, str]:
    """Query and form; of repeats the last, as MessageBird's own examples are to be read."""
    return {name.lower(): value for name, value in (*request.query, *request.form)}


def _attachments(request: WebhookRequest) -> int:
    """Each has its address, all under one name or each under its own."""
    names = (name for name, _ in (*request.query, *request.form))
    return sum(name.lower().startswith("mediaurl") for name in names)


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    first = inner(as_object(body), "errors", 0)
    code = word(inner(first, "code"))
    kind = None if status == 429 or status >= 500 else REFUSALS.get(code)
    if kind is Rejected:
        kind = BLAMED.get(word(inner(first, "parameter")), kind)
    return refused(status, body, retry_after_s, kind=kind, code=code)
