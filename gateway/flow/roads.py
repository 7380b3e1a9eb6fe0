"""Which account carries what just now: the paths of waiting messages over the well accounts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.dispatch import costing
from gateway.dispatch.balance import able
from gateway.dispatch.breaking import stance
from gateway.dispatch.claiming import Patience, Way
from gateway.dispatch.routing import EXERCISE_PATH, HEARD_ON, LANES, Lane
from gateway.providers.base import PolledProvider
from gateway.runtime import Runtime
from gateway.store.tables import AccountState


@dataclass(frozen=True, slots=True)
class Road:
    """An account with the ways that go over it; a `probe` takes one message only."""

    account: str
    ways: tuple[Way, ...]
    probe: bool = False


def roads(
    runtime: Runtime, paths: Iterable[str], states: Mapping[str, AccountState], now: datetime
) -> list[Road]:
    """The roads of these paths; an account that fails has none but for its probe."""
    ways: dict[str, list[Way]] = defaultdict(list)
    probes: dict[str, list[Way]] = defaultdict(list)
    for path in paths:
        for lane in LANES:
            accounts = carriers(runtime, path, lane)
            if path != EXERCISE_PATH:
                accounts = able(accounts, states, runtime.settings.providers, lane)
            stances = {one: stance(states[one], now) for one in accounts if one in states}
            well = [one for one in accounts if stances.get(one) == "well"]
            for account in well:
                ways[account] += _ways(path, lane, account, accounts, well)
            for account in (one for one in accounts if stances.get(one) == "probe"):
                probes[account].append(Way(path, lane))
    found = [Road(account, tuple(some)) for account, some in ways.items()]
    return found + [Road(account, tuple(some), probe=True) for account, some in probes.items()]


def carriers(runtime: Runtime, path: str, lane: Lane) -> tuple[str, ...]:
    """The accounts that carry a lane of a path and that we call, in order."""
    found = costing.carriers(runtime.settings, path, lane)
    if HEARD_ON in path and is_polled(runtime, found[0]):
        return ()  # they wrote to that phone, which will ask for its answer
    return tuple(one for one in found if not is_polled(runtime, one))


def patience(runtime: Runtime) -> Patience:
    """The deployment's rule of retrying."""
    rule = runtime.settings.dispatch
    return Patience(rule.attempts, rule.backoff_s, rule.lease_s)


def is_polled(runtime: Runtime, account: str) -> bool:
    """Whether the account is a phone that fetches its messages itself."""
    return isinstance(runtime.providers.get(account), PolledProvider)


def _ways(
    path: str, lane: Lane, account: str, accounts: Sequence[str], well: Sequence[str]
) -> list[Way]:
    """What failed on one account goes on by the next that is well, round and round."""
    heirs = {one: _next(one, accounts, well) for one in accounts}
    if account == well[0]:
        others = tuple(one for one, heir in heirs.items() if heir != account)
        return [Way(path, lane, first=True, tried=others)]
    inherited = tuple(one for one, heir in heirs.items() if heir == account)
    return [Way(path, lane, first=False, tried=inherited)] if inherited else []


def _next(account: str, accounts: Sequence[str], well: Sequence[str]) -> str:
    start = accounts.index(account) + 1
    return next(one for one in (*accounts[start:], *accounts[:start]) if one in well)
