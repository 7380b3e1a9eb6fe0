"""Remembers each act of consent, so that anyone can be shown what they agreed to and when."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Consent, Subscriber


def remember(
    session: Session,
    subscriber: Subscriber,
    act: str,
    via: str,
    message_id: int | None,
    now: datetime,
) -> None:
    """Writes one act: joined, started or stopped; `via` is sms, provider or a web user."""
    session.add(
        Consent(subscriber_id=subscriber.id, act=act, via=via, message_id=message_id, at=now)
    )


def history(session: Session, subscriber_id: int) -> list[Consent]:
    """Every act of a person, the first one first."""
    rows = select(Consent).where(Consent.subscriber_id == subscriber_id).order_by(Consent.id)
    return list(session.scalars(rows))
