"""SMS Gateway for Android (sms-gate.app): a phone of our own that sends and receives by HTTP.

https://docs.sms-gate.app/features/webhooks/
https://docs.sms-gate.app/features/sending-messages/
https://docs.sms-gate.app/features/status-tracking/
https://docs.sms-gate.app/faq/errors/

Options: ``username`` and ``password`` of the app's home page, ``signature_secret`` or ``secret``
(its Signing Key under Settings, Webhooks), ``device_id`` (one phone of several in the cloud),
``sim_number`` (1–3), ``tolerance_s`` (300: how far the phone's clock may be from ours).
``base_url``: empty for the public cloud; http://<phone>:8080 for the server in the phone;
https://<host>/3rdparty/v1 for one's own.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
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
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, signing_key, whole_number
from gateway.providers.reading import as_object, each, inner, json_object, same, word
from gateway.providers.talking import answered, check_expiry, named, refused, root
from gateway.providers.wire import Wire

CLOUD = "https://api.sms-gate.app/3rdparty/v1"
URGENT = 100  # from here on the app passes its own limits and pauses by; Android's remain
TEXT_LIMIT = 65_535  # characters, beyond which the server refuses

# Events that bring a message, with the field that holds its text. An MMS that was not fetched has
# a subject at most; a data message is for programs, not for us.
MESSAGES: Mapping[str, str] = {
    "sms:received": "message",
    "mms:received": "subject",
    "mms:downloaded": "body",
}
BATCH = ":batch:"  # in place of the colon: several in one event, after an inbox refresh in batches

# Android's SmsManager results (with the prefix RESULT_), and codes of ours for the app's sentences.
# True: the same message may get through later, or by another phone.
FAILURES: Mapping[str, bool] = {
    "RESULT_ERROR_GENERIC_FAILURE": True,  # most often: no airtime left on the SIM
    "RESULT_ERROR_RADIO_OFF": True,  # flight mode
    "RESULT_ERROR_NULL_PDU": False,  # Android could make no SMS of it
    "RESULT_ERROR_NO_SERVICE": True,  # no network
    "RESULT_ERROR_LIMIT_EXCEEDED": True,  # Android's or the operator's limit
    "RESULT_ERROR_FDN_CHECK_FAILURE": False,  # the SIM allows fixed numbers only
    "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED": False,  # the phone's user has not agreed
    "RESULT_ERROR_SHORT_CODE_NEVER_ALLOWED": False,
    "RESULT_RADIO_NOT_AVAILABLE": True,
    "RESULT_NETWORK_REJECT": False,  # the operator refuses this message
    "RESULT_INVALID_ARGUMENTS": False,
    "RESULT_INVALID_STATE": True,
    "RESULT_NO_MEMORY": True,
    "RESULT_INVALID_SMS_FORMAT": False,
    "RESULT_SYSTEM_ERROR": True,
    "RESULT_MODEM_ERROR": True,
    "RESULT_NETWORK_ERROR": True,
    "RESULT_ENCODING_ERROR": False,
    "RESULT_INVALID_SMSC_ADDRESS": True,  # the SIM's message centre is wrong
    "RESULT_OPERATION_NOT_ALLOWED": True,
    "RESULT_INTERNAL_ERROR": True,
    "RESULT_NO_RESOURCES": True,
    "RESULT_CANCELLED": True,
    "RESULT_REQUEST_NOT_SUPPORTED": True,
    "RESULT_NO_BLUETOOTH_SERVICE": True,
    "RESULT_NO_DEFAULT_SMS_APP": True,  # no default app or SIM is chosen in the phone
    "RESULT_USER_NOT_ALLOWED": True,
    "RESULT_RIL_RADIO_NOT_AVAILABLE": True,
    "RESULT_RIL_SMS_SEND_FAIL_RETRY": True,
    "RESULT_RIL_NETWORK_REJECT": False,
    "RESULT_RIL_MODEM_ERR": True,
    "RESULT_RIL_NETWORK_ERR": True,
    "RESULT_RIL_NETWORK_NOT_READY": True,
    "cancelled": False,  # taken back before the phone sent it
    "expired": False,  # "TTL expired"
    "no-sim": True,  # "No SIMs found"
    "bad-number": False,  # the phone cannot make a number of it
    "other": False,  # a sentence we do not know; it may quote a number, so it is not kept
}


class SmsGate(Provider):
    """One phone, or the phones of one account of its cloud."""

    type: ClassVar[str] = "smsgate"
    ONE_DOOR: ClassVar[bool] = True
    IDEMPOTENT: ClassVar[bool] = True
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=1.0, per_half_hour=30)
    STATES: ClassVar[Mapping[str, str | None]] = {
        "sms:sent": "submitted",  # the operator has it
        "sms:delivered": "delivered",  # the handset has it; of a long text at least one part
        "sms:failed": "failed",  # see its reason
        "sms:cancelled": "failed",  # taken back while it waited in the phone
        "Pending": "submitted",  # the words of GET messages/{id}: waits for the phone
        "Processed": "submitted",  # given to Android
        "Sent": "submitted",
        "Delivered": "delivered",
        "Failed": "failed",
        "Cancelled": "failed",
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._clock = clock
        option = config.options.get
        self._key = signing_key(config)
        self._tolerance_s = whole_number(config, "tolerance_s", 300, 86_400)
        self._auth = (option("username", ""), option("password", ""))
        self._url = root(config, CLOUD) + "/messages"
        self._always: dict[str, object] = {"withDeliveryReport": True}
        if option("device_id"):
            self._always["deviceId"] = option("device_id")
        if option("sim_number"):
            self._always["simNumber"] = whole_number(config, "sim_number", 1, 3)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "password", "signature_secret or secret")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """A batch brings several."""
        event = self._event(request)
        kind, payload, event_id = word(event.get("event")), _payload(event), word(event.get("id"))
        single = kind.replace(BATCH, ":", 1)
        if single not in MESSAGES:
            return []
        if not event_id:
            raise Unreadable("id is missing")
        if single == kind:
            return [_message(event_id, kind, payload)]
        listed = payload.get("messages")
        if not isinstance(listed, list):
            raise Unreadable("messages is missing")
        named = [(f"{event_id}:{number}", one) for number, one in enumerate(listed, 1)]
        return each(self.account, named, lambda pair: _message(pair[0], single, pair[1]))

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        event = self._event(request)
        kind, payload = word(event.get("event")), _payload(event)
        state = self.STATES.get(kind)
        if state is None:
            return []
        message_id = word(payload.get("messageId"))
        if not message_id:
            raise Unreadable("messageId is missing")
        code, transient = None, False
        if state == "failed":
            code, transient = _why(kind, word(payload.get("reason")))
        return [
            Receipt(
                provider_id=message_id,
                status=kind,
                state=state,
                reference=message_id,
                error_code=code,
                transient=transient,
                bad_recipient=code == "bad-number",
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        """Any 2xx; for anything else the phone tries for two days."""
        return Acknowledgement(200, "application/json", "{}")

    def send(self, sms: Outgoing) -> Submission:
        if not 0 < len(sms.text) <= TEXT_LIMIT:
            raise Rejected("text-length")
        check_expiry(sms, self._clock())
        wanted = self._always | {
            "id": sms.reference,
            "textMessage": {"text": sms.text},
            "phoneNumbers": [sms.to],
            "priority": URGENT if sms.urgent else 0,
        }
        if sms.expires_at:
            wanted["validUntil"] = sms.expires_at.astimezone(UTC).isoformat(timespec="milliseconds")
        try:
            answer = self._ask("POST", self._url, wanted)
        except _AlreadyThere:
            return Submission(sms.reference)
        return named(answer.get("id"))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        del since  # our reference is its id
        try:
            return named(self._ask("GET", f"{self._url}/{sms.reference}").get("id"))
        except _NotThere:
            return None

    def _ask(self, method: str, url: str, document: object = None) -> dict[str, Any]:
        return answered(self._wire.request(method, url, document=document, auth=self._auth))

    def _event(self, request: WebhookRequest) -> dict[str, Any]:
        """HMAC-SHA256 over the raw body and the timestamp behind it, in hexadecimal."""
        stamp = request.header("X-Timestamp")
        mac = hmac.new(
            self._key.encode(), request.body + stamp.encode("utf-8", "replace"), "sha256"
        )
        if not same(request.header("X-Signature").lower(), mac.hexdigest()):
            raise NotAuthentic
        now = request.received_at.timestamp()
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now - int(stamp)) > self._tolerance_s:
            raise NotAuthentic
        return json_object(request.body)


class _AlreadyThere(Rejected):
    """A message with our reference was taken before."""


class _NotThere(Misconfigured):
    """No message has our reference, or no such address: only a look-up knows which."""


def _payload(event: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = event.get("payload")
    return payload if isinstance(payload, dict) else {}


def _message(name: str, kind: str, payload: object) -> InboundSms:
    """Its messageId is a hash of 32 bits, so two may share it; ``name`` is of the event's id."""
    sender = word(inner(payload, "sender")) or word(inner(payload, "phoneNumber"))
    if not sender:
        raise Unreadable("sender is missing")
    files = inner(payload, "attachments")
    return InboundSms(
        provider_id=name,
        sender=sender,
        recipient=word(inner(payload, "recipient")),
        text=word(inner(payload, MESSAGES[kind])),
        media=len(files) if isinstance(files, list) else int(kind == "mms:received"),
    )


