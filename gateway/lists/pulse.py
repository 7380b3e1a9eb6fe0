"""Whether anything may have changed on the situation page: one statement of quick looks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gateway.store.tables import (
    Alert,
    AuditRow,
    Beat,
    Delivery,
    Incident,
    Move,
    Receipt,
    Report,
)

# While a large warning leaves, its moves tell of each step: a thousand that wait are enough.
_COUNTS = {
    # Spelled out, so that partial indexes fit.
    "failed": "SELECT count(*) FROM messages WHERE state = 'failed' AND exercise_id IS NULL",
    "risks": "SELECT count(*) FROM risk_notices WHERE seen_at IS NULL",
    "failing": "SELECT count(*) FROM account_states WHERE state = 'failing'",
    "low": "SELECT count(*) FROM account_states WHERE told_at IS NOT NULL",
    "help": (
        "SELECT count(*) FROM alert_replies WHERE said = 'help'"
        " AND alert_id IN (SELECT id FROM alerts WHERE state = 'live')"
    ),
    "failing_since": "SELECT max(changed_at) FROM account_states WHERE state = 'failing'",
    "queued": (
        "SELECT count(*) FROM"
        " (SELECT 1 FROM deliveries WHERE state = 'queued' LIMIT 1000) AS waiting"
    ),
    "claimed": (
        "SELECT count(*) FROM (SELECT 1 FROM deliveries"
        " WHERE state IN ('claimed', 'unknown') LIMIT 1000) AS held"
    ),
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """`marks` differ when anything may have changed; `beat` is the scheduler's last round."""

    marks: tuple[Any, ...]
    beat: datetime | None  # None before the first
    failed_messages: int
    risks: int  # notices of rising risk that nobody has looked at
    troubles: int  # accounts that fail, and accounts that run low


def read(session: Session) -> Pulse:
    """One indexed look each."""
    newest = [
        select(func.max(table.id)).scalar_subquery()
        for table in (Move, AuditRow, Report, Incident, Alert, Delivery, Receipt)
    ]
    counts = [text(f"({query})") for query in _COUNTS.values()]
    beat = select(func.max(Beat.at)).where(Beat.job == "scheduler").scalar_subquery()
    row = session.execute(select(beat, *newest, *counts)).one()
    marks = tuple(row)[1:]
    of = dict(zip(_COUNTS, marks[len(newest) :], strict=True))
    return Pulse(marks, row[0], of["failed"], of["risks"], of["failing"] + of["low"])
