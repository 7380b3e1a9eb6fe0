"""Plivo: messages and receipts in by signed webhooks, messages out by its REST API.

https://www.plivo.com/docs/messaging/api/messages/
https://www.plivo.com/docs/messaging/concepts/signature-validation
https://plivo.com/docs/messaging/troubleshooting/error-codes

Options: ``auth_id``, ``auth_token``, ``auth_token_secondary`` (also accepted on webhooks while
tokens are rotated), ``powerpack_uuid`` (instead of the account's ``sender_id``), ``signature``
("v3" believes no webhook signed the older way, which covers neither text nor sender).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlparse

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
    Receipt,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent
from gateway.providers.reading import (
    as_object,
    fields,
    inner,
    same,
    with_plus,
    word,
)
from gateway.providers.talking import (
    answered,
    balance_of,
    named,
    post_json,
    records,
    refused,
    root,
    seconds_to_live,
    without_plus,
)
from gateway.providers.wire import Wire

ADDRESS = "https://api.plivo.com"
BODY_LIMIT = 1600  # characters (737 where not all are GSM 03.38); beyond it is error TOO_LONG
TOO_LONG = "110"
OPTED_OUT = "200"
SHORTEST_S, LONGEST_S = 5, 10_800  # message_expiry
CLOCK_MARGIN = timedelta(minutes=5)  # Plivo's clock against ours

# Error codes of receipts: what each means, and whether the same message may get through later.
CODES: Mapping[str, tuple[str, bool]] = {
    "10": ("the operator calls the message invalid", False),
    "20": ("trouble in the operator's network", True),
    "30": ("taken for spam", False),
    "40": ("our sender is wrong, not ours, or cannot send SMS", False),
    "50": ("the recipient's number is no number", False),
    "60": ("a loop of two machines that answer each other", False),
    "70": ("the recipient's number is not in service", False),
    "80": ("the handset is off or out of coverage", True),
    "90": ("no route just now", True),
    "100": ("the operator's network takes no such message", False),
    TOO_LONG: ("longer than Plivo carries", False),
    OPTED_OUT: ("the recipient sent STOP to our sender", False),
    "201": ("toll-free numbers of the USA may not write to Canada", False),
    "300": ("Plivo failed to hand it on", True),
    "420": ("it expired before it could leave", True),
    "450": ("our account may not write to that country", False),
    "900": ("no money left in our account", True),
    "910": ("our account is disabled", True),
    "1000": ("unknown", True),
}
HOPELESS = frozenset({"50", "70"})

# A refusal carries a sentence and no code; the first that fits, in small letters.
REFUSALS: Sequence[tuple[tuple[str, ...], type[SendError], str]] = (
    (("opted out",), RecipientOptedOut, OPTED_OUT),
    (("opt-out",), RecipientOptedOut, OPTED_OUT),
    (("insufficient", "credit"), Misconfigured, "900"),
    (("account", "disabled"), Misconfigured, "910"),
    (("too long",), Rejected, TOO_LONG),
    (("src", "invalid"), Misconfigured, "40"),
    (("source", "invalid"), Misconfigured, "40"),
    (("dst", "invalid"), BadRecipient, "50"),
    (("destination", "invalid"), BadRecipient, "50"),
)


class Plivo(Provider):
    """One Plivo account with one sender or powerpack."""

    type: ClassVar[str] = "plivo"
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=5.0)  # what an account sends; the rest queues
    STATES: ClassVar[Mapping[str, str | None]] = {
        "queued": "submitted",  # waits for its turn at Plivo
        "sent": "submitted",  # the operator has it, the handset may not
        "delivered": "delivered",  # the operator says that the handset has it
        "read": "delivered",  # opened (WhatsApp)
        "undelivered": "failed",  # the operator could not deliver: final; see the error code
        "failed": "failed",  # Plivo could not send: final; see the error code
        "rejected": "failed",  # the operator or Plivo refused it: final
        "received": None,  # the word for inbound messages says nothing about ours
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        option = config.options.get
        tokens = (option("auth_token", ""), option("auth_token_secondary", ""))
        self._tokens = [token for token in tokens if token]
        self._only_v3 = option("signature", "").lower() == "v3"
        self._auth = (option("auth_id", ""), tokens[0])
        powerpack = option("powerpack_uuid", "")
        plain = {"src": without_plus(config.sender_id)}
        self._sender = {"powerpack_uuid": powerpack} if powerpack else plain
        self._url = f"{root(config, ADDRESS)}/v1/Account/{self._auth[0]}/"
        self._wire = Wire(config.timeout_s, _refusal)
        self._clock = clock

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "auth_id", "auth_token", "powerpack_uuid or sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        self._check_signature(request)
        given = fields(request)
        for name in ("MessageUUID", "From"):
            if not given.get(name.lower()):
                raise Unreadable(f"{name} is missing")
        return [
            InboundSms(
                provider_id=given["messageuuid"],
                sender=with_plus(given["from"]),
                recipient=given.get("to", ""),
                text=given.get("text", ""),
                media=sum(name.startswith("media") and name[5:].isdigit() for name in given),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        self._check_signature(request)
        given = fields(request)
        status = given.get("status", "").lower()
        if not status:
            return []
        provider_id = given.get("parentmessageuuid") or given.get("messageuuid", "")
        if not provider_id:
            raise Unreadable("MessageUUID is missing")
        code = given.get("errorcode", "").lstrip("0")  # 000 is no error
        opted_out = code == OPTED_OUT
        state = "failed" if opted_out else self.STATES.get(status)
        if state == "delivered" and not _is_last_part(given.get("partinfo", "")):
            state = "submitted"  # so far only a piece of the text is there
        return [
            Receipt(
                provider_id=provider_id,
                status=status,
                state=state,
                reference=request.in_query("reference") or None,
                error_code=code or None,
                opted_out=opted_out,
                transient=CODES.get(code, ("", False))[1],
                bad_recipient=code in HOPELESS,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        """Nothing: what stood here could be taken for an answer to the sender."""
        return Acknowledgement(200, "text/plain", "")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > BODY_LIMIT:
            raise Rejected(TOO_LONG)
        wanted: dict[str, object] = {**self._sender, "dst": without_plus(sms.to), "text": sms.text}
        if sms.receipt_url:
            wanted |= {"url": sms.receipt_url, "method": "POST"}
        expiry = seconds_to_live(sms, self._clock(), SHORTEST_S, LONGEST_S)
        if expiry is not None:
            wanted["message_expiry"] = expiry
        answer = post_json(self._wire, f"{self._url}Message/", wanted, auth=self._auth)
        name = word(inner(answer, "message_uuid", 0))
        if not name and answer.get("invalid_number"):
            raise BadRecipient("50")
        return named(name)

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Whether the recipient got nothing since then; of what they got, Plivo tells no text.

        So a message that is found leaves the doubt, until a receipt says our reference.
        """
        asked = {
            "to_number": without_plus(sms.to),
            "message_direction": "outbound",
            "message_time__gte": f"{since - CLOCK_MARGIN:%Y-%m-%d %H:%M:%S}",
            "limit": 20,
        }
        answer = self._wire.request("GET", f"{self._url}Message/", params=asked, auth=self._auth)
        if records(answered(answer), "objects"):
            raise HandoverUnknown("cannot-tell-which")
        return None

    def balance(self) -> Balance:
        answer = answered(self._wire.request("GET", self._url, auth=self._auth))
        return balance_of(answer.get("cash_credits"), "USD")

    def _check_signature(self, request: WebhookRequest) -> None:
        try:
            genuine = self._is_genuine(request)
        except ValueError:  # no URL, no Unicode: an outsider can send anything
            genuine = False
        if not genuine:
            raise NotAuthentic

    def _is_genuine(self, request: WebhookRequest) -> bool:
        """By V3, which covers everything, wherever it is given; else by V2 (the bare address)."""
        newer = _given(request, "V3")
        if newer or self._only_v3:
            nonce = request.header("X-Plivo-Signature-V3-Nonce")
            given = [one.strip() for header in newer for one in header.split(",")]
            return self._made_one_of(given, f"{_covered(request)}.{nonce}")
        nonce = request.header("X-Plivo-Signature-V2-Nonce")
        return self._made_one_of(_given(request, "V2"), _bare(request.url) + nonce)

    def _made_one_of(self, given: Sequence[str], covered: str) -> bool:
        made = [_signature(token, covered) for token in self._tokens]
        return any(same(one, other) for one in given for other in made)


