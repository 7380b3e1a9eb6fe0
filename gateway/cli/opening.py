"""What commands do first that need the database and nothing else: settings, keys, tables."""

import getpass

from gateway.plumbing.keyfiles import load_keys
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import Settings, load_settings
from gateway.store import migrate
from gateway.store.database import Database
from gateway.terms.refusals import Refused


def operator() -> str:
    """Who runs this command, for the audit."""
    try:
        return f"operator {getpass.getuser()}"[:64]
    except (OSError, KeyError):
        return "operator"


def ready_database() -> tuple[Settings, Database]:
    """A database whose tables are of this version; Refused says what to do if they are not.

    A whole runtime, with its word lists, takes six times as long.
    """
    configure_logs()
    settings = load_settings()
    database = any_database(settings)
    require_this_version(database)
    return settings, database


def any_database(settings: Settings) -> Database:
    """The deployment's database, whatever is in it; raises KeyProblem."""
    return Database(
        settings.database.url, load_keys(settings), pool_size=settings.database.pool_size
    )


def require_this_version(database: Database) -> None:
    """Raises Refused unless the database has the tables of this version."""
    if not migrate.is_current(database):
        raise Refused("the database is not of this version: run `gateway migrate`")
