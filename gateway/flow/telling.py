"""Notes who made a situation report, of which days and at which level."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from gateway.store.audit import record
from gateway.store.tables import User


def note_report(
    session: Session,
    by: User,
    now: datetime,
    *,
    level: str,
    first: date,
    last: date,
    table: str,
    drills: bool,
) -> None:
    """`table` is that of a file; empty for the page."""
    facts = {"from": first.isoformat(), "to": last.isoformat(), "table": table, "drills": drills}
    record(
        session,
        who=by.name,
        act="report.make",
        subject=f"situation report {level}",
        now=now,
        facts=facts,
    )
