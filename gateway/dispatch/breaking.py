"""The breaker of an account: when it fails its messages go elsewhere, until a probe works."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.store.once import inserts
from gateway.store.tables import AccountState

Stance = Literal["well", "probe", "shut"]
_LONGEST = timedelta(seconds=45)  # between two probes: used again within a minute of its recovery


@dataclass(frozen=True, slots=True)
class Rules:
    """Failures in a row until it is shut; seconds until the first probe."""

    failures: int
    probe_s: float


def states(session: Session, accounts: Iterable[str]) -> dict[str, AccountState]:
    """The row of each account, made where there is none."""
    wanted = set(accounts)
    found = known(session, wanted)
    for account in sorted(wanted - found.keys()):
        _make(session, account)
    if wanted - found.keys():
        found = known(session, wanted)
    return found


def known(session: Session, accounts: Iterable[str]) -> dict[str, AccountState]:
    """The row of each account that has one."""
    return {row.account: row for row in session.scalars(_rows(accounts))}


def held(session: Session, account: str) -> AccountState:
    """The row of an account, locked until the end of the transaction."""
    locked = select(AccountState).where(AccountState.account == account).with_for_update()
    state = session.scalar(locked.execution_options(populate_existing=True))
    if state is None:
        _make(session, account)
        state = session.scalars(locked).one()
    return state


def stance(state: AccountState, now: datetime) -> Stance:
    """Whether the account takes messages, one to try it with, or none."""
    if state.blocked_until is not None and state.blocked_until > now:
        return "shut"
    if state.state == "well":
        return "well"
    return "probe" if state.probe_at is None or state.probe_at <= now else "shut"


def is_sound(state: AccountState) -> bool:
    """Whether nothing speaks against it."""
    return state.state == "well" and not state.failures


def begin_probe(state: AccountState, now: datetime, patience_s: float) -> None:
    """One message is about to try it; if nobody says what became of that, another may later."""
    state.state, state.probe_at = "probing", now + timedelta(seconds=patience_s)


def worked(state: AccountState, now: datetime) -> None:
    """It took a message, or refused one for a reason of that message."""
    state.failures = 0
    if state.state != "well":
        state.state, state.probes, state.probe_at = "well", 0, None
        state.error, state.changed_at = None, now


def failed(state: AccountState, error: str, rules: Rules, now: datetime) -> None:
    """It did not answer, or not as it should."""
    state.failures += 1
    if state.state == "probing" or state.failures >= rules.failures:
        shut(state, error, rules, now)


def shut(state: AccountState, error: str, rules: Rules, now: datetime) -> None:
    """Nothing goes through it until a probe does; each probe in vain makes the next rarer."""
    if state.state == "well":
        state.changed_at, state.probes = now, 0
    elif state.state == "probing":
        state.probes += 1
    pause = timedelta(seconds=rules.probe_s * 2.0 ** min(state.probes, 10))
    state.state, state.error = "failing", error[:64]
    state.probe_at = now + min(pause, max(_LONGEST, timedelta(seconds=rules.probe_s)))


def wait(state: AccountState, seconds: float, now: datetime) -> None:
    """The company asked us to wait."""
    until = now + timedelta(seconds=max(seconds, 1.0))
    state.blocked_until = max(until, state.blocked_until or until)


def _rows(accounts: Iterable[str]) -> Select[AccountState]:
    return select(AccountState).where(AccountState.account.in_(accounts))


def _make(session: Session, account: str) -> None:
    new = inserts(session)(AccountState.__table__).values(
        account=account, state="well", failures=0, probes=0
    )
    session.execute(new.on_conflict_do_nothing(index_elements=["account"]))
