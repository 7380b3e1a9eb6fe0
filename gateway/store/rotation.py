"""Seals every sealed column anew after a new key was put in front of the ring."""

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Sealer
from gateway.store.columns import Sealed
from gateway.store.tables import Base

_CHUNK = 500


def sealed_columns() -> list[tuple[Table, str, str]]:
    """Each sealed column: its table, its name, its place."""
    return [
        (table, column.name, column.type.place)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    ]


def reseal(session: Session, sealer: Sealer) -> int:
    """Seals old values with the newest key, all in the caller's transaction; returns how many."""
    return sum(_reseal(session, sealer, *column) for column in sealed_columns())


def _reseal(session: Session, sealer: Sealer, table: Table, column: str, place: str) -> int:
    # Read raw: the column's type would open the value, which then says nothing of its key.
    raw = text(
        f'SELECT id, "{column}" FROM "{table.name}" WHERE id > :last '  # noqa: S608 (our own names)
        f'AND "{column}" IS NOT NULL ORDER BY id LIMIT {_CHUNK}'
    )
    change = text(f'UPDATE "{table.name}" SET "{column}" = :sealed WHERE id = :id')  # noqa: S608
    last, changed = 0, 0
    while rows := session.execute(raw, {"last": last}).all():
        last = rows[-1].id
        stale = [row for row in rows if not sealer.is_current(row[1])]
        for row in stale:
            sealed = sealer.seal(sealer.open(row[1], place), place)
            session.execute(change, {"sealed": sealed, "id": row.id})
        changed += len(stale)
    return changed
