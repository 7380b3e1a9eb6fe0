"""What can go wrong with an SMS company, as errors that say what happened and decide nothing."""


class ProviderError(Exception):
    """The root of everything a provider raises; no message holds a number, a text or a secret.

    ProviderError
    ├── NotAuthentic            the webhook was not made by the company
    ├── Unreadable              authentic, but what we need is not in it
    └── SendError               carries ``code``, the company's own where it gave one
        ├── ProviderDown        nobody there, nothing handed over
        │   └── HandoverUnknown the request left and no readable answer came: ask before repeating
        ├── Throttled           too fast, nothing handed over
        ├── BadRecipient        this number cannot receive
        ├── RecipientOptedOut   the company holds a STOP for this number
        ├── Rejected            this message will never be taken
        └── Misconfigured       our account will take no message until someone repairs it
    """


class NotAuthentic(ProviderError):
    """The webhook carries no valid proof that the company made it."""


class Unreadable(ProviderError):
    """The webhook is authentic, but lacks what makes it a message or a receipt."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class SendError(ProviderError):
    """A message was not (surely) handed over."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class ProviderDown(SendError):
    """The company cannot be reached or is out of order; it has not taken the message."""


class HandoverUnknown(ProviderDown):
    """The request left but no readable answer came back: the company may have taken the message."""


class Throttled(SendError):
    """The company asks us to slow down; ``retry_after_s`` is its advice, if it gave any."""

    def __init__(self, code: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(code)
        self.retry_after_s = retry_after_s


class BadRecipient(SendError):
    """The number is invalid, or no SMS can reach it."""


class RecipientOptedOut(SendError):
    """The company refuses because this person told it STOP."""


class Rejected(SendError):
    """The company refuses this message for good; others may pass."""


class Misconfigured(SendError):
    """The account itself is wrong: credentials, sender, permissions."""
