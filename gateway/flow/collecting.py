"""Fetches messages of companies and phones that do not post them."""

from datetime import datetime

import structlog

from gateway.flow import take_in
from gateway.providers.base import InboundSms, Provider
from gateway.runtime import Runtime

log = structlog.get_logger()


def collect_inbound(runtime: Runtime) -> int:
    """Keeps what each account has for us; returns how many messages are new.

    The account is told only of what is on disk; one that fails holds up no other.
    """
    return sum(_collect(runtime, *account) for account in runtime.providers.items())


def _collect(runtime: Runtime, account: str, provider: Provider) -> int:
    now = runtime.clock()
    try:
        messages = provider.collect_inbound(now)
        on_disk, new = _keep(runtime, account, messages, now)
        if on_disk:
            provider.collected(on_disk)
    except Exception as error:
        log.warning("messages not collected", account=account, error=type(error).__name__)
        return 0
    return new


def _keep(
    runtime: Runtime, account: str, messages: list[InboundSms], now: datetime
) -> tuple[list[InboundSms], int]:
    """What is on disk now, and how many of that are new; one that breaks holds up no other."""
    on_disk, new = [], 0
    for sms in messages:
        try:
            new += len(take_in.keep(runtime, account, [sms], now))
        except Exception:
            log.exception("message not kept", account=account)
        else:
            on_disk.append(sms)
    return on_disk, new
