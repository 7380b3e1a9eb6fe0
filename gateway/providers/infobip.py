"""Infobip: messages and receipts in as JSON lists, messages out under an id that we choose.

https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages
https://www.infobip.com/docs/api/channels/sms/outbound-sms/get-outbound-sms-message-logs-v3
https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes

Options: ``api_key``, or ``username`` and ``password``; ``webhook_secret`` (the ``key`` that the
webhook addresses carry: Infobip signs nothing); ``transliteration`` (an alphabet by Infobip's
name, such as ALL or NON_UNICODE). ``base_url`` is the account's own, https://xxxxx.api.infobip.com.
"""

import base64
import re
from collections.abc import Iterable, Mapping
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
from gateway.providers.reading import (
    as_object,
    check_secret,
    each,
    inner,
    json_object,
    with_plus,
    word,
)
from gateway.providers.talking import (
    answered,
    balance_of,
    keyed,
    records,
    refused,
    root,
    seconds_to_live,
    without_plus,
)
from gateway.providers.wire import Wire

BASE_URL = "https://api.infobip.com"
TEXT_LIMIT = 4000  # bytes; beyond it Infobip answers REJECTED_MESSAGE_TOO_LONG
LONGEST_LIFE_S = 48 * 3600  # Infobip shortens what is longer
LOGS_LAST = timedelta(hours=48)  # older messages are in no log
TAKEN_BEFORE = "REJECTED_DUPLICATE_MESSAGE_ID"

# Status names of an answer that says no in a 200.
REFUSALS: Mapping[str, type[SendError]] = {
    "REJECTED_NETWORK": ProviderDown,  # this network is not on our account; others may reach it
    "REJECTED_PREFIX_MISSING": BadRecipient,  # wrong prefix or length
    "REJECTED_DND": RecipientOptedOut,  # on the country's do-not-disturb list
    "REJECTED_SOURCE": Misconfigured,  # our sender is not registered
    "REJECTED_NOT_ENOUGH_CREDITS": Misconfigured,
    "REJECTED_SENDER": Misconfigured,  # our sender is on the account's block list
    "REJECTED_DESTINATION_BLOCKLISTED": RecipientOptedOut,  # by the operator, or by a STOP
    "REJECTED_PREPAID_PACKAGE_EXPIRED": Misconfigured,  # the credit is too old
    "REJECTED_DESTINATION_NOT_REGISTERED": Misconfigured,  # a trial account, one number only
    "REJECTED_ROUTE_NOT_AVAILABLE": Misconfigured,  # an account without any route
    "REJECTED_FLOODING_FILTER": Throttled,  # this number had 20 messages (6 equal) in an hour
    "REJECTED_SYSTEM_ERROR": ProviderDown,  # theirs; "retry"
    "REJECTED_INVALID_UDH": Rejected,
    "REJECTED_MESSAGE_TOO_LONG": Rejected,  # more than 25 parts or 4000 bytes
    "MISSING_TO": BadRecipient,
    "REJECTED_DESTINATION": BadRecipient,  # no operator has such numbers
    "SIGNALS_BLOCKED": Rejected,  # taken for fraud
    "UNDELIVERABLE_REJECTED_OPERATOR": Rejected,
    "UNDELIVERABLE_REJECTED_PLATFORM": ProviderDown,  # malformed, or their service is away
    "UNDELIVERABLE_NOT_DELIVERED": Rejected,
    "UNDELIVERABLE_NOT_SENT": Rejected,
}
_NOES = (2, 4, 5)  # groupId of UNDELIVERABLE, EXPIRED, REJECTED
_YESES = (0, 1, 3)  # of OK, PENDING, DELIVERED

# Error names of receipts. Whether a failure passes, each receipt says itself (`permanent`).
OPTED_OUT = frozenset(
    {
        "EC_SC_BLOCKED_BY_END_USER",  # they asked their operator to block our short code
        "EC_CONTENT_BLOCKED",  # they answered STOP
        "EC_BLACKLISTED_DESTINATIONADDRESS",  # on the block list of operator or account
    }
) | {name for name, kind in REFUSALS.items() if kind is RecipientOptedOut}
HOPELESS = frozenset(
    {
        "EC_UNKNOWN_SUBSCRIBER",  # no such number in its network
        "EC_TELESERVICE_NOT_PROVISIONED",  # its contract has no SMS
        "EC_INVALID_REQUEST_DESTINATION",  # no such country
        "EC_DEST_ADDRESS_UNABLE_TO_RECEIVE_SMS",
        "EC_DESTINATION_NOT_SMS_PROVISIONED",
        "EC_DEACTIVATED_LIST",  # given up
    }
) | {name for name, kind in REFUSALS.items() if kind is BadRecipient}


