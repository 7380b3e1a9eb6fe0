"""What an account's balance allows: who may still use it, for how long, when to pay in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from gateway.dispatch.routing import Lane
from gateway.plumbing.settings import ProviderSettings
from gateway.store.tables import AccountState

FEW_DAYS = 3.0
_CLEARLY = 1.2  # so much above a line counts as well again: no alarm for a sum that wavers


@dataclass(frozen=True, slots=True)
class Purse:
    """What is left in an account, all in one money; None is: not known, or not comparable.

    ``days`` that it lasts; ``warning``: what the largest warning of late would cost by it.
    """

    left: float | None
    days: float | None = None
    warning: float | None = None


def may_carry(state: AccountState | None, account: ProviderSettings, lane: Lane) -> bool:
    """Whether a lane leaves by the account, as far as its balance says; an unknown one says yes.

    Below the reserve only what is urgent leaves, and with nothing left nothing does: then others
    carry it, and where no other can, `able` says by which it is tried all the same.
    """
    if state is None or state.balance is None:
        return True
    return state.balance > 0 and not _is_reserved(state, account, lane)


def able(
    accounts: Sequence[str],
    states: Mapping[str, AccountState],
    settings: Mapping[str, ProviderSettings],
    lane: Lane,
) -> tuple[str, ...]:
    """Those of the accounts by which a lane leaves, in their order; none: it has to wait.

    Where none has anything left, those that keep no reserve from the lane: what a company says of
    its balance may be late or wrong, and a warning that is tried may arrive.
    """
    known = [(name, states.get(name), settings[name]) for name in accounts if name in settings]
    may = tuple(name for name, state, own in known if may_carry(state, own, lane))
    return may or tuple(
        name for name, state, own in known if state is None or not _is_reserved(state, own, lane)
    )


def days_left(balance: float, spent: Sequence[float]) -> float | None:
    """Days that the balance lasts at the median of the days with spending; None without any."""
    days = [one for one in spent if one > 0]
    return max(balance, 0.0) / median(days) if days else None


def same_money(currency: str | None, prices: str) -> bool:
    """Whether a balance is in the money of the prices; no word at all is taken for it."""
    return not currency or not prices or currency.casefold() == prices.casefold()


def why_low(purse: Purse, account: ProviderSettings) -> tuple[str, ...]:
    """Why coordinators must pay in: empty, low_balance, days, warning; nothing if all is well."""
    return _reasons(purse, account, 1.0)


def is_well_again(purse: Purse, account: ProviderSettings) -> bool:
    """Whether it is known to lie clearly above every line."""
    return purse.left is not None and not _reasons(purse, account, _CLEARLY)


def _is_reserved(state: AccountState, account: ProviderSettings, lane: Lane) -> bool:
    if lane == "urgent" or not account.reserve or state.balance is None:
        return False
    return state.balance < account.reserve


def _reasons(purse: Purse, account: ProviderSettings, margin: float) -> tuple[str, ...]:
    if purse.left is None:
        return ()
    found = {
        "empty": purse.left <= 0,
        "low_balance": purse.left < account.low_balance * margin,
        "days": purse.days is not None and purse.days < FEW_DAYS * margin,
        "warning": purse.warning is not None and purse.left < purse.warning * margin,
    }
    return tuple(reason for reason, holds in found.items() if holds)
