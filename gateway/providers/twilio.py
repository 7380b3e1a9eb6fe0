"""Twilio: messages and receipts in by signed webhooks, messages out by its official client.

https://www.twilio.com/docs/messaging/guides/webhook-request
https://www.twilio.com/docs/usage/webhooks/webhooks-security
https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/usage/api/balance (a subaccount has none of its own: Twilio says 404)
https://www.twilio.com/docs/api/errors

Options: ``account_sid``, ``auth_token``, ``auth_token_secondary`` (also accepted on webhooks while
tokens are rotated), ``messaging_service_sid`` (or the account's ``sender_id``, or both),
``validity_seconds`` (1–36000: how long Twilio may keep trying; Twilio's default is ten hours).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from werkzeug.datastructures import MultiDict

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    Balance,
    HandoverUnknown,
    InboundSms,
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
from gateway.providers.reading import as_object, inner, unwrapped, word
from gateway.providers.talking import balance_of, refused, seconds_to_live
from gateway.providers.wire import Wire

LONGEST_LIFE_S = 36_000
BODY_LIMIT = 1600  # characters; beyond it Twilio answers 21617
OPTED_OUT = "21610"
LOOK_UP_LIMIT = 200  # messages to one recipient that a look-up reads
CLOCK_MARGIN = timedelta(minutes=5)  # Twilio's clock against ours

REFUSALS: Mapping[str, type[SendError]] = {
    "14107": Throttled,  # send rate
    "20003": Misconfigured,  # credentials
    "20005": Misconfigured,  # account not active
    "20404": Misconfigured,  # no such account
    "20429": Throttled,  # too many requests at once; this one was not processed
    "20503": ProviderDown,  # service unavailable
    "21211": BadRecipient,  # not a valid number
    "21212": Misconfigured,  # our sender is not a valid number
    "21217": BadRecipient,  # does not look like a number
    "21408": Misconfigured,  # sending to that country is switched off
    "21607": Misconfigured,  # a trial account writes from its own number alone
    "21608": Misconfigured,  # a trial account writes to its own numbers alone
    "21609": Misconfigured,  # our address for receipts is no URL
    OPTED_OUT: RecipientOptedOut,
    "21603": Misconfigured,  # no sender given
    "21604": BadRecipient,  # no recipient given
    "21606": Misconfigured,  # our sender cannot send SMS
    "21611": Throttled,  # our sender's queue is full
    "21612": BadRecipient,  # no route to this number
    "21614": BadRecipient,  # not a mobile number
    "21616": Misconfigured,  # our sender is more than one number of the account
    "21617": Rejected,  # longer than BODY_LIMIT
    "21635": BadRecipient,  # a landline
    "21657": Misconfigured,  # our sender is not registered in that country
    "21659": Misconfigured,  # our sender is not ours
    "21660": Misconfigured,  # our sender belongs to another account
    "21701": Misconfigured,  # no such messaging service
    "21702": Misconfigured,  # the messaging service takes no messages
    "21703": Misconfigured,  # the messaging service has no senders
    "30001": Throttled,  # queue overflow
    "30002": Misconfigured,  # account suspended
    "63017": Throttled,  # the account's rate
    "63018": Throttled,  # channel rate limit
    "63038": Throttled,  # the account's messages of a day
}

# Codes of receipts whose message may get through when it is sent again, in their order: handset off
# or out of coverage, unknown, rate and daily caps, operator timeout; the refusals that pass.
PASSING = frozenset({"30003", "30008", "30022", "30023", "30027", "30410"}) | {
    *("30001", "63017", "63018", "63038"),
}
# Unknown handset, landline, and the refusals above that blame the number.
HOPELESS = frozenset({"30005", "30006"}) | {
    code for code, kind in REFUSALS.items() if kind is BadRecipient
}


_T = TypeVar("_T")


class Twilio(Provider):
    """One Twilio account with one sender or messaging service."""

    type: ClassVar[str] = "twilio"
    ASKABLE: ClassVar[bool] = True
    STATES: ClassVar[Mapping[str, str | None]] = {
        "accepted": "submitted",  # a messaging service has it and will choose a sender
        "scheduled": "submitted",  # kept for a later time
        "queued": "submitted",  # waits for its turn at the sender
        "sending": "submitted",  # on its way to the operator
        "sent": "submitted",  # the operator has it, the handset may not
        "delivered": "delivered",  # the operator says that the handset has it
        "read": "delivered",  # opened (WhatsApp, RCS)
        "partially_delivered": "submitted",  # not the whole text, so no claim that it arrived
        "undelivered": "failed",  # the operator could not deliver; see the error code
        "failed": "failed",  # Twilio could not send; see the error code
        "canceled": "failed",  # a scheduled message was called off
        "receiving": None,  # the words for inbound messages say nothing about ours
        "received": None,
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._clock = clock
        self._longest_s = _validity(config)
        option = config.options.get
        tokens = [option("auth_token", ""), option("auth_token_secondary", "")]
        self._validators = [RequestValidator(token) for token in tokens if token]
        self._always = {
            name: value
            for name, value in (
                ("from_", config.sender_id),
                ("messaging_service_sid", option("messaging_service_sid", "")),
            )
            if value
        }
        self._client = _client(config)
        self._messages = self._client.messages

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "account_sid", "auth_token", "messaging_service_sid or sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        self._check_signature(request)
        fields = _fields(request)
        for name in ("MessageSid", "From"):
            if not fields.get(name):
                raise Unreadable(f"{name} is missing")
        opt = fields.get("OptOutType", "").lower()
        return [
            InboundSms(
                provider_id=fields["MessageSid"],
                sender=fields["From"].removeprefix("whatsapp:"),
                recipient=fields.get("To", "").removeprefix("whatsapp:"),
                text=unwrapped(fields.get("Body", "")),  # joined ones at times come as base64
                opt=opt if opt in ("stop", "start", "help") else None,
                media=_count(fields.get("NumMedia", "")),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        self._check_signature(request)
        fields = _fields(request)
        status = fields.get("MessageStatus", "").lower()
        if not status:
            return []
        if not fields.get("MessageSid"):
            raise Unreadable("MessageSid is missing")
        code = fields.get("ErrorCode", "")
        opted_out = code == OPTED_OUT
        return [
            Receipt(
                provider_id=fields["MessageSid"],
                status=status,
                state="failed" if opted_out else self.STATES.get(status),
                reference=request.in_query("reference") or None,
                error_code=code or None,
                opted_out=opted_out,
                transient=code in PASSING,
                bad_recipient=code in HOPELESS,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        """An empty TwiML document: another content type raises error 12300 on Twilio's side."""
        body = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
        return Acknowledgement(200, "text/xml", body)

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > BODY_LIMIT:
            raise Rejected("21617")
        wanted = dict(self._always, to=sms.to, body=sms.text)
        life = seconds_to_live(sms, self._clock(), 6, self._longest_s)
        if life or self._longest_s < LONGEST_LIFE_S:
            wanted["validity_period"] = str(life or self._longest_s)
        if sms.receipt_url:
            wanted["status_callback"] = sms.receipt_url
        return _submission(_ask(lambda: self._messages.create(**wanted)))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Find the recipient's message with this very text, not failed, made since then.

        Without Twilio's own date filter: it compares the date of sending, which a message
        still in the queue does not have.
        """
        earliest = since - CLOCK_MARGIN
        found = _ask(lambda: self._messages.list(to=sms.to, limit=LOOK_UP_LIMIT))
        recent = [one for one in found if one.date_created is None or one.date_created >= earliest]
        for one in recent:
            if _is_ours(one, sms.text):
                return _submission(one)
        if len(recent) >= LOOK_UP_LIMIT:
            raise HandoverUnknown("more-than-looked-up")
        return None

    def balance(self) -> Balance:
        found = _ask(self._client.balance.fetch)
        return balance_of(found.balance, found.currency)

    def _check_signature(self, request: WebhookRequest) -> None:
        try:
            genuine = self._is_genuine(request)
        except Exception:  # an outsider can send anything, and deserves nothing but a refusal
            genuine = False
        if not genuine:
            raise NotAuthentic

    def _is_genuine(self, request: WebhookRequest) -> bool:
        """Twilio signs the URL and a form's fields; for any other body, a hash within the URL.

        We compute with the official validator but compare ourselves: its ``validate`` raises on
        some bodies and loses the host of ``user:pass@host:port``.
        """
        form = () if request.method == "GET" else request.form
        digest = request.in_query("bodySHA256")
        if digest is not None and not form and digest != hashlib.sha256(request.body).hexdigest():
            return False
        given = request.header("X-Twilio-Signature").encode()
        algorithm = get_signature_algorithm(request.header("X-Twilio-Webhooks-Signature-Settings"))
        return any(
            hmac.compare_digest(
                validator.compute_signature(url, MultiDict(form), algorithm).encode(), given
            )
            for validator in self._validators
            for url in _spellings(request.url)
        )


def _fields(request: WebhookRequest) -> dict[str, str]:
    """What the signature covers: the query of a GET, the form of a POST; the first of repeats."""
    return dict(reversed(request.query if request.method == "GET" else request.form))


def _spellings(url: str) -> Iterator[str]:
    """The URL as given, without its port, and with the default port: Twilio signs any of them."""
    yield url
    parts = urlsplit(url)
    bare = re.sub(r":\d+$", "", parts.netloc)
    ported = f"{bare}:{443 if parts.scheme == 'https' else 80}"
    for netloc in (bare, ported):
        yield url.replace(f"//{parts.netloc}", f"//{netloc}", 1)


def _validity(config: ProviderConfig) -> int:
    """Seconds that Twilio may keep trying at most."""
    given = config.options.get("validity_seconds", "") or str(LONGEST_LIFE_S)
    if not (re.fullmatch(r"[0-9]{1,5}", given) and 1 <= int(given) <= LONGEST_LIFE_S):
        raise wrong(config, "validity_seconds is not 1-36000")
    return int(given)


def _count(given: str) -> int:
    return int(given) if re.fullmatch(r"[0-9]{1,3}", given) else 0


def _is_ours(found: Any, text: str) -> bool:
    """A trial account puts a sentence and a dash before the text."""
    body = found.body if isinstance(found.body, str) else ""
    same = body.strip() == text.strip() or body.endswith(f"trial account - {text}")
    return same and found.direction != "inbound" and Twilio.STATES.get(found.status) != "failed"


def _submission(message: Any) -> Submission:
    if not (isinstance(message.sid, str) and message.sid):
        raise HandoverUnknown("no-sid")
    return Submission(message.sid)


def _client(config: ProviderConfig) -> Any:
    """The official client over our wire."""
    client = Client(
        config.options["account_sid"],
        config.options["auth_token"],
        http_client=Wire(config.timeout_s, _refusal),
        # Not an empty mapping: then the client would read its region from the process.
        environment={"TWILIO_REGION": ""},
    )
    if config.base_url:
        client.api.base_url = config.base_url
    return client


def _ask(call: Callable[[], _T]) -> _T:
    """Run a call of the client; a 2xx that it cannot read leaves the handover unknown."""
    try:
        return call()
    except SendError:
        raise
    except Exception:  # HTML, cut JSON, a list where a record should be
        fault = HandoverUnknown("unreadable-answer")
    raise fault


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    document = as_object(body)
    code, is_theirs = word(inner(document, "code")), document is not None
    kind = REFUSALS.get(code)
    return refused(status, body, retry_after_s, kind=kind, code=code, is_theirs=is_theirs)
