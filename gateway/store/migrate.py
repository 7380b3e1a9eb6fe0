"""Brings the tables of a database to this version, step by step."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.store.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_203_002  # pg_advisory_lock: two machines that start at once migrate once


def upgrade(database: Database, target: str = "head") -> None:
    """Runs every step up to `target` in one transaction."""
    with _migrating(database) as connection:
        command.upgrade(_config(connection), target)


def downgrade(database: Database, target: str = "base") -> None:
    """Takes steps back, for tests and for a failed release; what they added is lost."""
    with _migrating(database) as connection:
        command.downgrade(_config(connection), target)


def is_current(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory(str(_SCRIPTS)).get_current_head()


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """A transaction for steps that make tables anew.

    SQLite changes a column by copying the table; with its foreign keys on, dropping the old copy
    would erase every row that refers to it (www.sqlite.org/lang_altertable.html, section 7).
    """
    with database.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                _lock(connection)
                yield connection
                if database.is_sqlite and driver.execute("PRAGMA foreign_key_check").fetchone():
                    raise RuntimeError("the migration would leave rows that refer to nothing")
        finally:
            if database.is_sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
