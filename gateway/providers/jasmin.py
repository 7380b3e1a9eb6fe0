"""Jasmin, the SMPP gateway of one's own: everything by its HTTP API.

https://docs.jasminsms.com/en/latest/apis/http/index.html

Options: ``username``, ``password``, ``send_url`` (this machine's Jasmin by default),
``balance_url`` (beside it by default), ``currency``, ``long_content_max_parts`` (5, as in its
``jasmin.cfg``: it cuts what needs more).
"""

import re
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote, urlencode, urljoin

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    Balance,
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
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, whole_number
from gateway.providers.reading import as_object, check_secret, fields, inner, sender, word
from gateway.providers.talking import (
    balance_of,
    is_page,
    keyed,
    rebased,
    refused,
    seconds_to_live,
    text_of,
    without_plus,
)
from gateway.providers.wire import Wire
from gateway.terms.gsm7 import BASIC, EXTENSION, encoding_of, segments, transliterate

SEND_URL = "http://127.0.0.1:1401/send"
LONGEST_LIFE_S = 63 * 7 * 86_400  # all that an SMS can say (3GPP TS 23.040, 9.2.3.12.1)
ESCAPE = 0x1B
_EXTENDED = dict(zip(bytes.fromhex("0a1428292f3c3d3e4065"), EXTENSION, strict=True))
_YES = re.compile(r'\s*Success "([^"]*)"')

REFUSALS: tuple[tuple[str, type[SendError], str], ...] = (  # words of an answer, in their order
    ("throughput", Throttled, "throughput"),  # the user's limit
    ("Authentication failure", Misconfigured, "authentication"),
    ("Authorization failed", Misconfigured, "authorization"),  # the user may not do this
    ("Cannot charge", Misconfigured, "cannot-charge"),  # no money left
    ("No route found", Misconfigured, "no-route"),  # its routes rather than the number
    ("Argument [to] has an invalid value", BadRecipient, "invalid-to"),
    ("Cannot send submit_sm", ProviderDown, "cannot-send"),
)

# Refusals of the SMSC (SMPP 3.4, section 5.1.3) after which the same message may pass: its queue
# is full, it is out of order, it throttles us; and such as blame the number.
TRANSIENT = frozenset({"esme_rmsgqful", "esme_rsyserr", "esme_rthrottled"})
HOPELESS = frozenset({"esme_rinvdstadr"})


