"""SMSSync (Ushahidi): an Android phone that posts what it receives and fetches what it shall send.

https://smssync.ushahidi.com/developers/

Options: ``secret`` (the app's Secret Key; in clear text in each request, so HTTPS only). The app's
Sync URL is our inbound address without any query: it puts ``?task=`` behind it. A reply goes out
with the next poll (Enable Task Checking), not in the answer to the message.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    Limits,
    NotAuthentic,
    Outgoing,
    Poll,
    PolledProvider,
    ProviderConfig,
    Receipt,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent
from gateway.providers.reading import json_object, json_of, same, word, xml_of

MOST = 10  # messages a poll: the app has sent them before it asks again
AWAITED = 2_000  # references of which a result may still come

# Android's SmsManager codes. True: the same message may get through later, or by another phone.
SENT = frozenset({"-1", "0"})  # RESULT_OK; version 3 never fills it in, and the manual shows 0
FAILURES: Mapping[str, bool] = {
    "1": True,  # generic failure, most often: no airtime left on the SIM
    "2": True,  # radio off
    "3": False,  # null PDU: Android could make no SMS of it
    "4": True,  # no service
    "5": True,  # Android's limit
}
SENTENCES: Mapping[str, str] = {
    "fail": "1",
    "radio off": "2",
    "null pdu": "3",
    "no service": "4",
}


class SmsSync(PolledProvider):
    """One phone, or several with one secret."""

    type: ClassVar[str] = "smssync"
    ONE_DOOR: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=1.0, per_half_hour=30)
    STATES: ClassVar[Mapping[str, str | None]] = {
        "sent": "submitted",  # the operator has it
        "delivered": "delivered",  # the handset has it
        "failed": "failed",  # see the code
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._secret = config.options["secret"]
        self._lock = threading.Lock()
        self._awaited: OrderedDict[str, None] = OrderedDict()

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "secret")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        if request.in_query("task"):
            return []
        fields = _fields(request)
        self._check(fields.get("secret", ""))
        if not fields.get("from"):
            raise Unreadable("from is missing")
        return [
            InboundSms(
                provider_id=fields.get("message_id", ""),
                sender=fields["from"],
                recipient=fields.get("sent_to", ""),
                text=fields.get("message", ""),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """Its results come by polls; here for one who posts them to the other address."""
        poll = self.read_poll(request)
        return list(poll.receipts) if poll else []

    def acknowledge(self) -> Acknowledgement:
        """Anything else makes the app keep the message and post it again."""
        return _answer({"payload": {"success": True, "error": None}})

    def read_poll(self, request: WebhookRequest) -> Poll | None:
        """``task=sent`` comes without the secret: it can only name references that it was given."""
        task = request.in_query("task")
        if not task:
            return None
        if task == "sent":
            named = json_object(request.body).get("queued_messages")
            return Poll(taken=tuple(_references(named)))
        self._check(request.in_query("secret") or "")
        if task == "send":
            return Poll(most=MOST)
        if task == "result":
            return Poll(receipts=() if request.method == "GET" else _results(request.body))
        raise Unreadable("an unknown task")

    def answer_poll(self, poll: Poll, given: Sequence[Outgoing]) -> Acknowledgement:
        """The phone sends what it was given once ``taken`` is said back to it, and only that.

        A caller leaves out of ``taken`` what may no longer leave.
        """
        self._await(poll)
        if poll.most:
            messages = [{"to": sms.to, "message": sms.text, "uuid": sms.reference} for sms in given]
            return _answer(
                {"payload": {"task": "send", "secret": self._secret, "messages": messages}}
            )
        if poll.receipts:
            return self.acknowledge()
        with self._lock:  # after `taken`: these; else the phone asks whose results we await
            named = list(poll.taken) or list(self._awaited)
        return _answer({"message_uuids": named})

    def _check(self, given: str) -> None:
        if not same(given, self._secret):
            raise NotAuthentic

    def _await(self, poll: Poll) -> None:
        with self._lock:
            for reference in poll.taken:
                self._awaited[reference] = None
            for receipt in poll.receipts:
                if receipt.state in ("delivered", "failed"):
                    self._awaited.pop(receipt.reference or "", None)
            while len(self._awaited) > AWAITED:
                self._awaited.popitem(last=False)


def _fields(request: WebhookRequest) -> dict[str, str]:
    """The app's Data Format is URL encoded, JSON or XML, its method POST or PUT."""
    if request.form:
        found: Mapping[str, Any] = dict(reversed(request.form))
    elif request.body.lstrip()[:1] == b"<":
        found = _xml(request.body)
    else:
        found = json_object(request.body)
    return {name: word(value) for name, value in found.items()}


def _xml(body: bytes) -> dict[str, str]:
    root = xml_of(body)
    if root.tag != "payload":
        raise Unreadable("the body is no XML payload")
    return {str(child.tag): child.text or "" for child in root if isinstance(child.tag, str)}


def _references(named: object) -> Iterable[str]:
    """Its uuids that can be references of ours."""
    if not isinstance(named, list):
        raise Unreadable("queued_messages is no list")
    return [one for one in named if isinstance(one, str) and re.fullmatch(r"[\w-]{1,64}", one)]


def _results(body: bytes) -> tuple[Receipt, ...]:
    """Version 3 puts the list as JSON within the JSON."""
    given = json_object(body).get("message_result")
    if isinstance(given, str):
        try:
            given = json_of(given)
        except ValueError:
            given = None
    if not isinstance(given, list):
        raise Unreadable("message_result is no list")
    return tuple(_result(one) for one in given if isinstance(one, dict) and word(one.get("uuid")))


def _result(one: Mapping[str, Any]) -> Receipt:
    """Version 3 fills in 0 for both codes whatever happened; then only its sentences tell."""
    code = word(one.get("sent_result_code")) or "0"
    said = word(one.get("sent_result_message")).lower()
    if code in SENT:
        code = next((number for part, number in SENTENCES.items() if part in said), "")
    arrived = word(one.get("delivered_result_message")).lower()
    delivered = word(one.get("delivered_result_code")) in SENT and arrived.endswith(" delivered")
    status = "failed" if code else "delivered" if delivered and "not" not in arrived else "sent"
    return Receipt(
        "",
        status,
        SmsSync.STATES[status],
        reference=word(one.get("uuid")),
        error_code=code[:16] or None,
        transient=FAILURES.get(code, False),
    )


def _answer(document: Mapping[str, object]) -> Acknowledgement:
    return Acknowledgement(200, "application/json", json.dumps(document))
