"""Asks what is left in each account, or reckons it, and calls coordinators before it is empty."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.balance import Purse, days_left, is_well_again, same_money, why_low
from gateway.dispatch.costing import cost_by_account, largest_warning
from gateway.dispatch.outbox import Text, queue_page
from gateway.dispatch.uses import Use, spent_since, uses
from gateway.flow.calling import coordinators
from gateway.providers.base import Balance, SendError
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.once import inserts
from gateway.store.tables import AccountState

log = structlog.get_logger()
_AGAIN = timedelta(days=1)
_AUDIENCES = timedelta(days=30)
_PRIORITY = 2  # after every warning, but with what may use a reserve
_LONGEST_CURRENCY = 16


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the balances are held against."""

    use: Mapping[str, Use]
    spent: Mapping[str, float]  # since the last payment, of accounts whose balance is reckoned
    warning: Mapping[str, float]  # what the largest warning of late would cost by each account


def look_after(runtime: Runtime) -> int:
    """Keeps each account's balance and tells of those that run low; returns how many it told of."""
    answers = {name: _asked(runtime, name) for name in runtime.settings.providers}
    now = runtime.clock()  # companies may take their time to answer
    with runtime.database.reading() as session:
        figures = _figures(runtime, session, now)
    told = 0
    for name in sorted(answers):
        with runtime.database.writing() as session:
            state = _state(session, name)
            _keep(runtime, state, answers[name], figures, now)
            told += _tell(runtime, session, state, _purse(runtime, state, figures), now)
    return told


def paid_at(runtime: Runtime, account: str) -> datetime | None:
    """When the day began on which it was last paid into; None where the settings name none."""
    given = runtime.settings.providers[account].paid_on
    try:
        return datetime.combine(date.fromisoformat(given), time(), runtime.zone) if given else None
    except ValueError:  # such as a 31st of June: `gateway check` says so
        return None


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    """The company was asked and did not say."""


def _asked(runtime: Runtime, account: str) -> Balance | _NoAnswer | None:
    try:
        found = runtime.providers[account].balance()
    except SendError as error:
        log.warning("balance not known", account=account, error=type(error).__name__)
        return _NoAnswer()
    except Exception:  # one company's oddity must not keep the alarms of the others from ringing
        log.exception("balance not known", account=account)
        return _NoAnswer()
    if found is not None and not math.isfinite(found.amount):
        return _NoAnswer()
    return found


def _figures(runtime: Runtime, session: Session, now: datetime) -> _Figures:
    prices = runtime.settings.prices
    paid = {name: at for name in prices if (at := paid_at(runtime, name))}
    return _Figures(
        use=uses(session, now, runtime.zone, prices),
        spent=spent_since(session, paid, prices),
        warning=cost_by_account(runtime.settings, largest_warning(session, now - _AUDIENCES)),
    )


def _state(session: Session, account: str) -> AccountState:
    if session.get(AccountState, account) is None:
        row = inserts(session)(AccountState).values(account=account)
        session.execute(row.on_conflict_do_nothing())  # whoever sends may write it at this instant
    return session.get_one(AccountState, account, with_for_update=True, populate_existing=True)


def _keep(
    runtime: Runtime,
    state: AccountState,
    answer: Balance | _NoAnswer | None,
    figures: _Figures,
    now: datetime,
) -> None:
    """What the company said, else the estimate; no currency stands with an estimate of ours."""
    if isinstance(answer, _NoAnswer):
        return  # the pages say since when it is not known
    if answer is not None:
        letters = (letter for letter in answer.currency if letter.isprintable())
        state.balance, state.currency = answer.amount, "".join(letters)[:_LONGEST_CURRENCY]
    else:
        own, since = runtime.settings.providers[state.account], paid_at(runtime, state.account)
        known = own.paid > 0 and since is not None
        state.currency = None
        state.balance = own.paid - figures.spent.get(state.account, 0.0) if known else None
    state.balance_at = now


def _purse(runtime: Runtime, state: AccountState, figures: _Figures) -> Purse:
    if state.balance is None or not same_money(state.currency, runtime.settings.policy.currency):
        return Purse(state.balance)
    use = figures.use.get(state.account)
    return Purse(
        left=state.balance,
        days=days_left(state.balance, use.spent) if use else None,
        warning=figures.warning.get(state.account),
    )


def _tell(
    runtime: Runtime, session: Session, state: AccountState, purse: Purse, now: datetime
) -> bool:
    """Calls everybody, once a day while it is low; `told_at` stands as long as it is."""
    own = runtime.settings.providers[state.account]
    why = why_low(purse, own)
    if not why:
        if is_well_again(purse, own):
            state.told_at = None
        return False
    if state.told_at is not None and state.told_at > now - _AGAIN:
        return False
    state.told_at = now
    people = coordinators(session)
    text = _words(runtime, state, purse)
    for user in people:
        queue_page(session, runtime.settings.routes, user, text, now, priority=_PRIORITY)
    nudge_after_commit(session, "send_due")
    log.warning("account runs low", account=state.account, why=",".join(why), people=len(people))
    return True


def _words(runtime: Runtime, state: AccountState, purse: Purse) -> Text:
    language, settings = runtime.settings.languages[0], runtime.settings
    money = settings.policy.currency if state.currency is None else state.currency
    body = wording.render(
        language,
        "page_low_balance",
        account=state.account,
        balance=f"{state.balance or 0.0:,.2f} {money}".strip(),
        days="?" if purse.days is None else "<1" if purse.days < 1 else f"{purse.days:.0f}",
    )
    return Text(language, body)
