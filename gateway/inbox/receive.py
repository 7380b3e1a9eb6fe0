"""Keeps an incoming message exactly once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.providers.base import InboundSms
from gateway.store.tables import Message
from gateway.terms.phones import normalise

_MESSAGES: Table = Message.__table__  # type: ignore[assignment]
_SAME = ["account", "provider_id"]
_MAX_PROVIDER_ID = 255


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came in, and whether it belongs to an exercise."""

    account: str
    country: str
    exercise_id: int | None = None


def receive(
    session: Session, keys: Keys, sms: InboundSms, origin: Origin, now: datetime
) -> int | None:
    """The new message's id, or None when this provider id was kept before.

    The sender is stored as E.164 where it is a number and as it came where it is not.
    """
    sender = normalise(sms.sender, origin.country) or sms.sender.strip()
    values = {
        "account": origin.account,
        "provider_id": sms.provider_id[:_MAX_PROVIDER_ID].replace("\x00", ""),
        "sender": sender,
        "sender_index": keys.index.of(sender),
        "recipient": sms.recipient,
        "body": sms.text,
        "opt": sms.opt,
        "media": sms.media,
        "state": "received",
        "exercise_id": origin.exercise_id,
        "received_at": now,
    }
    # Core rather than ORM: this runs once a webhook, and a unit of work costs more than the row.
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    statement = _POSTGRESQL if on_postgresql else _SQLITE
    return session.connection().execute(statement, values).scalar()


_POSTGRESQL = (
    postgresql.insert(_MESSAGES)
    .on_conflict_do_nothing(index_elements=_SAME)
    .returning(_MESSAGES.c.id)
)
_SQLITE = (
    sqlite.insert(_MESSAGES).on_conflict_do_nothing(index_elements=_SAME).returning(_MESSAGES.c.id)
)
