"""Names messages that come without an id, so that a company's repeat is known as one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.providers.base import InboundSms
from gateway.store.tables import Message, MessagePart

WINDOW_S = 10
_LOCK = 7_203_021  # pg_advisory_xact_lock: a repeat that comes across a window's border must wait


@dataclass(frozen=True, slots=True)
class Name:
    """The id for the window of now, and those for the windows beside it."""

    own: str
    beside: tuple[str, str]
    lock: int  # the same for all repeats of one message


def name_for(keys: Keys, row: Mapping[str, Any], sms: InboundSms, now: datetime) -> Name:
    """A keyed hash of account, sender, recipient, text and time: the text is not to be guessed."""
    part = [sms.part.reference, sms.part.number, sms.part.total] if sms.part else []
    told = [row["account"], row["sender"], sms.recipient, sms.text, sms.opt, sms.media, *part]
    window = int(now.timestamp()) // WINDOW_S
    own, before, after = (_hash(keys, [*told, window + step]) for step in (0, -1, 1))
    return Name(own, (before, after), int(_hash(keys, told)[:7], 16))


def is_repeat(
    session: Session, table: type[Message] | type[MessagePart], account: str, name: Name
) -> bool:
    """Whether the same was kept a moment ago; until the transaction's end no rival decides so."""
    if session.get_bind().dialect.name == "postgresql":
        key = {"lock": _LOCK, "row": name.lock}
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, :row)"), key)
    names = (name.own, *name.beside)
    kept = select(table.id).where(table.account == account, table.provider_id.in_(names))
    return session.scalar(kept.limit(1)) is not None


def _hash(keys: Keys, told: Sequence[object]) -> str:
    return keys.index.of("unnamed " + json.dumps(told))
