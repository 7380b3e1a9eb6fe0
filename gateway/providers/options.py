"""Reads the options of an account; a mistake is a ValueError that says what to write instead."""

import re

from gateway.providers.values import ProviderConfig


def absent(config: ProviderConfig, *names: str) -> list[str]:
    """Those of the names that are not set; of "one or another" one is enough.

    ``sender_id`` is the account's own.
    """
    given = {**config.options, "sender_id": config.sender_id}
    return [name for name in names if not any(given.get(one) for one in name.split(" or "))]


def signing_key(config: ProviderConfig) -> str:
    """With what the company signs its webhooks, empty where that is not set."""
    return config.options.get("signature_secret") or config.options.get("secret", "")


def whole_number(config: ProviderConfig, name: str, default: int, most: int = 999_999_999) -> int:
    """An option that counts something, from 1 to ``most``."""
    given = config.options.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", given) or not 1 <= int(given) <= most:
        raise wrong(config, f"{name}: write a whole number from 1 to {most}")
    return int(given)


def yes(config: ProviderConfig, name: str, default: str = "no") -> bool:
    """An option that is yes or no."""
    given = (config.options.get(name) or default).lower()
    if given not in ("yes", "true", "no", "false"):
        raise wrong(config, f'{name}: write "yes" or "no"')
    return given in ("yes", "true")


def wrong(config: ProviderConfig, what: str) -> ValueError:
    """The error of an option that cannot be used."""
    return ValueError(f"account {config.account!r} ({config.type}): {what}")
