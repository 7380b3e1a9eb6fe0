"""The audit chain: every act hashed together with the one before it.

The hash is keyed, so that whoever can write the database but has no keys cannot forge a link.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import KeyProblem, Keys
from gateway.store.tables import AuditRow

GENESIS = "0" * 64
_CHAIN_LOCK = 7_203_001  # pg_advisory_xact_lock: one link is forged at a time


@dataclass(frozen=True, slots=True)
class ChainResult:
    """How far the chain holds; `broken_at` is the first row that does not."""

    rows: int
    broken_at: int | None
    head: str
    first: int = 1  # rows before it were not looked at


def record(
    session: Session,
    *,
    who: str,
    act: str,
    subject: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> AuditRow:
    """Adds a link to the chain in the caller's transaction.

    `facts` must hold neither numbers nor texts of people; `reason` is sealed.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = session.execute(
        select(AuditRow.id, AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)
    ).first()
    number, previous = (last.id + 1, last.hash) if last else (1, GENESIS)
    row = AuditRow(
        id=number,
        at=now,
        who=who,
        act=act,
        subject=subject,
        facts=dict(facts or {}),
        reason=reason,
        previous=previous,
        hash="",
    )
    row.hash = _hash_of(session, row)
    session.add(row)
    session.flush()
    return row


def verify(session: Session, newest: int | None = None) -> ChainResult:
    """Walks the chain, whole or so many of its newest rows; a changed, added or removed row breaks
    it there.

    A cut-off tail shows only in the number of rows and the head: compare them with a noted pair.
    """
    first, previous = _beginning(session, newest)
    expected = first
    query = select(AuditRow).where(AuditRow.id >= first).order_by(AuditRow.id)
    # the cursor on the server is closed wherever we end
    with session.scalars(query.execution_options(yield_per=500)) as rows:
        try:
            for row in rows:
                linked = row.id == expected and row.previous == previous
                if not linked or not hmac.compare_digest(row.hash, _hash_of(session, row)):
                    return ChainResult(expected - first, expected, previous, first)
                expected, previous = expected + 1, row.hash
        except (KeyProblem, ValueError):  # a sealed reason or the facts were touched
            return ChainResult(expected - first, expected, previous, first)
    return ChainResult(expected - first, None, previous, first)


def _beginning(session: Session, newest: int | None) -> tuple[int, str]:
    """The first row to look at and the hash of the one before it."""
    last = session.scalar(select(func.max(AuditRow.id))) or 0
    if newest is None or last <= newest:
        return 1, GENESIS
    first = last - newest + 1
    before = session.scalar(select(AuditRow.hash).where(AuditRow.id == first - 1))
    return first, before or ""


def _hash_of(session: Session, row: AuditRow) -> str:
    content = {
        "id": row.id,
        "at": row.at.isoformat(),
        "who": row.who,
        "act": row.act,
        "subject": row.subject,
        "facts": row.facts,
        "reason": row.reason,
        "previous": row.previous,
    }
    keys: Keys = session.get_bind().dialect.gateway_keys  # type: ignore[attr-defined]
    return hmac.digest(keys.chain, json.dumps(content, sort_keys=True).encode(), sha256).hex()
