"""Telesom (Somaliland): messages in by unsigned GET or POST, out by a form with a daily key.

The company publishes no documentation; it hands one out with the account.

Options: ``username``, ``password``, ``secret`` (its "private key"), ``send_url`` where it names
another address; the account's ``sender_id``. It tells no ids and posts no receipts.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import ClassVar

import requests

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    HandoverUnknown,
    InboundSms,
    Misconfigured,
    Outgoing,
    Provider,
    ProviderConfig,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent
from gateway.providers.reading import check_secret, fields, sender
from gateway.providers.talking import is_page, national, rebased, refused, text_of
from gateway.providers.wire import Wire

SEND_URL = "http://telesom.com/sendsms"
YES = "Success"
LOCAL = timedelta(hours=3)  # Somali time against UTC; which of them the key wants nobody says


class Telesom(Provider):
    """One Telesom account with one sender."""

    type: ClassVar[str] = "telesom"
    STATES: ClassVar[Mapping[str, str | None]] = {
        "success": "submitted",  # the answer to a message; there are no other words
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config, self._clock = config, clock
        self._url = rebased(config.options.get("send_url") or SEND_URL, config)
        self._wire = Wire(config.timeout_s, _refusal)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "password", "secret", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        check_secret(request, self._config)
        found = fields(request)
        number = sender(found.get("mobile", ""))
        if not number:
            raise Unreadable("mobile is missing")
        return [InboundSms("", number, self._config.sender_id, found.get("msg", ""))]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """None: this company tells no more of a message that it has taken."""
        check_secret(request, self._config)
        return []

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        """The key holds the date: after a clean no in the hours when it is tomorrow in Somalia,
        the message is offered once more with the other date.
        """
        now = self._clock().astimezone(UTC)
        days = dict.fromkeys(f"{day:%d/%m/%Y}" for day in (now, now + LOCAL))
        fault: Misconfigured | None = None
        for day in days:
            try:
                return _submission(self._wire.request("POST", self._url, data=self._form(sms, day)))
            except Misconfigured as refused:
                fault = refused
        raise fault or Misconfigured("refused")

    def _form(self, sms: Outgoing, day: str) -> dict[str, object]:
        option, to, sent_by = self._config.options, _local(sms.to), self._config.sender_id
        parts = (option["username"], option["password"], to, sms.text, sent_by, day)
        try:
            told = "|".join((*parts, option["secret"])).encode()
        except UnicodeEncodeError:
            told = b""
        if not told:
            raise Rejected("unusable-text")
        key = (
            hashlib.md5(told, usedforsecurity=False).hexdigest().upper()
        )  # as the company wants it
        return {"msg": sms.text, "to": to, "from": sent_by, "key": key}


def _local(number: str) -> str:
    """0 and the national number, as it is dialled in the country."""
    found = national(number)
    return f"0{found}" if found else number


def _submission(answer: requests.Response) -> Submission:
    """It says no more than yes or no, and a no blames nobody: the next account may fare better."""
    body = text_of(answer)
    if YES in body and not is_page(body):
        return Submission("")
    if "<return>" in body:
        raise Misconfigured("refused")
    raise HandoverUnknown("unreadable-answer")


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    return refused(status, body, retry_after_s, is_theirs=not is_page(body))
