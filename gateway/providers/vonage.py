"""Vonage (Nexmo) SMS API: webhooks as GET, form or JSON, messages out as a form.

https://developer.vonage.com/en/api/sms
https://developer.vonage.com/en/messaging/sms/guides/inbound-sms
https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts
https://developer.vonage.com/en/getting-started/concepts/signing-messages

Options: ``api_key``; ``api_secret``, or ``signature_secret`` alone (then requests are signed);
``signature_secret`` also checks the signature of webhooks (off at Vonage until one asks for it);
``signature_method`` (md5hash, md5hmac, sha1hmac, sha256hmac, sha512hmac: then no other is
believed; requests are signed with md5hash by default); ``webhook_secret`` (the ``key`` that the
webhook addresses carry) where nothing is signed.
"""

import base64
import hashlib
import hmac
import math
import re
from collections.abc import Mapping
from typing import ClassVar

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
    Part,
    Provider,
    ProviderConfig,
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, wrong
from gateway.providers.reading import as_object, check_secret, inner, same, with_plus, word
from gateway.providers.talking import (
    amount,
    answered,
    balance_of,
    keyed,
    refused,
    root,
    seconds_to_live,
    shown,
    without_plus,
)
from gateway.providers.wire import Wire
from gateway.terms.gsm7 import encoding_of

BASE_URL = "https://rest.nexmo.com"
TEXT_LIMIT = 3200  # characters; beyond it Vonage answers 12
CALLBACK_LIMIT = 100  # characters of the address for receipts
SHORTEST_LIFE_S, LONGEST_LIFE_S = 20, 604_800
TOLERANCE_S = 300  # between Vonage's clock and ours
ILLEGAL_OR_STOPPED = "9"
METHODS = ("md5hash", "md5hmac", "sha1hmac", "sha256hmac", "sha512hmac")

# `status` of a message in the answer, which as HTTP is always a success.
REFUSALS: Mapping[str, type[SendError]] = {
    "1": Throttled,  # faster than the account may
    "2": Rejected,  # a parameter is missing
    "3": Rejected,  # a parameter is invalid
    "4": Misconfigured,  # credentials
    "5": ProviderDown,  # internal error
    "6": Rejected,  # cannot be processed, such as an unknown prefix
    "7": BadRecipient,  # the number is barred
    "8": Misconfigured,  # the account is barred
    "9": Misconfigured,  # no credit
    "10": Throttled,  # too many connections
    "11": Misconfigured,  # the account is not for this API
    "12": Rejected,  # too long
    "13": ProviderDown,  # their line to the operator
    "14": Misconfigured,  # our signature
    "15": Misconfigured,  # our sender
    "16": Rejected,  # ttl
    "19": Misconfigured,  # this facility is not allowed to the account
    "20": Rejected,  # message class
    "22": Rejected,  # network code
    "23": Misconfigured,  # callback address
    "29": Misconfigured,  # a trial account writes to its own numbers alone
    "32": Misconfigured,  # signature and secret, of which only one is allowed
    "33": BadRecipient,  # the number is given up
}

# `err-code` of receipts.
CODES: Mapping[str, str] = {
    "0": "delivered",
    "1": "passing",  # unknown
    "2": "passing",  # absent for now
    "3": "hopeless",  # absent for ever
    "4": "final",  # barred by the person's own contract
    "5": "passing",  # while a number changes its operator
    "6": "final",  # taken for spam
    "7": "passing",  # the handset is busy
    "8": "passing",  # the network
    ILLEGAL_OR_STOPPED: "stopped",  # an illegal number, or the person answered STOP
    "10": "final",  # illegal message
    "11": "final",  # unroutable
    "12": "passing",  # unreachable
    "13": "final",  # the person's age
    "14": "final",  # blocked by the operator
    "15": "passing",  # no credit of the person's own
    "16": "passing",  # the gateway's quota
    "50": "final",  # filtered: our entity
    "51": "final",  # filtered: our sender
    "52": "final",  # filtered: the text
    "53": "final",  # filtered: no consent is registered
    "54": "final",  # filtered: the country's rules
    "99": "passing",  # general
}


