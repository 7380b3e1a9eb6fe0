"""Keeps the parts of long messages that companies do not join, and says which make a message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from gateway.inbox.receive import Origin, envelope, storable
from gateway.plumbing.crypto import Keys
from gateway.providers.base import InboundSms, Part
from gateway.store.tables import MessagePart

PARTS: Table = MessagePart.__table__  # type: ignore[assignment]
WAIT = timedelta(seconds=60)  # for the missing parts, from the first that came
_TOGETHER = timedelta(minutes=10)  # phones use a reference anew after some hours
_MOST = 255  # 3GPP TS 23.040, section 9.2.3.24.1: one octet
_GAP = "[…]"
_LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Family:
    """What the parts of one message share."""

    account: str
    sender_index: str
    reference: str
    total: int


def part_of(sms: InboundSms) -> Part | None:
    """Which part it is, if it has to wait for others; an opt-out or an impossible count has not."""
    part = sms.part
    if part is None or sms.opt is not None:
        return None
    return part if 1 < part.total <= _MOST and 1 <= part.number <= part.total else None


def as_part(
    keys: Keys, sms: InboundSms, part: Part, origin: Origin, now: datetime
) -> dict[str, Any]:
    """The part as it is kept."""
    reference = storable(part.reference)
    if len(reference) > _LONGEST_REFERENCE:
        reference = keys.index.of(reference)
    return envelope(keys, sms, origin, now) | {
        "reference": reference,
        "number": part.number,
        "total": part.total,
    }


def overdue(session: Session, now: datetime) -> list[Family]:
    """Families of which a part has waited for too long."""
    columns = PARTS.c
    rows = session.execute(
        select(columns.account, columns.sender_index, columns.reference, columns.total)
        .where(columns.message_id.is_(None), columns.received_at <= now - WAIT)
        .distinct()
    )
    return [Family(*row) for row in rows]


def waiting(session: Session, family: Family) -> list[MessagePart]:
    """Its parts that are in no message yet, held until the transaction ends, the first first."""
    return list(
        session.scalars(
            select(MessagePart)
            .where(*_of(family), MessagePart.message_id.is_(None))
            .order_by(MessagePart.id)
            .with_for_update()
        )
    )


def drop_repeats(
    session: Session, family: Family, parts: Sequence[MessagePart]
) -> list[MessagePart]:
    """Points parts that came again under another id at the message they are in; gives the rest."""
    if not parts:
        return []
    joined = session.scalars(
        select(MessagePart).where(
            *_of(family),
            MessagePart.message_id.is_not(None),
            MessagePart.received_at >= parts[0].received_at - WAIT,
        )
    )
    known = {(part.number, part.body): part.message_id for part in joined}
    for part in parts:
        part.message_id = known.get((part.number, part.body))
    return [part for part in parts if part.message_id is None]


def next_message(parts: Sequence[MessagePart], now: datetime) -> list[MessagePart]:
    """The parts of a message that is whole or has waited for too long, in order; else none."""
    if not parts:
        return []
    first = parts[0]
    chosen: dict[int, MessagePart] = {}
    for part in parts:
        if part.received_at - first.received_at <= _TOGETHER:
            chosen.setdefault(part.number, part)
    if len(chosen) < first.total and first.received_at > now - WAIT:
        return []
    return [chosen[number] for number in sorted(chosen)]


def joined_row(parts: Sequence[MessagePart], now: datetime) -> dict[str, Any]:
    """The message that these parts make, as `receive` keeps it."""
    first = min(parts, key=lambda part: part.id)
    return {
        "account": first.account,
        # Not by the id alone: SQLite gives ids of purged rows anew.
        "provider_id": f"joined-{first.id}-{first.received_at.timestamp():.6f}",
        "sender": first.sender,
        "sender_index": first.sender_index,
        "recipient": first.recipient,
        "body": _text(parts, first.total),
        "opt": None,
        "media": 0,
        "state": "received",
        "exercise_id": None,
        "received_at": now,
    }


def _text(parts: Iterable[MessagePart], total: int) -> str:
    bodies = {part.number: part.body or "" for part in parts}
    text, whole = "", True
    for number in range(1, total + 1):
        if number in bodies:
            text += bodies[number]
        elif whole:  # several that are missing side by side are one gap
            text += _GAP
        whole = number in bodies
    return text


def _of(family: Family) -> tuple[Any, ...]:
    return (
        MessagePart.account == family.account,
        MessagePart.sender_index == family.sender_index,
        MessagePart.reference == family.reference,
        MessagePart.total == family.total,
    )
