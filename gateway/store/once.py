"""Inserts a row unless it is there, safely however many workers try at the same instant."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.store.tables import Base

_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def inserts(session: Session) -> Any:
    """The INSERT of this session's engine, which knows ON CONFLICT."""
    return _INSERTS[session.get_bind().dialect.name]


def new_reference(session: Session, of: ColumnElement[int]) -> ColumnElement[str]:
    """A new reference for each row that a statement inserts: 32 hexadecimal digits.

    Nobody can guess one. On PostgreSQL they are hashes of a secret that only this statement has
    and of a number that differs from row to row: its random UUIDs cost five times as much.
    """
    if session.get_bind().dialect.name == "postgresql":
        secret = literal(token_hex(32)).concat(of.cast(String))
        return func.md5(secret)  # of 256 secret bits: unguessable, and a third of SHA-256's cost
    return func.lower(func.hex(func.randomblob(16)))


def insert_once(
    session: Session, table_class: type[Base], values: Mapping[str, Any], on: Sequence[str] = ()
) -> int | None:
    """The new row's id, or None when one with the same `on` columns was there.

    With no `on`, a row that breaks any unique rule of the table counts as there. The caller's
    transaction stays whole in both cases; PostgreSQL waits for a rival that has not committed.
    """
    columns: Any = table_class
    new_id: int | None = session.scalar(
        inserts(session)(table_class)
        .values(**values)
        .on_conflict_do_nothing(index_elements=list(on) or None)
        .returning(columns.id)
    )
    return new_id
