"""Kannel, the gateway of one's own: messages in and receipts by GET, messages out by sendsms.

https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html (chapters 5 and 6)

Options: ``username``, ``password`` (of its sendsms-user), ``send_url`` (this machine's smsbox by
default), ``max_messages`` (10, as its sendsms-user must have: it cuts what needs more),
``use_national``, ``dlr_mask`` (27: the sum of the receipts to ask for), ``ignore_sent`` (none
before the last). Kannel calls the address that its own settings give: docs/providers/kannel.md says
what must stand there.
"""

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    HandoverUnknown,
    InboundSms,
    Limits,
    Misconfigured,
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
from gateway.providers.options import absent, whole_number, yes
from gateway.providers.reading import check_secret, fields, sender, word
from gateway.providers.talking import (
    is_page,
    keyed,
    national,
    rebased,
    refused,
    seconds_to_live,
    text_of,
)
from gateway.providers.wire import Wire
from gateway.terms.gsm7 import encoding_of, segments, transliterate

SEND_URL = "http://127.0.0.1:13013/cgi-bin/sendsms"
LONGEST_LIFE_S = 63 * 7 * 86_400  # all that an SMS can say (3GPP TS 23.040, 9.2.3.12.1)
WANTED_RECEIPTS = 27  # the bits 1, 2, 8 and 16
DELIVERED, FAILED, BUFFERED, ACCEPTED, REJECTED = 1, 2, 4, 8, 16
YES = re.compile(r"\s*(0: |3: |Sent\.)")  # accepted, queued for later, sent


class Kannel(Provider):
    """One sendsms-user of one Kannel."""

    type: ClassVar[str] = "kannel"
    LIMITS: ClassVar[Limits] = Limits(per_second=50.0)  # it has queues and limits of its own
    STATES: ClassVar[Mapping[str, str | None]] = {
        "1": "delivered",
        "2": "failed",  # not delivered to the phone
        "4": "submitted",  # waits in the SMSC for the phone
        "8": "submitted",  # the SMSC has it
        "16": "failed",  # the SMSC did not take it; another time or way it may
        "34": "failed",  # its validity ended: 2 and 32
        "66": "failed",  # the SMSC lost its trace, and says that for good: 2 and 64
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config, self._clock = config, clock
        self._url = rebased(config.options.get("send_url") or SEND_URL, config)
        self._use_national = yes(config, "use_national")
        self._ignore_sent = yes(config, "ignore_sent")
        self._wanted_receipts = whole_number(config, "dlr_mask", WANTED_RECEIPTS, most=31)
        self._most_parts = whole_number(config, "max_messages", default=10)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "password")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """``message`` in the letters that ``charset`` names, UTF-8 where it names none."""
        check_secret(request, self._config)
        found = fields(request)
        number = sender(found.get("sender", ""))
        if not number:
            raise Unreadable("sender is missing")
        charset = found.get("charset", "").lower()
        recoded = _recoded(request, charset) if charset not in ("", "utf-8", "utf8") else None
        text = found.get("message", "") if recoded is None else recoded
        return [InboundSms(found.get("id", ""), number, sender(found.get("to", "")), text)]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        check_secret(request, self._config)
        found = fields(request)
        status = found.get("status", "").strip()
        reference = found.get("reference") or found.get("uuid", "")
        if not status or not reference:
            raise Unreadable("status or reference is missing")
        bits = int(status) if re.fullmatch(r"[0-9]{1,6}", status) else 0
        state = _state(bits)
        if self._ignore_sent and state == "submitted":
            return []
        transient = bool(bits & REJECTED) and state == "failed"
        return [Receipt("", status, state, reference=reference, transient=transient)]

    def acknowledge(self) -> Acknowledgement:
        """Empty, as Kannel sends whatever stands here to the phone; see the page for the rest."""
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        answer = self._wire.request("GET", f"{self._url}{self._glue()}{self._query(sms)}")
        if YES.match(text_of(answer)):
            return Submission("")
        raise HandoverUnknown("unreadable-answer")

    def _glue(self) -> str:
        return "&" if "?" in self._url else "?"

    def _query(self, sms: Outgoing) -> str:
        """UCS-2 as its bytes and without a charset, which a Kannel without iconv refuses."""
        text = transliterate(sms.text)
        if segments(text) > self._most_parts:
            raise Rejected("too-long")
        pairs: dict[str, str | bytes] = {
            "username": self._config.options["username"],
            "password": self._config.options["password"],
            "from": self._config.sender_id,
            "to": (self._use_national and national(sms.to)) or sms.to,
            "text": text,
        }
        if encoding_of(text) == "UCS-2":
            pairs |= {"coding": "2", "text": text.encode("utf-16-be", "surrogatepass")}
        if sms.urgent:
            pairs["priority"] = "1"
        life_s = seconds_to_live(sms, self._clock(), 60, LONGEST_LIFE_S)
        if life_s is not None:
            pairs["validity"] = str(life_s // 60)  # minutes
        if sms.receipt_url:
            # Kannel reads %d and its like in the address, so that an own % must be doubled.
            address = keyed(sms.receipt_url, self._config).replace("%", "%%")
            pairs |= {
                "dlr-url": f"{address}&status=%d",
                "dlr-mask": str(self._wanted_receipts),
            }
        return urlencode({name: one for name, one in pairs.items() if one}, quote_via=quote)


def _state(bits: int) -> str | None:
    if bits & DELIVERED:
        return "delivered"
    if bits & (FAILED | REJECTED):
        return "failed"
    return "submitted" if bits & (BUFFERED | ACCEPTED) else None


def _recoded(request: WebhookRequest, charset: str) -> str | None:
    """The message from the bytes of the address; None where that is not to be had."""
    try:
        raw = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, encoding="latin-1")
        value = next(value for name, value in raw if name.lower() == "message")
        return word(value.encode("latin-1").decode(charset))
    except (StopIteration, ValueError, LookupError):
        return None


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    """Answers are a sentence in English (sendsms, "HTTP return codes")."""
    if status == 429:
        return refused(status, body, retry_after_s)
    if "not routable" in body.lower():  # the fault of its routes more often than of the number
        return Misconfigured("not-routable")
    if "authorization failed" in body.lower() or "not authorized" in body.lower():
        return Misconfigured("authorization")
    if status == 503 or "temporal failure" in body.lower():
        return ProviderDown("temporal-failure")
    return refused(status, body, retry_after_s, is_theirs=not is_page(body))
