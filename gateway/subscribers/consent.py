"""Remembers each act of consent, so that anyone can be shown what they agreed to and when."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Consent, Message, Subscriber

_BY_COMPANY = "provider "


def remember(
    session: Session,
    subscriber: Subscriber,
    act: str,
    via: str,
    message_id: int | None,
    now: datetime,
) -> None:
    """Writes one act: joined, started or stopped.

    `via` says where it came from: "sms" is the person's own words to us, "provider <account>" what
    they told that company, by its word.
    """
    session.add(
        Consent(subscriber_id=subscriber.id, act=act, via=via, message_id=message_id, at=now)
    )


def history(session: Session, subscriber_id: int) -> list[Consent]:
    """Every act of a person and through what, the first one first."""
    rows = select(Consent).where(Consent.subscriber_id == subscriber_id).order_by(Consent.id)
    return list(session.scalars(rows))


def open_stops(session: Session, subscriber_id: int) -> set[str]:
    """The accounts to which a person said STOP, by SMS or to the company, and not taken back since.

    Their own JOIN or START takes back all; what a company calls a START, only what was said to
    that account. "" is a STOP that came through none.
    """
    session.flush()
    acts = session.execute(
        select(Consent.act, Consent.via, Message.account)
        .outerjoin(Message, Message.id == Consent.message_id)
        .where(Consent.subscriber_id == subscriber_id)
        .order_by(Consent.id)
    )
    open_: set[str] = set()
    for act, via, written_to in acts:
        by_company = via.startswith(_BY_COMPANY)
        account = via.removeprefix(_BY_COMPANY) if by_company else written_to or ""
        if act == "stopped":
            open_.add(account)
        elif by_company:
            open_.discard(account)
        else:
            open_.clear()
    return open_
