"""Tries whether an account's webhooks believe a stranger, without asking what it is set up with."""

from collections.abc import Callable
from datetime import datetime

from gateway.providers.base import NotAuthentic, Provider, Unreadable, WebhookRequest


def believes_anybody(provider: Provider, now: datetime) -> bool:
    """Whether a request that proves nothing is read at all.

    Whoever knows the address can then invent messages and receipts.
    """
    doors = (provider.read_inbound, provider.read_receipt)
    return any(_reads(door, method, now) for door in doors for method in ("GET", "POST"))


def _reads(door: Callable[[WebhookRequest], object], method: str, now: datetime) -> bool:
    stranger = WebhookRequest(
        method=method,
        url="https://gateway.invalid/",
        headers={},
        query=(),
        form=(),
        body=b"",
        received_at=now,
    )
    try:
        door(stranger)
    except NotAuthentic:
        return False
    except Unreadable:  # it looked for a message in it
        return True
    except Exception:  # it stumbled over it: nothing would be kept
        return False
    return True