class Jasmin(Provider):
    """One user of one Jasmin."""

    type: ClassVar[str] = "jasmin"
    LIMITS: ClassVar[Limits] = Limits(per_second=50.0)  # it has queues and limits of its own
    STATES: ClassVar[Mapping[str, str | None]] = {
        "accepted": "submitted",
        "acceptd": "submitted",  # the SMSC has it
        "enroute": "submitted",
        "esme_rok": "submitted",  # level 1: the SMSC took it
        "delivrd": "delivered",
        "undeliv": "failed",
        "rejectd": "failed",
        "expired": "failed",
        "deleted": "failed",
        "unknown": None,  # no change
    } | dict.fromkeys(TRANSIENT | HOPELESS, "failed")

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config, self._clock = config, clock
        url = config.options.get("send_url") or SEND_URL
        self._url = rebased(url, config)
        self._balance_url = rebased(
            config.options.get("balance_url") or urljoin(url, "balance"), config
        )
        self._most_parts = whole_number(config, "long_content_max_parts", default=5)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "password")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """Long messages come joined."""
        check_secret(request, self._config)
        found = fields(request)
        number = sender(found.get("from", ""))
        for name, value in (("id", found.get("id")), ("from", number), ("to", found.get("to"))):
            if not value:
                raise Unreadable(f"{name} is missing")
        return [InboundSms(found["id"], number, sender(found["to"]), _text(found))]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        check_secret(request, self._config)
        found = fields(request)
        if not found.get("id"):
            raise Unreadable("id is missing")
        status = found.get("message_status", "")
        state = self._state(status.lower(), found)
        if not status and state is None:
            raise Unreadable("message_status is missing")
        code = found.get("err", "")
        return [
            Receipt(
                provider_id=found["id"],
                status=status or str(state),
                state=state,
                reference=request.in_query("reference") or None,
                error_code=code if state == "failed" and code else None,
                transient=status.lower() in TRANSIENT,
                bad_recipient=status.lower() in HOPELESS,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        """These very letters: anything else, and Jasmin repeats it three times."""
        return Acknowledgement(200, "text/plain; charset=utf-8", "ACK/Jasmin")

    def send(self, sms: Outgoing) -> Submission:
        answer = self._wire.request("GET", f"{self._url}?{self._query(sms)}")
        found = _YES.match(text_of(answer))
        if not found or not found[1]:
            raise HandoverUnknown("unreadable-answer")
        return Submission(found[1])

    def balance(self) -> Balance | None:
        """None for a user whose balance is not limited, which Jasmin calls "ND"."""
        login = {name: self._config.options[name] for name in ("username", "password")}
        answer = self._wire.request("GET", f"{self._balance_url}?{urlencode(login)}")
        given = inner(as_object(text_of(answer)), "balance")
        if word(given) == "ND":
            return None
        return balance_of(given, self._config.options.get("currency", ""))

    def _query(self, sms: Outgoing) -> str:
        text = transliterate(sms.text)
        if segments(text) > self._most_parts:
            raise Rejected("too-long")
        pairs = {
            "username": self._config.options["username"],
            "password": self._config.options["password"],
            "from": self._config.sender_id,
            "to": without_plus(sms.to),
        }
        if encoding_of(text) == "GSM-7":
            pairs |= {"coding": "0", "content": text}
        else:
            pairs |= {"coding": "8", "hex-content": text.encode("utf-16-be", "surrogatepass").hex()}
        if sms.urgent:
            pairs["priority"] = "2"
        life_s = seconds_to_live(sms, self._clock(), 60, LONGEST_LIFE_S)
        if life_s is not None:
            pairs["validity-period"] = str(life_s // 60)  # minutes
        if sms.receipt_url:
            pairs |= {"dlr": "yes", "dlr-level": "2", "dlr-method": "POST"}
            pairs["dlr-url"] = keyed(sms.receipt_url, self._config)
        return urlencode(pairs, quote_via=quote)

    def _state(self, status: str, found: Mapping[str, str]) -> str | None:
        """The counters speak where the word is missing; they come as 1, 01 or 001."""
        if status in self.STATES:
            return self.STATES[status]
        if status.startswith("esme_"):
            return "failed"
        counted = {name: found.get(name, "").lstrip("0") == "1" for name in ("dlvrd", "err")}
        if counted["dlvrd"]:
            return "delivered"
        return "failed" if counted["err"] else None


def _text(found: Mapping[str, str]) -> str:
    """``binary`` has the message's bytes; ``content`` has them too, each as a letter."""
    coding = found.get("coding", "0").strip() or "0"
    content = found.get("content", "")
    try:
        data = bytes.fromhex(found.get("binary", ""))
    except ValueError:
        data = b""
    if coding == "8":
        return data.decode("utf-16-be", "replace") if data else content
    if coding == "0":
        if not data and all(ord(letter) < 0x80 for letter in content):
            data = content.encode("ascii")
        return _from_gsm7(data) if data else content
    if coding == "3" and data:
        return data.decode("latin-1")
    return content


def _from_gsm7(data: bytes) -> str:
    """3GPP TS 23.038, section 6.2.1; an unknown pair is the letter without its escape."""
    if any(byte > 0x7F for byte in data):
        return data.decode("latin-1")
    letters, escaped = [], False
    for byte in data:
        if byte == ESCAPE and not escaped:
            escaped = True
            continue
        plain = BASIC[byte - (byte > ESCAPE)] if byte != ESCAPE else " "
        letters.append(_EXTENDED.get(byte, plain) if escaped else plain)
        escaped = False
    return "".join(letters)


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    if status == 429:
        return refused(status, body, retry_after_s)
    for words, kind, code in REFUSALS:
        if words.lower() in body.lower():
            return kind(code)
    return refused(status, body, retry_after_s, is_theirs=not is_page(body))
