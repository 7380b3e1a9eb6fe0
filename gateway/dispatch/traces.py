"""What delivered messages leave behind: by which account a person was reached, and how fast."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateway.store.once import inserts
from gateway.store.tables import AccountState, Subscriber

_FADE = 0.95  # what the past of an account weighs after one more receipt


def note_reached(session: Session, account: str, people: Iterable[int]) -> None:
    """Whose message arrived by another account than the one before.

    A person whom another transaction holds is passed over: it is a hint, and not worth a wait.
    """
    other = (
        select(Subscriber.id)
        .where(Subscriber.id.in_(people), Subscriber.reached_by.is_distinct_from(account))
        .order_by(Subscriber.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = session.scalars(other).all()
    if ids:
        session.execute(
            update(Subscriber)
            .where(Subscriber.id.in_(ids))
            .values(reached_by=account)
            .execution_options(synchronize_session=False)
        )


def note_pace(session: Session, account: str, seconds: Sequence[float]) -> None:
    """Moves the seconds from hand-over to receipt towards these newest ones, by one statement.

    In a transaction of its own: the row of an account is what all its senders wait for.
    """
    mean, kept = fmean(seconds), _FADE ** len(seconds)
    faded = AccountState.receipt_s * kept + mean * (1 - kept)
    session.execute(
        inserts(session)(AccountState)
        .values(account=account, receipt_s=mean)
        .on_conflict_do_update(
            index_elements=["account"], set_={"receipt_s": func.coalesce(faded, mean)}
        )
    )
