"""Inserts a row unless it is there, safely however many workers try at the same instant."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.store.tables import Base

_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_once(
    session: Session, table_class: type[Base], values: Mapping[str, Any], on: Sequence[str] = ()
) -> int | None:
    """The new row's id, or None when one with the same `on` columns was there.

    With no `on`, a row that breaks any unique rule of the table counts as there. The caller's
    transaction stays whole in both cases; PostgreSQL waits for a rival that has not committed.
    """
    insert = _INSERTS[session.get_bind().dialect.name]
    columns: Any = table_class
    new_id: int | None = session.scalar(
        insert(table_class)
        .values(**values)
        .on_conflict_do_nothing(index_elements=list(on) or None)
        .returning(columns.id)
    )
    return new_id
