"""The values that pass between an SMS company's provider and the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request from outside, free of any web framework.

    ``url`` is the public address as the company signed it, built from settings and the raw
    path and query, never from Host headers. ``form`` keeps order, repeats and blanks.
    ``received_at`` is what a signature's own time is held against.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(repr=False)
    form: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime

    def header(self, name: str) -> str:
        """The header's value whatever its spelling, or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    def in_query(self, name: str) -> str | None:
        """The first value under this name in the query, or None."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a long message this is; ``reference`` is the same in all its parts."""

    reference: str
    number: int  # from 1
    total: int


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A message from a person (MO).

    ``provider_id`` is empty where the company gives none. ``opt`` is 'stop', 'start' or 'help' when
    the company has already answered that word itself; ``media`` counts attachments, which we do not
    fetch. ``part``: the company does not join long messages, and this is one part.
    """

    provider_id: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    opt: str | None = None
    media: int = 0
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the company says became of a message we sent.

    ``provider_id`` is the company's name for it, empty where only our ``reference`` is said.
    ``status`` is its word; ``state`` is ours ('submitted', 'delivered', 'failed') or None when the
    word is unknown or says nothing new. ``transient``: the same message may get through later.
    ``bad_recipient``: this number will never receive.
    """

    provider_id: str
    status: str
    state: str | None
    reference: str | None = None
    error_code: str | None = None
    opted_out: bool = False
    transient: bool = False
    bad_recipient: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer that tells the company all is well."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one person (MT); ``to`` is E.164, ``reference`` is ours: 32 letters and digits.

    After ``expires_at`` the company had better not deliver it any more. ``urgent``: a warning.
    """

    to: str = field(repr=False)
    text: str = field(repr=False)
    reference: str
    receipt_url: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """The company took a message and calls it ``provider_id``, empty where it gives no name.

    ``cost``: what it says the message costs, in its own money.
    """

    provider_id: str
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Money left in an account with a company; ``currency`` as the company writes it."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company allows an account; 0 is: no limit known."""

    per_second: float = 1.0
    per_minute: int = 0
    per_half_hour: int = 0  # Android stops an app that sends more than 30 in it
    per_day: int = 0  # SIM cards


@dataclass(frozen=True, slots=True)
class Poll:
    """A phone asks for messages to send, or tells what became of those that it was given.

    ``most``: how many it takes now; 0 when it only tells. ``taken`` and ``receipts`` name our
    references.
    """

    most: int = 0
    taken: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One account with one company; ``options`` may hold secrets and stays out of every repr."""

    account: str
    type: str
    sender_id: str = ""
    base_url: str = ""
    timeout_s: float = 10.0
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
