"""Minds accounts that take messages and say no more what became of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.dispatch import breaking, receipts
from gateway.flow.roads import carriers
from gateway.runtime import Runtime
from gateway.store.tables import AccountState, Delivery, Receipt

log = structlog.get_logger()
_LEAST = timedelta(seconds=60)  # of silence
_TIMES = 5  # its usual time to a receipt
_ENOUGH = 20  # warnings without a word, before an account is held to be out of order
_REST = timedelta(minutes=5)  # a probe tells nothing here: receipts come later


def mind_silent(runtime: Runtime) -> list[str]:
    """Shuts accounts whose receipts have stopped, where another can carry their warnings.

    Judged by an account's own past: one that never sent receipts says nothing by their absence.
    """
    now = runtime.clock()
    with runtime.database.reading() as session:
        known = session.scalars(
            select(AccountState).where(
                AccountState.state == "well", AccountState.receipt_s.is_not(None)
            )
        ).all()
        silent = [state.account for state in known if _is_silent(runtime, session, state, now)]
    rest = breaking.Rules(1, _REST.total_seconds())
    for account in silent:
        with runtime.database.writing() as session:
            breaking.shut(breaking.held(session, account), "no-receipts", rest, now)
        log.warning("account sends no receipts", account=account)
    return silent


def _is_silent(runtime: Runtime, session: Session, state: AccountState, now: datetime) -> bool:
    patience = max(_LEAST, _TIMES * timedelta(seconds=state.receipt_s or 0))
    begin = now - 2 * patience
    waiting = session.execute(
        select(Delivery.path, func.count())
        .where(
            Delivery.state == "submitted",
            Delivery.priority <= 2,
            Delivery.hedged_at.is_(None),
            Delivery.account == state.account,
            Delivery.submitted_at.between(begin, now - patience),
        )
        .group_by(Delivery.path)
    ).all()
    if sum(row[1] for row in waiting) < _ENOUGH:
        return False
    heard = select(Receipt.id).where(
        Receipt.account == state.account, Receipt.id > receipts.last_id(session, begin)
    )
    spoke = session.execute(heard.limit(1)).first() is not None
    return not spoke and _have_another(runtime, (row[0] for row in waiting))


def _have_another(runtime: Runtime, paths: Iterable[str]) -> bool:
    return all(len(carriers(runtime, path, "urgent")) > 1 for path in paths)