class Vonage(Provider):
    """One Vonage account. It cannot be asked what it took."""

    type: ClassVar[str] = "vonage"
    ONE_DOOR: ClassVar[bool] = True  # an account may have one address for both
    LIMITS: ClassVar[Limits] = Limits(per_second=30.0)
    STATES: ClassVar[Mapping[str, str | None]] = {
        "accepted": "submitted",  # by the operator
        "buffered": "submitted",  # by the operator, for later
        "unknown": "submitted",  # the operator does not say what became of it
        "delivered": "delivered",
        "expired": "failed",  # the operator gave up
        "failed": "failed",  # see the code
        "rejected": "failed",  # see the code
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        option = config.options.get
        self._config, self._clock = config, clock
        self._signing = option("signature_secret", "")
        self._method = option("signature_method", "").lower().replace("-", "").replace(" ", "")
        if self._method and self._method not in METHODS:
            known = ", ".join(METHODS)
            raise wrong(config, f"signature_method is none of {known}")
        self._base = root(config, BASE_URL)
        self._wire = Wire(config.timeout_s, refused)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "api_key", "api_secret or signature_secret", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        given = self._fields(request)
        # Nothing but an address being saved, a receipt, or a message to a program (binary).
        if not _speaks_of_a_message(given) or "status" in given or _is_binary(given):
            return []
        if not given.get("msisdn"):
            raise Unreadable("msisdn is missing")
        return [
            InboundSms(
                provider_id=given.get("messageId", ""),
                sender=with_plus(given["msisdn"]),
                recipient=with_plus(given.get("to", "")),
                text=given.get("text", ""),
                part=_part(given),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        given = self._fields(request)
        if "status" not in given:
            return []
        if not (given.get("messageId") or given.get("client-ref")):
            raise Unreadable("messageId is missing")
        status, code = given["status"].lower(), given.get("err-code", "")
        state, what = self.STATES.get(status), CODES.get(code, "")
        failed = state == "failed"
        return [
            Receipt(
                provider_id=given.get("messageId", ""),
                status=status,
                state=state,
                reference=given.get("client-ref") or request.in_query("reference") or None,
                error_code=code if code not in ("", "0") else None,
                opted_out=failed and what == "stopped",
                transient=failed and (what == "passing" or status == "expired"),
                bad_recipient=failed and what == "hopeless",
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > TEXT_LIMIT:
            raise Rejected("12")
        form = self._form(sms)
        answer = self._wire.request("POST", f"{self._base}/sms/json", data=form)
        return _judged(answered(answer).get("messages"))

    def balance(self) -> Balance | None:
        option = self._config.options.get
        if not option("api_secret"):
            return None
        pair = f"{option('api_key')}:{option('api_secret')}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        answer = self._wire.request("GET", f"{self._base}/account/get-balance", headers=headers)
        return balance_of(answered(answer).get("value"), "EUR")

    def _form(self, sms: Outgoing) -> dict[str, str]:
        option = self._config.options.get
        form = {
            "api_key": option("api_key", ""),
            "from": without_plus(self._config.sender_id),
            "to": without_plus(sms.to),
            "text": sms.text,
            "type": "text" if encoding_of(sms.text) == "GSM-7" else "unicode",
            "status-report-req": "1",
            "client-ref": sms.reference,  # said back in each receipt
        }
        if callback := self._callback(sms):
            form["callback"] = callback
        life = seconds_to_live(sms, self._clock(), SHORTEST_LIFE_S, LONGEST_LIFE_S)
        if life is not None:
            form["ttl"] = str(life * 1000)
        if option("api_secret"):
            return form | {"api_secret": option("api_secret", "")}
        form["timestamp"] = str(int(self._clock().timestamp()))
        return form | {"sig": signature(form, self._signing, self._method or "md5hash")}

    def _callback(self, sms: Outgoing) -> str:
        """The address for receipts; empty (the account's own is used) where it is too long."""
        address = (sms.receipt_url or "").partition("?")[0]
        if not self._signing:
            address = keyed(address, self._config)
        return address if len(address) <= CALLBACK_LIMIT else ""

    def _fields(self, request: WebhookRequest) -> dict[str, str]:
        """What the webhook says, once it is believed; nothing where it says nothing at all."""
        given = _fields(request)
        if given is not None and not _speaks_of_a_message(given) and "sig" not in given:
            return {}  # Vonage calls a bare address when it is saved
        if not self._signing:
            check_secret(request, self._config)
        elif not self._is_genuine(given or {}, request.received_at.timestamp()):
            raise NotAuthentic
        if given is None:
            raise Unreadable("the body is no JSON object")
        return given

    def _is_genuine(self, given: Mapping[str, str], now_s: float) -> bool:
        stamp = given.get("timestamp", "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now_s - int(stamp)) > TOLERANCE_S:
            return False
        said = given.get("sig", "").lower()
        methods = (self._method,) if self._method else METHODS
        return any(same(said, signature(given, self._signing, method)) for method in methods)


def signature(params: Mapping[str, str], secret: str, method: str) -> str:
    """Vonage's signature of these parameters, in small hexadecimal letters.

    The account's default, md5hash, is no HMAC: the secret follows the parameters.
    """
    plain = "".join(
        f"&{name}={value.replace('&', '_').replace('=', '_')}"
        for name, value in sorted(params.items())
        if name != "sig"
    ).encode("utf-8", "replace")
    if method == "md5hash":  # their default, and not for us to choose
        return hashlib.md5(plain + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), plain, method.removesuffix("hmac")).hexdigest()


def _fields(request: WebhookRequest) -> dict[str, str] | None:
    """Query, form or JSON, whichever the account chose; the signature covers just that.

    None where it is none of them.
    """
    if request.method == "GET":
        return dict(reversed(request.query))
    if request.form:
        return dict(reversed(request.form))
    if not request.body.strip():
        return dict(reversed(request.query))
    found = as_object(request.body.decode("utf-8", "replace"))
    if found is None:
        return None
    return {name: "true" if value is True else word(value) for name, value in found.items()}


def _speaks_of_a_message(given: Mapping[str, str]) -> bool:
    return any(name in given for name in ("msisdn", "messageId", "text", "status"))


def _is_binary(given: Mapping[str, str]) -> bool:
    return given.get("type") == "binary" and not given.get("text")


def _part(given: Mapping[str, str]) -> Part | None:
    """Vonage does not join long messages. A part of nothing sensible is a message of its own."""
    reference = given.get("concat-ref", "")
    numbers = [given.get(f"concat-{name}", "") for name in ("part", "total")]
    if given.get("concat", "").lower() != "true" or not reference:
        return None
    if not all(re.fullmatch(r"[0-9]{1,3}", one) for one in numbers):
        return None
    part, total = map(int, numbers)
    return Part(reference, part, total) if 1 <= part <= total <= 255 else None


def _judged(messages: object) -> Submission:
    """One entry for each part of a long text; only all of them together are the message."""
    entries = messages if isinstance(messages, list) else []
    statuses = [word(inner(one, "status")) for one in entries]
    refused = next((index for index, status in enumerate(statuses) if status != "0"), None)
    if not entries or "" in statuses:
        raise HandoverUnknown("unreadable-answer")
    if refused is None:
        prices = [amount(inner(one, "message-price")) for one in entries]
        known = [price for price in prices if price is not None]
        return Submission(
            word(inner(entries, 0, "message-id")), math.fsum(known) if known else None
        )
    status, said = statuses[refused], word(inner(entries, refused, "error-text"))
    code = shown(status, "unknown")
    if "0" in statuses:
        raise HandoverUnknown(f"in-part-{code}")
    kind = REFUSALS.get(status, Rejected)
    raise Throttled(code, _advice(said)) if kind is Throttled else kind(code)


def _advice(said: str) -> float | None:
    """Seconds of "Throughput Rate Exceeded - please wait [ 250 ] and retry", which says ms."""
    match = re.search(r"wait \[ ?([0-9]{1,6}) ?\]", said)
    return int(match.group(1)) / 1000 if match else None
