"""Any local aggregator that speaks HTTP, described in the settings alone.

There is no company behind this file: docs/providers/http.md lists all options with examples. Names
are those of RapidPro's "external" channel where it has them, so that settings can be taken over.
Out: ``send_url``, ``method``, ``body``, ``content_type``, ``headers``, ``auth``, ``encoding``,
``charset``, ``max_length``, the patterns of answers.Answers, ``look_up_url``, ``balance_url``. In:
``mo_…_field`` and ``dlr_…_field`` (fields, JSON paths or XPaths), ``dlr_states``, ``mo_response``.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import requests

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    Balance,
    HandoverUnknown,
    InboundSms,
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
from gateway.providers.described.answers import Answers, group
from gateway.providers.described.finding import Source, source
from gateway.providers.described.forms import SETTINGS, Form, Request
from gateway.providers.described.options import Described
from gateway.providers.options import absent, wrong
from gateway.providers.reading import check_secret, each, sender
from gateway.providers.talking import balance_of, text_of
from gateway.providers.wire import Wire

# Shipped keys that say nothing here, and what RapidPro's settings have that we need not know.
IGNORED = ("webhook_secret", "auth_token_secondary", "signature_secret", "mo_date_field", *SETTINGS)
MEANINGS = (
    *("submitted", "delivered", "failed", "nothing"),
    *("failed+stop", "failed+again", "failed+never"),
)


class Http(Provider):
    """One account with a company whose forms the settings describe."""

    type: ClassVar[str] = "http"
    STATES: ClassVar[Mapping[str, str | None]] = {  # where ``dlr_states`` says nothing else
        "sent": "submitted",  # RapidPro's words
        "delivered": "delivered",
        "failed": "failed",
        "acceptd": "submitted",  # SMPP 3.4, section 5.2.28 and appendix B
        "enroute": "submitted",
        "delivrd": "delivered",
        "expired": "failed",  # its validity ended
        "deleted": "failed",
        "undeliv": "failed",
        "rejectd": "failed",
        "unknown": None,  # the SMSC has lost its trace: it may have arrived
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._config = config
        options = Described(config, IGNORED)
        self._form = Form(config, options, clock)
        self._answers = Answers(options)
        self._wire = Wire(config.timeout_s, self._answers.refusal)
        self._max_length = options.number("max_length", 0, 100_000)
        self._read_asking(options)
        self._read_inbound_options(options)
        self._read_receipt_options(options)
        options.strangers()
        if options.problems:
            raise wrong(config, "; ".join(options.problems))

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "send_url")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        check_secret(request, self._config)
        whole = source(request, self._charset)
        if self.ONE_DOOR and self._speaks_of_ours(whole):
            return []
        items = whole.items(self._mo["list"]) if self._mo["list"] else [whole]
        return each(self.account, items, self._inbound)

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        check_secret(request, self._config)
        whole = source(request, self._charset)
        if self.ONE_DOOR and not self._speaks_of_ours(whole):
            return []
        items = whole.items(self._dlr["list"]) if self._dlr["list"] else [whole]
        return each(self.account, items, self._receipt)

    def acknowledge(self) -> Acknowledgement:
        """Nothing unless the settings say what: some companies send our answer to the phone."""
        return self._acknowledgement

    def send(self, sms: Outgoing) -> Submission:
        if self._max_length and len(sms.text) > self._max_length:
            raise Rejected("too-long")
        return self._answers.submission(_over(self._wire, self._form.of(sms)))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """By ``look_up_url``, if the settings have one; an answer that fits nothing is doubt."""
        if not self.ASKABLE:
            raise HandoverUnknown("cannot-be-asked")
        try:
            body = text_of(_over(self._asking, self._form.asking(self._look_up, sms, since)))
        except _NotTaken:
            return None
        if self._taken and self._taken.search(body):
            return Submission(group(self._look_up_id, body))
        if self._not_taken and self._not_taken.search(body):
            return None
        raise HandoverUnknown("unreadable-answer")

    def balance(self) -> Balance | None:
        """By ``balance_url``, if the settings have one."""
        if self._balance.pieces == ("",):
            return None
        body = text_of(_over(self._asking, self._form.asking(self._balance)))
        return balance_of(re.sub("[, ]", "", group(self._amount, body)), self._currency)

    def _read_asking(self, options: Described) -> None:
        self._look_up = self._form.address("look_up_url")
        self._taken = options.pattern("look_up_taken_pattern")
        self._not_taken = options.pattern("look_up_not_taken_pattern")
        self._look_up_id = options.pattern("look_up_id_pattern", group=True)
        self.ASKABLE = self._look_up.pieces != ("",)  # type: ignore[misc] # the settings decide
        if self.ASKABLE and not (self._taken and self._not_taken):
            options.problems.append(
                "look_up_url: write look_up_taken_pattern and look_up_not_taken_pattern with it"
            )
        self._balance = self._form.address("balance_url")
        self._amount = options.pattern("balance_pattern", group=True)
        self._currency = options.text("balance_currency")
        if self._balance.pieces != ("",) and not self._amount:
            options.problems.append("balance_url: write a balance_pattern such as '([0-9.]+)'")
        self.IDEMPOTENT = options.yes("idempotent")  # type: ignore[misc]
        if self.IDEMPOTENT and "id" not in self._form.names:
            options.problems.append("idempotent: write {{id}} into send_url or body with it")
        self._asking = Wire(self._config.timeout_s, self._refusal_to_tell)

    def _read_inbound_options(self, options: Described) -> None:
        self._charset = options.charset("mo_charset")
        given = {name: options.path(name) for name in ("from_xpath", "text_xpath")}  # RapidPro's
        self._mo = {
            "list": options.path("mo_list"),
            "from": given["from_xpath"] or options.path("mo_from_field", "from|sender"),
            "text": given["text_xpath"] or options.path("mo_text_field", "text"),
            "to": options.path("mo_to_field", "to"),
            "id": options.path("mo_id_field"),  # none: one of another meaning would lose messages
            "event": options.path("mo_event_field", "event"),
        }
        self._stop_event = options.text("mo_stop_event", "stopped").lower()
        self._acknowledgement = Acknowledgement(
            200,
            options.text("mo_response_content_type", "text/plain; charset=utf-8"),
            options.text("mo_response"),
        )

    def _read_receipt_options(self, options: Described) -> None:
        self._dlr = {
            "list": options.path("dlr_list"),
            "id": options.path("dlr_id_field"),
            "reference": options.path("dlr_reference_field", "reference|uuid|id"),
            "status": options.path("dlr_status_field", "status"),
            "error": options.path("dlr_error_field"),
        }
        self._states = options.table("dlr_states", MEANINGS, "DELIVRD=delivered")
        self._errors = options.table("dlr_errors", ("stop", "again", "never"), "103=stop")
        self.ONE_DOOR = options.yes("one_door")  # type: ignore[misc]

    def _speaks_of_ours(self, whole: Source) -> bool:
        """Whether any item has a status that we know: others share a name with it."""
        items = whole.items(self._dlr["list"]) if self._dlr["list"] else [whole]
        said = ((item.find(self._dlr["status"]) or "").lower() for item in items)
        return any(word in self._states or word in self.STATES for word in said)

    def _refusal_to_tell(self, status: int, body: str, retry_after_s: float | None) -> SendError:
        """A 404 may well be how a company says that it does not know a message."""
        if self._not_taken and self._not_taken.search(body):
            return _NotTaken(f"http-{status}")
        return self._answers.refusal(status, body, retry_after_s)

    def _inbound(self, item: Source) -> InboundSms:
        found = {name: item.find(path) or "" for name, path in self._mo.items()}
        number = sender(found["from"])
        if not number:
            raise Unreadable("the sender is missing")
        stopped = found["event"].lower() == self._stop_event
        return InboundSms(
            provider_id=found["id"],
            sender=number,
            recipient=found["to"].strip(),
            text=found["text"],
            opt="stop" if stopped else None,
        )

    def _receipt(self, item: Source) -> Receipt:
        found = {name: (item.find(path) or "").strip() for name, path in self._dlr.items()}
        status, code = found["status"], found["error"]
        if not status:
            raise Unreadable("the status is missing")
        if not (found["id"] or found["reference"]):
            raise Unreadable("it names no message")
        known = self._states.get(status.lower(), self.STATES.get(status.lower()))
        state, _, flag = (known or "nothing").partition("+")
        flag = self._errors.get(code.lower(), flag)
        return Receipt(
            provider_id=found["id"],
            status=status,
            state="failed" if flag == "stop" else None if state == "nothing" else state,
            reference=found["reference"] or None,
            error_code=code or None,
            opted_out=flag == "stop",
            transient=flag == "again",
            bad_recipient=flag == "never",
        )


class _NotTaken(SendError):
    """The company does not know the message that we ask about."""


def _over(wire: Wire, asked: Request) -> requests.Response:
    return wire.request(
        asked.method, asked.url, data=asked.body, headers=asked.headers, auth=asked.auth
    )
