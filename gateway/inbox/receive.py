"""Keeps an incoming message exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

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


def receive(connection: Connection, message: Mapping[str, Any]) -> int | None:
    """The new message's id, or None when this provider id was kept before. One statement."""
    # Core rather than ORM: this runs once a webhook, and a unit of work costs more than the row.
    on_postgresql = connection.dialect.name == "postgresql"
    statement = _POSTGRESQL if on_postgresql else _SQLITE
    return connection.execute(statement, message).scalar()


def as_row(keys: Keys, sms: InboundSms, origin: Origin, now: datetime) -> dict[str, Any]:
    """The message as `receive` keeps it.

    The sender is E.164 where it is a number, and as it came where it is not.
    """
    sender = normalise(sms.sender, origin.country) or sms.sender.strip()
    return {
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


_POSTGRESQL = (
    postgresql.insert(_MESSAGES)
    .on_conflict_do_nothing(index_elements=_SAME)
    .returning(_MESSAGES.c.id)
)
_SQLITE = (
    sqlite.insert(_MESSAGES).on_conflict_do_nothing(index_elements=_SAME).returning(_MESSAGES.c.id)
)
