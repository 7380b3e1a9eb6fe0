"""Africa's Talking: messages, receipts and opt-outs in as forms, messages out as a form.

https://developers.africastalking.com/docs/sms/sending/bulk
https://developers.africastalking.com/docs/sms/notifications

Options: ``username`` (``sandbox`` speaks to the sandbox), ``api_key``, ``webhook_secret`` (the
``key`` that the callback addresses carry: Africa's Talking signs nothing). Without ``sender_id``
the messages come from its shared code.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

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
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent
from gateway.providers.reading import check_secret, fields, inner, word
from gateway.providers.talking import amount, answered, balance_of, refused, root, shown
from gateway.providers.wire import Wire

BASE_URL = "https://api.africastalking.com"
SANDBOX_URL = "https://api.sandbox.africastalking.com"
TEXT_LIMIT = 1600  # characters; the company names no limit, and ten parts are enough for anybody
TAKEN = frozenset({"100", "101", "102"})  # Processed, Sent, Queued

# statusCode and status of one recipient, in an answer that is a success as HTTP.
REFUSALS: Mapping[str, type[SendError]] = {
    "401": Rejected,  # RiskHold: the text is held back as risky
    "402": Misconfigured,  # InvalidSenderId
    "403": BadRecipient,  # InvalidPhoneNumber
    "404": BadRecipient,  # UnsupportedNumberType
    "405": Misconfigured,  # InsufficientBalance
    "406": RecipientOptedOut,  # UserInBlacklist
    "407": ProviderDown,  # CouldNotRoute
    "409": RecipientOptedOut,  # DoNotDisturbRejection
    "500": ProviderDown,  # InternalServerError
    "501": ProviderDown,  # GatewayError
    "502": ProviderDown,  # RejectedByGateway
    # By name, where there is no code, or no recipient but a Message.
    "RiskHold": Rejected,
    "InvalidSenderId": Misconfigured,
    "InvalidPhoneNumber": BadRecipient,
    "UnsupportedNumberType": BadRecipient,
    "InsufficientBalance": Misconfigured,
    "UserInBlacklist": RecipientOptedOut,
    "CouldNotRoute": ProviderDown,
    "DoNotDisturbRejection": RecipientOptedOut,
    "InternalServerError": ProviderDown,
    "GatewayError": ProviderDown,
    "RejectedByGateway": ProviderDown,
}

# failureReason of receipts (only with Rejected and Failed, and not from every operator).
OPTED_OUT = frozenset({"UserInBlackList", "UserInBlacklist", "DoNotDisturbRejection"})
HOPELESS = frozenset(
    {
        "UserDoesNotExist",
        "NotNetworkSubcriber",  # their spelling: the number left this network
        "NotNetworkSubscriber",
    }
)
PASSING = frozenset(
    {
        "DeliveryFailure",  # for no reason that the operator names
        "InsufficientCredit",  # the person's own, with messages that they pay for
        "AbsentSubscriber",  # switched off or out of coverage
    }
)
# Neither may pass nor blames the number for ever: what the account or the contract lacks.
FINAL = frozenset(
    {
        "InvalidLinkId",  # of a message that the person shall pay for
        "UserIsInactive",  # the operator closed the account
        "UserAccountSuspended",  # the operator suspended it
        "UserNotSubscribedToProduct",
    }
)


class AfricasTalking(Provider):
    """One Africa's Talking account. It cannot be asked what it took."""

    type: ClassVar[str] = "africastalking"
    ONE_DOOR: ClassVar[bool] = True  # nobody shall lose a STOP to a callback set the wrong way
    LIMITS: ClassVar[Limits] = Limits(per_second=10.0)
    STATES: ClassVar[Mapping[str, str | None]] = {
        "Sent": "submitted",  # to the operator
        "Submitted": "submitted",  # to the operator
        "Buffered": "submitted",  # the operator keeps it for its turn
        "Success": "delivered",
        "Rejected": "failed",  # by the operator, for good
        "Failed": "failed",  # see the reason
        "AbsentSubscriber": "failed",  # switched off or out of coverage until now
        "Expired": "failed",  # the operator gave up
    }

    def __init__(self, config: ProviderConfig) -> None:
        super().__init__(config)
        option = config.options
        self._config = config
        self._username = option["username"]
        theirs = SANDBOX_URL if self._username == "sandbox" else BASE_URL
        self._base = root(config, theirs) + "/version1"
        self._headers = {"apikey": option["api_key"], "Accept": "application/json"}
        self._wire = Wire(config.timeout_s, refused)

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "username", "api_key")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """A message, or that a person left (or joined) by a menu or website of the company."""
        given = self._fields(request)
        if "status" in given:
            return []
        if "from" in given:
            return [_message(given)]
        opt = {"addition": "start", "deletion": "stop"}.get(given.get("updatetype", "deletion"))
        if not given.get("phonenumber") or opt is None:
            raise Unreadable("neither from nor phoneNumber is there")
        code = given.get("senderid") or given.get("shortcode", "")
        return [InboundSms("", given["phonenumber"], code, "", opt=opt)]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        given = self._fields(request)
        if "from" in given or ("phonenumber" in given and "id" not in given):
            return []
        status, reason = given.get("status", ""), given.get("failurereason", "")
        for name in ("id", "status"):
            if not given.get(name):
                raise Unreadable(f"{name} is missing")
        state = "failed" if reason in OPTED_OUT else self.STATES.get(status)
        absent = status == "AbsentSubscriber"
        return [
            Receipt(
                provider_id=given["id"],
                status=status,
                state=state,
                error_code=reason or (status if absent else None),
                opted_out=reason in OPTED_OUT,
                transient=state == "failed" and (absent or reason in PASSING),
                bad_recipient=reason in HOPELESS,
            )
        ]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain; charset=utf-8", "")

    def send(self, sms: Outgoing) -> Submission:
        if len(sms.text) > TEXT_LIMIT:
            raise Rejected("too-long")
        form = {
            "username": self._username,
            "to": sms.to,
            "message": sms.text,
            "bulkSMSMode": "1",  # we pay, not the person
            "enqueue": "1",  # answer at once, without waiting for the operator
        }
        if self._config.sender_id:
            form["from"] = self._config.sender_id
        answer = self._wire.request(
            "POST", f"{self._base}/messaging", data=form, headers=self._headers
        )
        return _judged(answered(answer).get("SMSMessageData"))

    def balance(self) -> Balance | None:
        answer = self._wire.request(
            "GET", f"{self._base}/user", {"username": self._username}, headers=self._headers
        )
        currency, given = _money(inner(answered(answer), "UserData", "balance"))
        return balance_of(given, currency)

    def _fields(self, request: WebhookRequest) -> dict[str, str]:
        check_secret(request, self._config)
        return fields(request)


