"""What every SMS company's file offers, and the words it speaks in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from gateway.providers.errors import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderDown,
    ProviderError,
    RecipientOptedOut,
    Rejected,
    SendError,
    Throttled,
    Unreadable,
)
from gateway.providers.values import (
    Acknowledgement,
    Balance,
    InboundSms,
    Limits,
    Outgoing,
    Part,
    Poll,
    ProviderConfig,
    Receipt,
    Submission,
    WebhookRequest,
)

__all__ = [
    "Acknowledgement",
    "BadRecipient",
    "Balance",
    "HandoverUnknown",
    "InboundSms",
    "Limits",
    "Misconfigured",
    "NotAuthentic",
    "Outgoing",
    "Part",
    "Poll",
    "PolledProvider",
    "Provider",
    "ProviderConfig",
    "ProviderDown",
    "ProviderError",
    "Receipt",
    "RecipientOptedOut",
    "Rejected",
    "SendError",
    "Submission",
    "Throttled",
    "Unreadable",
    "WebhookRequest",
]


class Provider(ABC):
    """One account with one SMS company. Thread-safe; keeps no message and decides on no retry.

    ``ONE_DOOR``: the company calls one address for everything, so both doors read both.
    ``IDEMPOTENT``: it drops a second hand-over with the same reference. ``ASKABLE``: it tells
    whether it took a message. ``LIMITS``: what it documents, where the settings say nothing.
    """

    type: ClassVar[str]
    STATES: ClassVar[Mapping[str, str | None]]
    ONE_DOOR: ClassVar[bool] = False
    IDEMPOTENT: ClassVar[bool] = False
    ASKABLE: ClassVar[bool] = False
    LIMITS: ClassVar[Limits] = Limits()
    account: str

    def __init__(self, config: ProviderConfig) -> None:
        """Raises ValueError that names every missing option at once."""
        if missing := self.missing(config):
            names = ", ".join(missing)
            raise ValueError(f"account {config.account!r} ({self.type}) lacks: {names}")
        if not config.timeout_s > 0:
            raise ValueError(f"account {config.account!r} ({self.type}): timeout_s must be above 0")
        if config.base_url and not config.base_url.startswith(("https://", "http://")):
            raise ValueError(f"account {config.account!r} ({self.type}): base_url is not http(s)")
        self.account = config.account

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        """The names of the settings this company cannot work without and that are not there."""
        del config
        return []

    @abstractmethod
    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """The messages in a webhook. Raises NotAuthentic or Unreadable, nothing else."""

    @abstractmethod
    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """The receipts in a webhook, none if it says nothing. Raises NotAuthentic or Unreadable."""

    @abstractmethod
    def acknowledge(self) -> Acknowledgement:
        """What this company wants to hear once its webhook is on disk (or deliberately ignored)."""

    @abstractmethod
    def send(self, sms: Outgoing) -> Submission:
        """Hand a message over. Raises a SendError, never an error of a library."""

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Ask, after a crash, whether the company took this message at or after ``since``.

        None means that it surely did not. Raises a SendError when it cannot tell; with ``ASKABLE``
        false it never can.
        """
        del sms, since
        raise HandoverUnknown("cannot-be-asked")

    def collect_receipts(self, now: datetime) -> list[Receipt]:
        """Receipts that have to be fetched because nobody posts them."""
        del now
        return []

    def collect_inbound(self, now: datetime) -> list[InboundSms]:
        """Messages that have to be fetched; the same ones again until they are `collected`."""
        del now
        return []

    def collected(self, messages: Sequence[InboundSms]) -> None:
        """These are on disk now, and need not be given again."""
        del messages

    def balance(self) -> Balance | None:
        """Money left, asked of the company; None where it cannot be asked. Raises a SendError."""
        return None


class PolledProvider(Provider):
    """A phone that fetches what it shall send, instead of being called."""

    @abstractmethod
    def read_poll(self, request: WebhookRequest) -> Poll | None:
        """What it asks or tells, None if this is no poll. Raises NotAuthentic or Unreadable."""

    @abstractmethod
    def answer_poll(self, poll: Poll, given: Sequence[Outgoing]) -> Acknowledgement:
        """The answer that hands these over."""

    def send(self, sms: Outgoing) -> Submission:
        """Nobody can call the phone."""
        del sms
        raise ProviderDown("waits-for-its-phone")
