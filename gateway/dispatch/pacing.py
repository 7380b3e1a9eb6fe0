"""Gives an account's messages their moments, so that all workers together keep to its pace."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.providers.base import Limits
from gateway.store.once import inserts
from gateway.store.tables import AccountState, AccountUse

_SHARE = 0.98  # of the rate: the way to the company is now longer, now shorter
AHEAD = timedelta(seconds=0.5)  # nobody books moments farther away: an urgent message may come


def book(state: AccountState, most: int, per_second: float, wall: datetime) -> list[datetime]:
    """Up to `most` moments in which one message each may leave; the caller holds the row.

    Evenly spaced and never in bursts, whatever was left unused before. `wall` is the real time,
    since companies count in it, even where an exercise plays in another.
    """
    interval = _interval(per_second)
    moment = max(wall, state.next_at or wall)
    moments: list[datetime] = []
    while len(moments) < most and moment <= wall + AHEAD:
        moments.append(moment)
        moment += interval
    return moments


def is_busy(moments: Sequence[datetime], wall: datetime) -> bool:
    """Whether the pace is what holds these moments back, and not the hands that use them."""
    if not moments:
        return False
    return moments[0] > wall or moments[-1] > wall + AHEAD / 2


def book_late(state: AccountState, per_second: float, wall: datetime) -> datetime:
    """The next free moment, however far ahead, for a message that missed its own."""
    moment = max(wall, state.next_at or wall)
    keep_pace(state, [moment], per_second)
    return moment


def keep_pace(state: AccountState, used: Sequence[datetime], per_second: float) -> None:
    """Remembers the moments that were really given away."""
    if used:
        state.next_at = used[-1] + _interval(per_second)


def left(session: Session, account: str, limits: Limits, now: datetime, most: int) -> int:
    """How many messages the account may take by its limits of minute, half hour and day."""
    spans = (
        (limits.per_minute, timedelta(minutes=1)),
        (limits.per_half_hour, timedelta(minutes=30)),
        (limits.per_day, timedelta(days=1)),
    )
    for limit, span in spans:
        if limit:
            since = _minute(now - span) + timedelta(minutes=1)
            used = session.scalar(
                select(func.coalesce(func.sum(AccountUse.sms), 0)).where(
                    AccountUse.account == account, AccountUse.minute >= since
                )
            )
            most = min(most, limit - int(used or 0))
    return max(most, 0)


def count(
    session: Session, account: str, sms: int, segments: int, now: datetime, cost: float = 0.0
) -> int:
    """Adds to what the account carries in this minute; returns how many it is by now.

    `cost`: what the company itself says that its SMS cost.
    """
    insert = inserts(session)(AccountUse.__table__).values(
        account=account, minute=_minute(now), sms=sms, segments=segments, cost=cost
    )
    added = insert.on_conflict_do_update(
        index_elements=["account", "minute"],
        set_={
            "sms": AccountUse.sms + insert.excluded.sms,
            "segments": AccountUse.segments + insert.excluded.segments,
            "cost": AccountUse.cost + insert.excluded.cost,
        },
    )
    return int(session.scalar(added.returning(AccountUse.sms)) or 0)


def carried(session: Session, account: str, now: datetime) -> int:
    """Messages of the account in this minute so far."""
    one = select(AccountUse.sms).where(
        AccountUse.account == account, AccountUse.minute == _minute(now)
    )
    return int(session.scalar(one) or 0)


def _interval(per_second: float) -> timedelta:
    return timedelta(seconds=1 / (per_second * _SHARE))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