def _message(given: Mapping[str, str]) -> InboundSms:
    """Its date is not read: a broken one must not cost the message."""
    if not given["from"]:
        raise Unreadable("from is empty")
    return InboundSms(
        provider_id=given.get("id", ""),
        sender=given["from"],
        recipient=given.get("to", ""),
        text=given.get("text", ""),
    )


def _judged(data: object) -> Submission:
    """The truth is in the recipient's own status, whatever HTTP says."""
    recipients = inner(data, "Recipients")
    if recipients == []:
        raise _no(word(inner(data, "Message")), otherwise=ProviderDown)
    found = inner(recipients, 0)
    status, code = word(inner(found, "status")), word(inner(found, "statusCode"))
    if code in TAKEN or (not code and status == "Success"):
        named = word(inner(found, "messageId"))
        _, cost = _money(inner(found, "cost"))
        return Submission("" if named == "None" else named, amount(cost))
    if not code and not status:
        raise HandoverUnknown("unreadable-answer")
    raise _no(code or status, otherwise=Rejected)


def _no(said: str, otherwise: type[SendError]) -> SendError:
    return REFUSALS.get(said, otherwise)(shown(said, "no-recipient"))


def _money(given: object) -> tuple[str, str]:
    """Currency and amount of "KES 0.8000", empty where it is nothing of the kind."""
    match = re.fullmatch(r"([A-Z]{3})\s+(-?[0-9.]{1,24})", word(given))
    return (match.group(1), match.group(2)) if match else ("", "")
