"""MTN (the group's MADAPI): everything in by unsigned JSON, messages out with an OAuth token.

https://developers.mtn.com/products/sms-v2

Options: ``api_key`` (the app's consumer key), ``auth_token`` (its consumer secret), ``cp_address``
where MTN gave one; the account's ``sender_id`` (the service code). MTN calls one address for
messages and receipts, which differ by their fields alone.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

import requests

from gateway.providers.base import (
    Acknowledgement,
    HandoverUnknown,
    InboundSms,
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
from gateway.providers.reading import as_object, check_secret, inner, json_object, sender, word
from gateway.providers.talking import is_page, rebased, refused, shown, without_plus
from gateway.providers.tokens import TokenRefused, Tokens, token_in, token_refusal
from gateway.providers.wire import Wire

LOGIN_URL = "https://api.mtn.com/v1/oauth/access_token?grant_type=client_credentials"
SEND_URL = "https://api.mtn.com/v2/messages/sms/outbound"
TOKEN_LIVES_S = 3599.0  # where the answer does not say
YES = "0000"  # statusCode

TRANSIENT = frozenset({"deliveryimpossible"})  # handset off or out of coverage, among others


class Mtn(Provider):
    """One MTN app with one service code."""

    type: ClassVar[str] = "mtn"
    ONE_DOOR: ClassVar[bool] = True
    STATES: ClassVar[Mapping[str, str | None]] = {  # in small letters: MTN writes them as it likes
        "delivrd": "delivered",
        "deliveredtoterminal": "delivered",
        "deliveredtonetwork": "submitted",  # the network has it, the handset may not
        "deliveryuncertain": "submitted",  # another network took it, which tells nothing more
        "deliveryimpossible": "failed",
        "expired": "failed",
        "messagewaiting": None,  # still in the queue
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        self._config = config
        self._wire = Wire(config.timeout_s, _refusal)
        self._door = Wire(config.timeout_s, token_refusal)
        self._tokens = Tokens(self._fetch_token)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "api_key", "auth_token", "sender_id")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """An empty message is one too: receipts are told by their status."""
        found = self._fields(request)
        if found.get("deliverystatus"):
            return []
        number = sender(found.get("senderaddress", ""))
        if not number:
            raise Unreadable("senderAddress is missing")
        return [
            InboundSms(
                provider_id=found.get("id", ""),
                sender=number,
                recipient=found.get("receiveraddress", ""),
                text=found.get("message", ""),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        found = self._fields(request)
        status = found.get("deliverystatus", "")
        if not status and not found.get("senderaddress"):
            raise Unreadable("deliveryStatus is missing")
        provider_id, reference = found.get("transactionid", ""), found.get("clientcorrelator", "")
        if not re.fullmatch(r"[0-9A-Za-z]{32}", reference):
            reference = ""  # not one that we gave
        if not status or not (provider_id or reference):
            return []
        return [
            Receipt(
                provider_id=provider_id,
                status=status,
                state=self.STATES.get(status.lower()),
                reference=reference or None,
                transient=status.lower() in TRANSIENT,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "application/json", "{}")

    def send(self, sms: Outgoing) -> Submission:
        document: dict[str, object] = {
            "senderAddress": self._config.sender_id,
            "receiverAddress": [without_plus(sms.to)],
            "message": sms.text,
            "clientCorrelator": sms.reference,
        }
        if cp_address := self._config.options.get("cp_address"):
            document["cpAddress"] = cp_address
        url = rebased(SEND_URL, self._config)
        return _submission(self._tokens.post(self._wire, url, document))

    def _fetch_token(self) -> tuple[str, float]:
        form = {
            "client_id": self._config.options["api_key"],
            "client_secret": self._config.options["auth_token"],
        }
        answer = self._door.request("POST", rebased(LOGIN_URL, self._config), data=form)
        return token_in(answer, TOKEN_LIVES_S)

    def _fields(self, request: WebhookRequest) -> dict[str, str]:
        """In small letters: ``transactionId`` and ``TransactionID`` are both seen."""
        check_secret(request, self._config)
        return {name.lower(): word(value) for name, value in json_object(request.body).items()}


def _submission(answer: requests.Response) -> Submission:
    document = as_object(answer.content)
    provider_id, code = (word(inner(document, name)) for name in ("transactionId", "statusCode"))
    if code and code != YES:
        raise (ProviderDown if code.startswith("5") else Rejected)(shown(code, "refused"))
    if not provider_id and code != YES:
        raise HandoverUnknown("unreadable-answer")
    return Submission(provider_id)


def _refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    if status == 401 and not is_page(body):
        return TokenRefused("http-401")
    return refused(status, body, retry_after_s, is_theirs=not is_page(body))
