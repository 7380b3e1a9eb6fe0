"""How each account with an SMS company does: whether it works, what waits for it, what is left."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from gateway.dispatch.balance import Purse, days_left, same_money, why_low
from gateway.dispatch.costing import carrier, cost_by_account, largest_warning
from gateway.dispatch.routing import ONLY_BY
from gateway.dispatch.uses import Use, uses
from gateway.lists.doubts import Doubts, Settled
from gateway.lists.waiting import Waiting, doubtful, waiting
from gateway.plumbing.settings import ProviderSettings
from gateway.providers.base import Limits, Provider
from gateway.runtime import Runtime
from gateway.store.tables import AccountState, Delivery

LATE_S = 60.0  # so long an urgent message may wait
_QUIET = timedelta(minutes=2)  # uses are counted by the minute
_KNOWN_FOR = timedelta(hours=1)
_AUDIENCES = timedelta(days=30)
_TESTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """One account; ages in seconds. What waits counts where it would leave now."""

    name: str
    settings: ProviderSettings
    limits: Limits
    kept: AccountState | None  # None before anything is known of it
    state: str  # well, failing, probing, or silent: well, but what is urgent does not leave
    carries_urgent: bool
    queue: Mapping[str, int]  # by lane
    oldest_s: float  # of any lane
    oldest_urgent_s: float
    use: Use | None

    @property
    def last_at(self) -> datetime | None:
        """The minute in which it last carried something; None if not in the last days."""
        return self.use.last_at if self.use else None

    @property
    def sent_today(self) -> int:
        """SMS since midnight."""
        return self.use.sms[-1] if self.use else 0

    @property
    def balance(self) -> float | None:
        """As it was last known."""
        return self.kept.balance if self.kept else None

    @property
    def is_low(self) -> bool:
        """Coordinators were told, and nobody has paid in since."""
        return self.kept is not None and self.kept.told_at is not None


def standings(runtime: Runtime, session: Session, now: datetime) -> list[Standing]:
    """Each account of the settings, by three statements."""
    settings = runtime.settings
    rows = session.scalars(
        select(AccountState).where(AccountState.account.in_(list(settings.providers)))
    )
    kept = {row.account: row for row in rows}
    queues = _by_account(runtime, kept, waiting(session, now), now)
    prices = settings.prices
    used = uses(session, now, runtime.zone, prices)
    urgent = _urgent_carriers(runtime)
    found = []
    for name, own in settings.providers.items():
        queue = queues.get(name, _Queue())
        use = used.get(name)
        found.append(
            Standing(
                name=name,
                settings=own,
                limits=runtime.limits(name),
                kept=kept.get(name),
                state=_state(kept.get(name), queue, use, now),
                carries_urgent=name in urgent,
                queue=queue.lanes,
                oldest_s=queue.oldest_s,
                oldest_urgent_s=queue.oldest_urgent_s,
                use=use,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Card:
    """All that the page says of an account."""

    standing: Standing
    is_asked: bool  # the company tells its balance; else it is reckoned
    is_stale: bool  # it did not tell of late
    days: float | None
    why_low: Sequence[str]
    is_comparable: bool  # its money is that of the prices
    warning_cost: float | None  # of the largest of late, by this account
    doubts: int
    settled: Settled
    is_open: bool  # its webhooks believe anybody


def cards(
    runtime: Runtime,
    session: Session,
    now: datetime,
    doubts: Doubts,
    open_doors: frozenset[str],
) -> list[Card]:
    """Those that carry warnings first, in the order of the settings."""
    unknown, settled = doubtful(session), doubts.settled(session)
    costs = cost_by_account(runtime.settings, largest_warning(session, now - _AUDIENCES))
    found = []
    for one in standings(runtime, session, now):
        purse, comparable = _purse(runtime, one, costs.get(one.name))
        asked_at = one.kept.balance_at if one.kept else None
        found.append(
            Card(
                standing=one,
                is_asked=tells_balance(runtime.providers[one.name]),
                is_stale=asked_at is None or asked_at < now - _KNOWN_FOR,
                days=purse.days,
                why_low=why_low(purse, one.settings),
                is_comparable=comparable,
                warning_cost=costs.get(one.name) or None,
                doubts=unknown.get(one.name, 0),
                settled=settled.get(one.name, Settled()),
                is_open=one.name in open_doors,
            )
        )
    return sorted(found, key=lambda card: not card.standing.carries_urgent)


def tells_balance(provider: Provider) -> bool:
    """Whether the company can be asked what is left."""
    return type(provider).balance is not Provider.balance


@dataclass(frozen=True, slots=True)
class Trouble:
    """An account that every coordinator should hear of."""

    account: str
    is_failing: bool
    is_low: bool


def troubles(session: Session, accounts: Sequence[str]) -> list[Trouble]:
    """Accounts that fail or run low."""
    rows = session.execute(
        select(AccountState.account, AccountState.state, AccountState.told_at)
        .where(
            AccountState.account.in_(accounts),
            (AccountState.state == "failing") | AccountState.told_at.is_not(None),
        )
        .order_by(AccountState.account)
    )
    return [Trouble(name, state == "failing", told is not None) for name, state, told in rows]


def last_tests(session: Session, now: datetime) -> dict[str, Delivery]:
    """The newest test message of each account of the last day."""
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.subscriber_id.is_(None),
            Delivery.kind == "test",
            Delivery.created_at > now - _TESTED,
        )
        .order_by(Delivery.id.desc())
        .limit(200)
        .options(defer(Delivery.body))
    )
    found: dict[str, Delivery] = {}
    for row in rows:
        found.setdefault(row.path.removeprefix(ONLY_BY), row)
    return found


@dataclass(slots=True)
class _Queue:
    lanes: Counter[str] = field(default_factory=Counter)
    oldest_s: float = 0.0
    oldest_urgent_s: float = 0.0


def _by_account(
    runtime: Runtime, kept: Mapping[str, AccountState], groups: Sequence[Waiting], now: datetime
) -> dict[str, _Queue]:
    queues: dict[str, _Queue] = {}
    for group in groups:
        name = carrier(runtime.settings, kept, group.path, group.lane)
        queue = queues.setdefault(name, _Queue())
        queue.lanes[group.lane] += group.count
        age = round(max((now - group.since).total_seconds(), 0.0), 1)
        queue.oldest_s = max(queue.oldest_s, age)
        if group.lane == "urgent":
            queue.oldest_urgent_s = max(queue.oldest_urgent_s, age)
    return queues


def _urgent_carriers(runtime: Runtime) -> frozenset[str]:
    routes = runtime.settings.routes
    return frozenset(
        name
        for route in routes
        if not route.kinds or "urgent" in route.kinds
        for name in route.accounts
    )


def _state(kept: AccountState | None, queue: _Queue, use: Use | None, now: datetime) -> str:
    known = kept.state if kept else "well"
    if known == "well" and queue.oldest_urgent_s > LATE_S:
        return "well" if use and use.last_at > now - _QUIET else "silent"
    return known


def _purse(runtime: Runtime, one: Standing, warning: float | None) -> tuple[Purse, bool]:
    currency = one.kept.currency if one.kept else None
    if one.balance is None or not same_money(currency, runtime.settings.policy.currency):
        return Purse(one.balance), one.balance is None
    days = days_left(one.balance, one.use.spent) if one.use else None
    return Purse(one.balance, days, warning), True
