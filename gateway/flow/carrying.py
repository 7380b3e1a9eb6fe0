"""Which accounts would carry an alert now, and what that takes of each: SMS, seconds, money."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.balance import same_money
from gateway.dispatch.costing import carrier, seconds_for
from gateway.dispatch.routing import Lane
from gateway.runtime import EXERCISE_ACCOUNT, Runtime
from gateway.store.tables import AccountState, Alert


@dataclass(frozen=True, slots=True)
class Load:
    """What one account would carry; ``left`` of its balance for it, None where that is unknown."""

    account: str
    sms: int
    seconds: float
    cost: float  # 0 where its price is not known
    price: float
    rate: float  # SMS a second
    left: float | None

    @property
    def lacks_money(self) -> bool:
        """Whether the balance does not suffice."""
        return self.left is not None and self.left < self.cost


@dataclass(frozen=True)
class Carrying:
    """The accounts as they are now, for one alert."""

    runtime: Runtime
    lane: Lane
    states: Mapping[str, AccountState]
    is_exercise: bool = False
    _chosen: dict[str, str] = field(default_factory=dict)

    @property
    def by_path(self) -> bool:
        """Whether it matters by which path somebody's number goes."""
        return not self.is_exercise and len(self.runtime.settings.routes) > 1

    def account(self, path: str) -> str:
        """Whoever carries this path first: works, and has money for it, if any has."""
        if self.is_exercise:
            return EXERCISE_ACCOUNT
        if path not in self._chosen:
            settings = self.runtime.settings
            self._chosen[path] = carrier(settings, self.states, path, self.lane)
        return self._chosen[path]

    def price(self, account: str) -> float:
        """Of one SMS."""
        known = self.runtime.settings.providers.get(account)
        return known.price if known else 0.0

    def seconds(self, sms: Mapping[str, int]) -> float:
        """Until all is handed over, each account at its own pace beside the others."""
        spans = (seconds_for(self.runtime.limits(name), count) for name, count in sms.items())
        return max(spans, default=0.0)

    def cost(self, sms: Mapping[str, int]) -> float:
        """In the money of the prices."""
        return sum(count * self.price(name) for name, count in sms.items())

    def loads(self, sms: Mapping[str, int]) -> list[Load]:
        """Each account's part, the largest first."""
        found = [
            Load(
                account=name,
                sms=count,
                seconds=seconds_for(self.runtime.limits(name), count),
                cost=count * self.price(name),
                price=self.price(name),
                rate=self.runtime.limits(name).per_second,
                left=self._left(name),
            )
            for name, count in sms.items()
        ]
        return sorted(found, key=lambda load: (-load.sms, load.account))

    def _left(self, account: str) -> float | None:
        state, settings = self.states.get(account), self.runtime.settings
        if state is None or state.balance is None:
            return None
        if not same_money(state.currency, settings.policy.currency):
            return None
        kept = 0.0 if self.lane == "urgent" else settings.providers[account].reserve
        return max(state.balance - kept, 0.0)


def carrying(runtime: Runtime, session: Session, alert: Alert) -> Carrying:
    """Of this alert, by one look at the accounts."""
    lane: Lane = "campaign" if alert.purpose == "campaign" else "urgent"
    if alert.exercise_id is not None:
        return Carrying(runtime, lane, {}, is_exercise=True)
    names = list(runtime.settings.providers)
    rows = session.scalars(select(AccountState).where(AccountState.account.in_(names)))
    return Carrying(runtime, lane, {row.account: row for row in rows})
