"""Keeps an incoming message exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
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
    return keep_once(connection, _MESSAGES, message)


def keep_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> int | None:
    """The new row's id, or None when one of this account and provider id is there."""
    # Core rather than ORM: this runs once a webhook, and a unit of work costs more than the row.
    return connection.execute(_insert(table, connection.dialect.name), row).scalar()


def as_row(keys: Keys, sms: InboundSms, origin: Origin, now: datetime) -> dict[str, Any]:
    """The message as `receive` keeps it."""
    return envelope(keys, sms, origin, now) | {
        "opt": sms.opt,
        "media": sms.media,
        "state": "received",
        "exercise_id": origin.exercise_id,
    }


def envelope(keys: Keys, sms: InboundSms, origin: Origin, now: datetime) -> dict[str, Any]:
    """What is kept of a message and of a part of one alike.

    The sender is E.164 where it is a number, and as it came where it is not.
    """
    sender = normalise(sms.sender, origin.country) or sms.sender.strip()
    return {
        "account": origin.account,
        "provider_id": storable(sms.provider_id)[:_MAX_PROVIDER_ID],
        "sender": sender,
        "sender_index": keys.index.of(sender),
        "recipient": sms.recipient,
        "body": sms.text,
        "received_at": now,
    }


def storable(name: str) -> str:
    """A company's name for something, without what no database keeps in clear."""
    return name.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


@cache
def _insert(table: Table, dialect: str) -> Any:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=_SAME).returning(table.c.id)
