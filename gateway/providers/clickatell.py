"""Clickatell (platform.clickatell.com): unsigned webhooks in, messages out by its HTTP API.

https://docs.clickatell.com/archive/channels/sms-information-archived/
https://docs.clickatell.com/channels/sms-channels/sms-api-reference/

Options: ``api_key`` (of the integration; Clickatell wants it in the address when sending) and
``webhook_secret``, which the callback addresses set at Clickatell carry as ``key``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    Balance,
    InboundSms,
    Limits,
    Misconfigured,
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
from gateway.providers.options import absent
from gateway.providers.reading import (
    as_object,
    check_secret,
    inner,
    json_object,
    with_plus,
    word,
)
from gateway.providers.talking import (
    answered,
    balance_of,
    named,
    refused,
    root,
    seconds_to_live,
    without_plus,
)
from gateway.providers.wire import Wire

ADDRESS = "https://platform.clickatell.com"
LONGEST_MIN = 7_200  # validityPeriod
OPTED_OUT = frozenset({"26", "122"})
# The charsets in which Clickatell writes a text as bytes, percent by percent.
CHARSETS: Mapping[str, str] = {"ISO-8859-1": "latin-1", "UTF-16BE": "utf-16-be"}

# Codes of a refusal: those of the platform, and from 101 on those of the gateway behind it.
REFUSALS: Mapping[str, type[SendError]] = {
    "1": Misconfigured,  # the API key is wrong or missing
    "2": Misconfigured,  # our account is not active
    "3": Misconfigured,  # our integration is not active
    "7": Misconfigured,  # our IP address is not approved in the account
    "18": ProviderDown,  # an error in their house
    "19": ProviderDown,  # an error in their house, please try again
    "20": Misconfigured,  # no money left
    "21": Rejected,  # malformed
    "22": Rejected,  # more messages than fit one request
    "23": Rejected,  # a parameter is wrong or missing
    "24": Rejected,  # the text is too long
    "25": BadRecipient,  # the number is none
    "26": RecipientOptedOut,
    "27": BadRecipient,  # not to be reached on this channel
    "28": BadRecipient,  # not to be reached from the sandbox
    "30": Rejected,  # this kind of content is not taken
    "31": Rejected,  # the file is too large
    "32": Rejected,  # the file is too large
    "33": Rejected,  # no such file
    "38": Misconfigured,  # the integration lacks a feature
    "39": Misconfigured,  # the integration lacks the channel
    "40": Rejected,  # this charset is not taken
    "41": Misconfigured,  # no such address
    "42": Misconfigured,  # not this method
    "43": Throttled,
    "44": Misconfigured,  # our sender is suspended
    "45": Misconfigured,  # our sender is not of this integration
    "46": Misconfigured,  # the demonstration is over
    "100": Rejected,  # more parts than allowed
    "101": Misconfigured,  # no two-way messages to that country; the gateway: a parameter is wrong
    "102": Rejected,  # a header is wrong
    "105": BadRecipient,  # the number is none
    "106": Misconfigured,  # our sender is wrong
    "107": Rejected,  # no text
    "108": Misconfigured,  # the integration is wrong
    "110": Misconfigured,  # the USA want a two-way integration
    "111": Misconfigured,  # the USA want STOP to be on
    "113": Rejected,  # more parts than allowed
    "114": BadRecipient,  # no route to this number
    "115": Rejected,  # expired before it was taken
    "116": Rejected,  # no Unicode that can be sent
    "120": Rejected,  # a time of delivery that is none
    "121": BadRecipient,  # the number is blocked
    "122": RecipientOptedOut,
    "123": Misconfigured,  # our sender is wrong
    "128": BadRecipient,  # the number is no longer in use
    "130": Throttled,  # more than we may send just now
    "301": Misconfigured,  # no money left
    "901": ProviderDown,  # an error in their house
}
# The HTTP API often says a sentence and no code; the first that fits, in small letters.
SENTENCES: Sequence[tuple[str, str]] = (
    ("opted out", "26"),
    ("opted-out", "26"),
    ("from number is not related", "45"),
    ("from number", "44"),
    ("insufficient", "20"),
    ("no credit", "20"),
    ("api key", "1"),
    ("destination address", "25"),
    ("recipient", "25"),
    ("rate limit", "43"),
    ("too many requests", "43"),
)

# Codes of receipts after which the same message may get through: in their order, an error at the
# handset, no route, expired, no money left, more than our account may send.
PASSING = frozenset({"7", "9", "10", "12", "14"})


class Clickatell(Provider):
    """One integration of Clickatell with one sender."""

    type: ClassVar[str] = "clickatell"
    LIMITS: ClassVar[Limits] = Limits(per_second=10.0)  # modest: none is documented
    STATES: ClassVar[Mapping[str, str | None]] = {
        "1": "failed",  # the message is unknown
        "2": "submitted",  # queued, to be tried again
        "3": "submitted",  # the operator has it, the handset may not
        "4": "delivered",  # the handset has it
        "5": "failed",  # something in the message itself
        "6": "failed",  # called off
        "7": "failed",  # an error at the handset
        "8": "submitted",  # Clickatell has it
        "9": "failed",  # no route
        "10": "failed",  # expired
        "11": "submitted",  # queued for later
        "12": "failed",  # no money left
        "14": "failed",  # more than our account may send
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config = config
        self._url = root(config, ADDRESS)
        self._key = config.options.get("api_key", "")
        self._sender = without_plus(config.sender_id)
        self._wire = Wire(config.timeout_s, _refusal)
        self._clock = clock

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "api_key")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        check_secret(request, self._config)
        document = json_object(request.body)
        for name in ("messageId", "fromNumber"):
            if not word(document.get(name)):
                raise Unreadable(f"{name} is missing")
        return [
            InboundSms(
                provider_id=word(document["messageId"]),
                sender=with_plus(word(document["fromNumber"])),
                recipient=word(document.get("toNumber")),
                text=_decoded(word(document.get("text")), word(document.get("charset"))),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        check_secret(request, self._config)
        document = json_object(request.body)
        provider_id = word(document.get("messageId"))
        reference = word(document.get("clientMessageId"))
        if not (provider_id or reference):
            raise Unreadable("messageId is missing")
        status = word(document.get("statusCode")).lstrip("0")
        if not status:
            raise Unreadable("statusCode is missing")
        state = self.STATES.get(status)
        return [
            Receipt(
                provider_id=provider_id,
                status=status,
                state=state,
                reference=reference or None,
                error_code=status if state == "failed" else None,
                transient=status in PASSING,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", "OK")

    def send(self, sms: Outgoing) -> Submission:
        """Clickatell takes the callback addresses from its portal, so ours is not given here."""
        wanted = {"apiKey": self._key, "to": without_plus(sms.to), "content": sms.text}
        if self._sender:
            wanted["from"] = self._sender
        wanted["clientMessageId"] = sms.reference
        seconds = seconds_to_live(sms, self._clock(), 60, LONGEST_MIN * 60)
        if seconds is not None:
            wanted["validityPeriod"] = str(seconds // 60)
        answer = self._wire.request("GET", f"{self._url}/messages/http/send", params=wanted)
        return _submission(answered(answer))

    def balance(self) -> Balance:
        headers = {"Authorization": self._key, "Accept": "application/json"}
        answer = self._wire.request("GET", f"{self._url}/public-client/balance", headers=headers)
        document = answered(answer)
        return balance_of(document.get("balance"), document.get("currency"))


def _decoded(text: str, charset: str) -> str:
    """The text of its bytes, "+" being a space; as it is where it was not written as bytes."""
    encoding = CHARSETS.get(charset.upper())
    if encoding is None or not text.isascii():
        return text
    return unquote_to_bytes(text.replace("+", " ")).decode(encoding, "replace")


def _submission(answer: Mapping[str, Any]) -> Submission:
    """A yes that may hold a no, for the whole request or for its one message."""
    found = inner(answer, "messages", 0)
    message = found if isinstance(found, dict) else {}
    for told in (message, answer):
        if told.get("error") or told.get("errorCode"):
            kind, code = _judged(told)
            raise (kind or Rejected)(code or "refused")
    if message.get("accepted") is False:
        raise Rejected("not-accepted")
    return named(message.get("apiMessageId"))


def _judged(told: Mapping[str, Any]) -> tuple[type[SendError] | None, str]:
    """What an error means, and its code; a sentence is never passed on: it may quote the number."""
    error = told.get("error")
    code = word(told.get("errorCode")) or word(inner(error, "code"))
    said = error if isinstance(error, str) else inner(error, "description")
    sentence = f"{said} {told.get('errorDescription')}".lower()
    code = code.lstrip("0") if re.fullmatch(r"[0-9]{1,4}", code) else ""
    code = code or next((of for words, of in SENTENCES if words in sentence), "")
    return REFUSALS.get(code), code


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    kind, code = _judged(as_object(body) or {})
    if status == 429 or status >= 500:
        kind = None
    return refused(status, body, retry_after_s, kind=kind, code=code)