class Infobip(Provider):
    """One Infobip account. A message's id is our own reference, so it can always be asked for."""

    type: ClassVar[str] = "infobip"
    IDEMPOTENT: ClassVar[bool] = True  # it refuses an id that it had before
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=10.0)
    STATES: ClassVar[Mapping[str, str | None]] = {
        # Groups, for names that are new to us.
        "OK": None,
        "PENDING": "submitted",
        "UNDELIVERABLE": "failed",
        "DELIVERED": "delivered",
        "EXPIRED": "failed",
        "REJECTED": "failed",
        # Names.
        "PENDING_WAITING_DELIVERY": "submitted",  # the operator has it
        "PENDING_ENROUTE": "submitted",  # on its way to the operator
        "PENDING_ACCEPTED": "submitted",  # Infobip has it
        "DELIVERED_TO_OPERATOR": "submitted",  # of the group DELIVERED, yet no handset has it
        "DELIVERED_TO_HANDSET": "delivered",
        "UNDELIVERABLE_REJECTED_OPERATOR": "failed",
        "UNDELIVERABLE_NOT_DELIVERED": "failed",
        "UNDELIVERABLE_NOT_SENT": "failed",
        "UNDELIVERABLE_REJECTED_PLATFORM": "failed",
        "EXPIRED_EXPIRED": "failed",  # waited for the phone as long as it may
        "EXPIRED_DLR_UNKNOWN": "failed",  # the operator never said; the group is final
        "SIGNALS_BLOCKED": "failed",  # taken for fraud
        TAKEN_BEFORE: None,  # speaks of a repetition; the first one has its own receipts
    } | dict.fromkeys(REFUSALS, "failed")

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config = config
        self._clock = clock
        self._base = root(config, BASE_URL)
        self._headers = {"Accept": "application/json", "Authorization": _credentials(config)}
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        option = config.options.get
        if option("api_key") or (option("username") and option("password")):
            return []
        return ["api_key (or username and password)"]

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        check_secret(request, self._config)
        return each(self.account, _results(request), _message)

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        check_secret(request, self._config)
        return each(self.account, _results(request), _receipt)

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "application/json", "{}")

    def send(self, sms: Outgoing) -> Submission:
        """An id that was taken before is asked for, since that may have been refused."""
        if len(sms.text.encode("utf-8", "replace")) > TEXT_LIMIT:
            raise Rejected("REJECTED_MESSAGE_TOO_LONG")
        answer = self._ask("POST", "/sms/3/messages", {"messages": [self._message(sms)]})
        group, name, message_id = _verdict(answer.text)
        if name == TAKEN_BEFORE:
            found = self._logged(sms.reference)
            if found is None:
                raise ProviderDown(TAKEN_BEFORE)
            return found
        if group in _NOES:
            raise REFUSALS.get(name, Rejected)(name or f"group-{group}")
        if group not in _YESES:
            raise HandoverUnknown("unreadable-answer")
        return Submission(message_id or sms.reference)

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """By our reference, which is the message's id; Infobip's logs hold two days."""
        found = self._logged(sms.reference)
        if found is None and self._clock() - since > LOGS_LAST:
            raise HandoverUnknown("older-than-the-logs")
        return found

    def balance(self) -> Balance | None:
        found = answered(self._ask("GET", "/account/1/balance"))
        return balance_of(found.get("balance"), found.get("currency"))

    def _logged(self, reference: str) -> Submission | None:
        answer = self._ask("GET", "/sms/3/logs", params={"messageId": reference})
        taken = any(
            inner(one, "messageId") == reference
            and inner(one, "status", "groupName") != "REJECTED"
            and inner(one, "status", "groupId") != 5
            for one in records(answered(answer), "results")
        )
        return Submission(reference) if taken else None

    def _message(self, sms: Outgoing) -> dict[str, Any]:
        """The sender twice: the documented name, and the one that older accounts know."""
        config, content = self._config, {"text": sms.text}
        if transliteration := config.options.get("transliteration"):
            content["transliteration"] = transliteration
        message: dict[str, Any] = {
            "destinations": [{"to": without_plus(sms.to), "messageId": sms.reference}],
            "content": content,
        }
        if config.sender_id:
            message |= {"sender": config.sender_id, "from": config.sender_id}
        life = seconds_to_live(sms, self._clock(), 60, LONGEST_LIFE_S)
        if life is not None:
            message["options"] = {"validityPeriod": {"amount": life, "timeUnit": "SECONDS"}}
        if sms.receipt_url:
            url = keyed(sms.receipt_url, config)
            kind = "application/json"
            delivery = {"url": url, "intermediateReport": True, "contentType": kind}
            message["webhooks"] = {"delivery": delivery, "contentType": kind}
        return message

    def _ask(
        self,
        method: str,
        path: str,
        document: object = None,
        params: Mapping[str, object] | None = None,
    ) -> Any:
        url = self._base + path
        return self._wire.request(method, url, params, headers=self._headers, document=document)


