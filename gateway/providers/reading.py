"""Reads what companies and strangers send, whatever its shape, without ever breaking."""

import hmac
import json
import re
from typing import Any

from gateway.providers.errors import NotAuthentic, Unreadable
from gateway.providers.values import ProviderConfig, WebhookRequest


def same(given: str, secret: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of them."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass")
    )


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises Unreadable."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unreadable("the body is no JSON object")
    return document


def word(value: object) -> str:
    """A text or a number as text that can be kept; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def fields(request: WebhookRequest) -> dict[str, str]:
    """Query and form together, the form first and of repeats the first; names in small letters."""
    pairs = [*request.form, *request.query]
    return {name.lower(): value for name, value in reversed(pairs)}


def check_secret(request: WebhookRequest, config: ProviderConfig) -> None:
    """For companies that sign nothing: the secret `key` of the address; raises NotAuthentic.

    An account without `webhook_secret` believes everybody; `gateway check` says so.
    """
    secret = config.options.get("webhook_secret", "")
    if secret and not same(request.in_query("key") or "", secret):
        raise NotAuthentic


def whole_number(config: ProviderConfig, name: str, default: int) -> int:
    """An option that counts something; raises ValueError for anything below 1."""
    given = config.options.get(name) or str(default)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", given):
        raise ValueError(
            f"account {config.account!r} ({config.type}): {name}: write a number from 1 on"
        )
    return int(given)
