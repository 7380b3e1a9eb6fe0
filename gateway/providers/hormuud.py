"""Hormuud (Somalia): messages in by unsigned POST, out by JSON with a token from a password.

https://business.hormuud.com/ (the account's page holds the vendor's "SMS API documentation")

Options: ``username``, ``password`` (the page's "API password"); the account's ``sender_id``.
The company tells no ids of what it hands in, and posts no receipts that we know of.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import requests

from gateway.providers.base import (
    Acknowledgement,
    BadRecipient,
    HandoverUnknown,
    InboundSms,
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
from gateway.providers.options import absent
from gateway.providers.reading import as_object, check_secret, fields, inner, sender, word
from gateway.providers.talking import is_page, rebased, refused, without_plus
from gateway.providers.tokens import TokenRefused, Tokens, token_in, token_refusal
from gateway.providers.wire import Wire

LOGIN_URL = "https://smsapi.hormuud.com/token"
SEND_URL = "https://smsapi.hormuud.com/api/SendSMS"
TOKEN_LIVES_S = 3600.0  # where the answer does not say

REFUSALS: Mapping[str, type[SendError]] = {  # ResCode; any other beside an id is a yes
    "201": Misconfigured,  # authentication failed
    "203": Misconfigured,  # sender id not allowed
    "204": Misconfigured,  # no money left (prepaid)
    "205": Misconfigured,  # not enough money left (prepaid)
    "206": Rejected,  # more parts than the account may send
    "207": BadRecipient,  # wrong mobile number
    "500": ProviderDown,  # unknown error
}


class Hormuud(Provider):
    """One Hormuud account with one sender."""

    type: ClassVar[str] = "hormuud"
    STATES: ClassVar[Mapping[str, str | None]] = {
        "accepted": "submitted",  # Data.Description of an answer; there are no other words
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._config = config
        self._wire = Wire(config.timeout_s, _refusal)
        self._door = Wire(config.timeout_s, token_refusal)
        self._tokens = Tokens(self._fetch_token)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "password", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """Its TimeSent has digits missing or too many, and is not read."""
        check_secret(request, self._config)
        found = fields(request)
        number = sender(found.get("sender", ""))
        if not number:
            raise Unreadable("Sender is missing")
        return [InboundSms("", number, found.get("shortcode", ""), found.get("messagetext", ""))]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """None: this company tells no more of a message that it has taken."""
        check_secret(request, self._config)
        return []

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        url, document = rebased(SEND_URL, self._config), _document(sms, self._config.sender_id)
        return _submission(self._tokens.post(self._wire, url, document))

    def _fetch_token(self) -> tuple[str, float]:
        form = {
            "Username": self._config.options["username"],
            "Password": self._config.options["password"],
            "grant_type": "password",
        }
        answer = self._door.request("POST", rebased(LOGIN_URL, self._config), data=form)
        return token_in(answer, TOKEN_LIVES_S)


def _document(sms: Outgoing, sender_id: str) -> dict[str, Any]:
    return {
        "mobile": without_plus(sms.to),
        "message": sms.text,
        "senderid": sender_id,
        "mType": -1,  # the company finds out the alphabet by itself
        "eType": -1,
        "UDH": "",
    }


def _submission(answer: requests.Response) -> Submission:
    document = as_object(answer.content)
    code = word(inner(document, "ResCode"))
    if code in REFUSALS:
        raise REFUSALS[code](code)
    provider_id = word(inner(document, "Data", "MessageID"))
    if not provider_id:
        raise HandoverUnknown("no-id")
    return Submission("" if provider_id == "null" else provider_id)  # so it is taken, unnamed


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    if status == 401 and not is_page(body):
        return TokenRefused("http-401")
    code = word(inner(as_object(body), "ResCode"))
    kind, is_theirs = REFUSALS.get(code), not is_page(body)
    known = code if kind else ""
    return refused(status, body, retry_after_s, kind=kind, code=known, is_theirs=is_theirs)