def _why(kind: str, reason: str) -> tuple[str, bool]:
    """The code of a failure, and whether the message may get through later.

    What the operator's centre reports is its TP-Status (3GPP TS 23.040, section 9.2.3.15).
    """
    if kind == "sms:cancelled":
        return "cancelled", FAILURES["cancelled"]
    delivery = re.search(r"Delivery result.*?([0-9]{1,3})$", reason)
    if delivery:
        status = int(delivery[1])
        return f"tp-status-{status}", status >= 0x60
    android = re.search(r"RESULT_[A-Z_]{3,48}", reason)
    if android:
        return android[0], FAILURES.get(android[0], False)
    sentences = (("TTL", "expired"), ("No SIM", "no-sim"), ("phone number", "bad-number"))
    code = next((code for part, code in sentences if part in reason), "other")
    return code, FAILURES[code]


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    """Its refusals have a sentence and no code; a 400 blames number, phone or message.

    A 500 may come after the message was stored, so it is asked for before it is sent again.
    """
    document = as_object(body)
    sentence = word(inner(document, "message")).lower()
    shown = f"http-{status}"
    if status == 409:
        return _AlreadyThere("duplicate-id")
    if status == 404:
        return _NotThere(shown)
    if status == 503:  # too many or too old messages wait: the phone is not there
        return ProviderDown("queue-limit" if "queue" in sentence else shown)
    if status >= 500:
        return HandoverUnknown(shown)
    if status == 400 and sentence:
        if "device" in sentence:
            return Misconfigured("no-device")
        return BadRecipient("bad-number") if "phone" in sentence else Rejected(shown)
    return refused(status, body, retry_after_s, is_theirs=document is not None or not body)
