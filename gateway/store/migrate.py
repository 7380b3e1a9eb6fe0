"""Brings the tables of a database to this version, step by step."""

from pathlib import Path

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
    with database.engine.connect() as connection, connection.begin():
        _lock(connection)
        command.upgrade(_config(connection), target)


def downgrade(database: Database, target: str = "base") -> None:
    """Takes steps back, for tests and for a failed release; what they added is lost."""
    with database.engine.connect() as connection, connection.begin():
        _lock(connection)
        command.downgrade(_config(connection), target)


def is_current(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory(str(_SCRIPTS)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