def _credentials(config: ProviderConfig) -> str:
    if key := config.options.get("api_key"):
        return f"App {key}"
    pair = f"{config.options.get('username', '')}:{config.options.get('password', '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _results(request: WebhookRequest) -> list[Any]:
    results = json_object(request.body).get("results")
    if not isinstance(results, list):
        raise Unreadable("results is missing")
    return results


def _message(entry: Any) -> InboundSms:
    """An entry of an inbound list. An MMS has a list of pieces for text."""
    sender = word(inner(entry, "from") or inner(entry, "sender"))
    if not sender:
        raise Unreadable("the sender is missing")
    pieces = entry.get("message")
    pieces = [one for one in pieces if isinstance(one, dict)] if isinstance(pieces, list) else []
    text = word(entry.get("text")) or word(entry.get("cleanText"))
    return InboundSms(
        provider_id=word(entry.get("messageId")),
        sender=with_plus(sender),
        recipient=with_plus(word(entry.get("to") or entry.get("destination"))),
        text=text or _joined(word(piece.get("value")) for piece in pieces),
        media=sum(1 for piece in pieces if piece.get("url")),
    )


def _joined(pieces: Iterable[str]) -> str:
    return "\n".join(piece for piece in pieces if piece)


def _receipt(entry: Any) -> Receipt:
    """An entry of a list of receipts."""
    message_id = word(inner(entry, "messageId"))
    if not message_id:
        raise Unreadable("messageId is missing")
    group, name = (word(inner(entry, "status", key)).upper() for key in ("groupName", "name"))
    state = Infobip.STATES[name] if name in Infobip.STATES else Infobip.STATES.get(group)
    error = word(inner(entry, "error", "name")).upper().replace("NO_ERROR", "")
    code = error or (name if state == "failed" else "")
    opted_out = bool({error, name} & OPTED_OUT)
    return Receipt(
        provider_id=message_id,
        status=name or group,
        state="failed" if opted_out else state,
        reference=message_id,
        error_code=code or None,
        opted_out=opted_out,
        transient=state == "failed" and bool(error) and _passes(entry) and not opted_out,
        bad_recipient=bool({error, name} & HOPELESS),
    )


def _passes(entry: Mapping[str, Any]) -> bool:
    return inner(entry, "error", "permanent") is False


def _verdict(body: str) -> tuple[int | None, str, str]:
    """Group, name and id of the one message of an answer.

    An answer that broke off after them (a proxy's doing) still says what became of the message.
    """
    document = as_object(body)
    if document is not None:
        message = inner(document, "messages", 0)
        group = inner(message, "status", "groupId")
        name, message_id = word(inner(message, "status", "name")), word(inner(message, "messageId"))
    else:
        digits = _found(r'"groupId"\s*:\s*([0-9]{1,3})\b', body)
        group = int(digits) if digits else None
        name = _found(r'"name"\s*:\s*"([A-Z_]{1,60})"', body)
        message_id = _found(r'"messageId"\s*:\s*"([^"\\]{1,100})"', body)
    known = isinstance(group, int) and not isinstance(group, bool)
    shown = name if re.fullmatch(r"[A-Z_]{1,60}", name) else ""
    return group if known else None, shown, message_id


def _found(pattern: str, body: str) -> str:
    match = re.search(pattern, body[:20_000])
    return match.group(1) if match else ""


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    """Infobip's own errors are JSON, with a word such as UNAUTHORIZED or a code such as E401."""
    document = as_object(body)
    code = word(inner(document, "requestError", "serviceException", "messageId"))
    code = code or word(inner(document, "errorCode"))
    return refused(status, body, retry_after_s, code=code, is_theirs=document is not None)
