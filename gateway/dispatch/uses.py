"""What accounts carried and spent, day by day, asked of the counts of each minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from gateway.store.tables import AccountUse

DAYS = 7


@dataclass(frozen=True, slots=True)
class Use:
    """What one account did: SMS and money of each day, today last; SMS in the last full minute."""

    sms: Sequence[int]
    spent: Sequence[float]
    last_minute: int
    last_at: datetime  # the minute in which it last carried something


def local_days(now: datetime, zone: ZoneInfo, count: int = DAYS) -> list[datetime]:
    """When the last days began where people live, today last."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(count))]
    return [datetime.combine(day, time(), zone).astimezone(now.tzinfo) for day in days]


def uses(
    session: Session, now: datetime, zone: ZoneInfo, prices: Mapping[str, float]
) -> dict[str, Use]:
    """The use of each account that carried anything in the last days, by one statement."""
    begins = local_days(now, zone)
    minute = now.replace(second=0, microsecond=0)
    columns: list[Any] = []
    for begin, end in zip(begins, [*begins[1:], now + timedelta(days=1)], strict=True):
        columns += _sums(and_(AccountUse.minute >= begin, AccountUse.minute < end))
    last = and_(AccountUse.minute >= minute - timedelta(minutes=1), AccountUse.minute < minute)
    rows = session.execute(
        select(
            AccountUse.account,
            func.max(AccountUse.minute),
            func.sum(case((last, AccountUse.sms), else_=0)),
            *columns,
        )
        .where(AccountUse.minute >= begins[0])
        .group_by(AccountUse.account)
    )
    return {row[0]: _use(row, prices.get(row[0], 0.0)) for row in rows}


def spent_since(
    session: Session, since: Mapping[str, datetime], prices: Mapping[str, float]
) -> dict[str, float]:
    """What each account spent from its own moment on."""
    if not since:
        return {}
    mine = or_(
        *(
            and_(AccountUse.account == name, AccountUse.minute >= begin)
            for name, begin in since.items()
        )
    )
    rows = session.execute(
        select(AccountUse.account, *_sums(mine)).where(mine).group_by(AccountUse.account)
    )
    return {row[0]: _money(row[2], row[3], prices.get(row[0], 0.0)) for row in rows}


def _sums(when: ColumnElement[bool]) -> tuple[Any, Any, Any]:
    """SMS, money that is known, and segments of which only the price is."""
    return (
        func.sum(case((when, AccountUse.sms), else_=0)),
        func.sum(case((when, AccountUse.cost), else_=0.0)),
        func.sum(case((and_(when, AccountUse.cost <= 0), AccountUse.segments), else_=0)),
    )


def _use(row: Any, price: float) -> Use:
    counts = row[3:]
    return Use(
        sms=[int(one) for one in counts[::3]],
        spent=[
            _money(cost, segments, price)
            for cost, segments in zip(counts[1::3], counts[2::3], strict=True)
        ],
        last_minute=int(row[2]),
        last_at=row[1],
    )


def _money(cost: Any, segments: Any, price: float) -> float:
    return float(cost) + int(segments) * price
