"""Remembers each act of consent, so that anyone can be shown what they agreed to and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gateway.store.tables import Consent, Message, Subscriber

BY_SHEET = "sheet"
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
    they told that company, by its word, "sheet" that they signed on paper.
    """
    session.add(
        Consent(subscriber_id=subscriber.id, act=act, via=via, message_id=message_id, at=now)
    )


def remember_sheet(session: Session, signed: Iterable[tuple[Subscriber, datetime]]) -> None:
    """That people joined on paper, each on the day that the sheet says."""
    rows = [
        {"subscriber_id": person.id, "act": "joined", "via": BY_SHEET, "at": at}
        for person, at in signed
    ]
    if rows:
        session.execute(insert(Consent), rows)


def history(session: Session, subscriber_id: int) -> list[Consent]:
    """Every act of a person and through what, the first one first."""
    rows = select(Consent).where(Consent.subscriber_id == subscriber_id).order_by(Consent.id)
    return list(session.scalars(rows))


def open_stops(session: Session, subscriber_id: int) -> set[str]:
    """The accounts to which a person said STOP, by SMS or to the company, and not taken back since.

    Their own JOIN or START takes back all; what a company calls a START, only what was said to
    that account; a sign-up sheet nothing, as others filled it in. "" is a STOP that came through
    none.
    """
    return standing(session, [subscriber_id]).get(subscriber_id, set())


def standing(session: Session, subscriber_ids: Sequence[int]) -> dict[int, set[str]]:
    """The open stops of many people; who has none is not in it."""
    session.flush()
    acts = session.execute(
        select(Consent.subscriber_id, Consent.act, Consent.via, Message.account)
        .outerjoin(Message, Message.id == Consent.message_id)
        .where(Consent.subscriber_id.in_(subscriber_ids))
        .order_by(Consent.id)
    )
    by_person: defaultdict[int, list[tuple[str, str, str | None]]] = defaultdict(list)
    for person, *act in acts:
        by_person[person].append((act[0], act[1], act[2]))
    found = {person: left_open(history) for person, history in by_person.items()}
    return {person: accounts for person, accounts in found.items() if accounts}


def left_open(history: Iterable[tuple[str, str, str | None]]) -> set[str]:
    """The same of one person's acts in their order: act, via, and the account of its message."""
    open_: set[str] = set()
    for act, via, written_to in history:
        by_company = via.startswith(_BY_COMPANY)
        account = via.removeprefix(_BY_COMPANY) if by_company else written_to or ""
        if act == "stopped":
            open_.add(account)
        elif by_company:
            open_.discard(account)
        elif via != BY_SHEET:
            open_.clear()
    return open_
