"""What delivered messages leave behind: by which account a person was reached, and how fast."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gateway.store.once import inserts
from gateway.store.tables import AccountState, Delivery, FormerAttempt, Subscriber

_FADE = 0.95  # what the past of an account weighs after one more receipt


def note_reached(session: Session, account: str, people: Iterable[int]) -> None:
    """Whom this account reached when another did not; whom another reaches by now is forgotten.

    Only that tells something of a person: while an account fails everybody is reached by the next,
    and shall not stay there. Who is held by another transaction is passed over: it is a hint.
    """
    people = list(people)
    rescued = (
        select(Delivery.subscriber_id)
        .join(FormerAttempt, FormerAttempt.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(people),
            Delivery.account == account,
            FormerAttempt.account != account,
        )
    )
    others = Subscriber.reached_by.is_distinct_from(account)
    _set(session, account, Subscriber.id.in_(rescued), others)
    reached_by_another = Subscriber.id.not_in(rescued), Subscriber.reached_by.is_not(None)
    _set(session, None, Subscriber.id.in_(people), *reached_by_another, others)


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


def _set(session: Session, account: str | None, *which: ColumnElement[bool]) -> None:
    held = select(Subscriber.id).where(*which).order_by(Subscriber.id)
    ids = session.scalars(held.with_for_update(skip_locked=True, key_share=True)).all()
    if ids:
        session.execute(
            update(Subscriber)
            .where(Subscriber.id.in_(ids))
            .values(reached_by=account)
            .execution_options(synchronize_session=False)
        )
