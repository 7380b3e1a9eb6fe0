"""The values that pass between an SMS company's provider and the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request from outside, free of any web framework.

    ``url`` is the public address as the company signed it, built from settings and the raw
    path and query, never from Host headers. ``form`` keeps order, repeats and blanks.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(repr=False)
    form: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The header's value whatever its spelling, or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    def in_query(self, name: str) -> str | None:
        """The first value under this name in the query, or None."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A message from a person (MO).

    ``opt`` is 'stop', 'start' or 'help' when the company has already answered that word itself;
    ``media`` counts attachments, which we do not fetch.
    """

    provider_id: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    opt: str | None = None
    media: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the company says became of a message we sent.

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
    """A message to one person (MT); ``to`` is E.164, ``reference`` is ours."""

    to: str = field(repr=False)
    text: str = field(repr=False)
    reference: str
    receipt_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """The company took a message and calls it ``provider_id``."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One account with one company; ``options`` may hold secrets and stays out of every repr."""

    account: str
    type: str
    sender_id: str = ""
    base_url: str = ""
    timeout_s: float = 10.0
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
