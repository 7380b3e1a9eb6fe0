"""gateway check: what to mend at each account with an SMS company."""

from collections.abc import Iterator
from datetime import date

from gateway.lists.accounts import tells_balance
from gateway.lists.open_doors import believes_anybody
from gateway.plumbing.settings import ProviderSettings
from gateway.providers.base import Provider
from gateway.runtime import Runtime


def accounts(runtime: Runtime) -> Iterator[tuple[str, str | None]]:
    """A line for each mistake, or one that all is well; simulators cost and risk nothing."""
    routed = {name for route in runtime.settings.routes for name in route.accounts}
    for name, own in runtime.settings.providers.items():
        if own.type == "simulator":
            continue
        provider = runtime.providers[name]
        problems = [*_doors(runtime, provider), *_money(own, provider)]
        if name not in routed:
            problems.append("stands in no route: nothing leaves by it")
        yield from ((f"account {name}", problem) for problem in problems)
        if not problems:
            yield f"account {name}", None


def _doors(runtime: Runtime, provider: Provider) -> Iterator[str]:
    if believes_anybody(provider, runtime.clock()):
        yield (
            "anybody who knows the address of its webhooks can invent reports: set webhook_secret,"
            " or what the company signs with"
        )


def _money(own: ProviderSettings, provider: Provider) -> Iterator[str]:
    if not own.price:
        yield "no price: nobody sees what a warning costs; set price, in policy.currency"
    if tells_balance(provider):
        return
    if not (own.paid and own.paid_on):
        yield (
            "no balance: the company tells none, so that nobody is told before it is empty;"
            " set paid and paid_on at each payment"
        )
    elif not _is_day(own.paid_on):
        yield f"paid_on: there is no day {own.paid_on}"


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