def _given(request: WebhookRequest, version: str) -> list[str]:
    """The signatures by the number's own account and by the main account above it."""
    names = (f"X-Plivo-Signature-{version}", f"X-Plivo-Signature-Ma-{version}")
    return [value for name in names if (value := request.header(name))]


def _signature(token: str, covered: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), covered.encode(), hashlib.sha256)).decode()


def _bare(url: str) -> str:
    parts = urlparse(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _covered(request: WebhookRequest) -> str:
    """What V3 signs but for the nonce: the address, its query sorted, the form sorted."""
    asked = _joined([(name, f"={value}") for name, value in request.query], "&")
    body = "" if request.method == "GET" else _joined(request.form, "")
    query = f"?{asked}" if asked or body else ""
    return _bare(request.url) + query + ("." if asked and body else "") + body


def _joined(pairs: Sequence[tuple[str, str]], between: str) -> str:
    return between.join(name + value for name, value in sorted(pairs))


def _is_last_part(part: str) -> bool:
    """ "2 of 3" says nothing of the whole text; "3 of 3", or nothing, does."""
    number, _, total = part.partition(" of ")
    return number.strip() == total.strip() or not total


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    document = as_object(body) or {}
    told = document.get("error")
    sentence = told.lower() if isinstance(told, str) else ""
    for words, kind, code in REFUSALS:
        if status < 500 and all(one in sentence for one in words):
            return refused(status, body, retry_after_s, kind=kind, code=code)
    return refused(status, body, retry_after_s)
