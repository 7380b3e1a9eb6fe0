"""What a person agreed to and took back, act by act, and which STOP still stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Consent, Message
from gateway.subscribers import consent

_BY_COMPANY = "provider "


@dataclass(frozen=True, slots=True)
class Act:
    """One act: joined, started or stopped; `account` where it came by one.

    `told_by` is "person" by SMS, "company" for what a company tells of its list, or "sheet".
    """

    act: str
    told_by: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Every act, the newest first, and the accounts whose STOP was not taken back."""

    acts: Sequence[Act]
    standing: Sequence[str]


def of(session: Session, subscriber_id: int) -> History:
    """The whole history of one person."""
    rows = session.execute(
        select(Consent.act, Consent.via, Message.account, Consent.at)
        .outerjoin(Message, Message.id == Consent.message_id)
        .where(Consent.subscriber_id == subscriber_id)
        .order_by(Consent.id)
    ).all()
    standing = consent.left_open((act, via, account) for act, via, account, _ in rows)
    return History([_act(*row) for row in reversed(rows)], sorted(standing))


def _act(act: str, via: str, written_to: str | None, at: datetime) -> Act:
    if via.startswith(_BY_COMPANY):
        return Act(act, "company", via.removeprefix(_BY_COMPANY), at)
    told_by = "sheet" if via == consent.BY_SHEET else "person"
    return Act(act, told_by, written_to or "", at)
