"""Engines and sessions: one writer at a time on SQLite, real transactions on both engines."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store import distance
from gateway.store.together import Together

T = TypeVar("T")
NUDGES = "nudges"
READING = "reading"  # of a session that writes nothing
_DRIVERS = ("sqlite", "postgresql+psycopg")


class Database:
    """One database with its keys; hands out sessions and carries nudges after commits."""

    def __init__(self, url: str, keys: Keys, *, pool_size: int = 40) -> None:
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url, pool_size)
        self.keys = keys
        self.engine.dialect.gateway_keys = keys  # type: ignore[attr-defined]
        # Writers that spin on SQLite's file lock starve each other; ours queue here first.
        self._writer = threading.RLock() if self.is_sqlite else None
        self._together = Together(self.engine, self._writer) if self._writer else None
        self._at_once = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.nudge: Callable[[str], None] = lambda _job: None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits at the end, then passes on the nudges it collected."""
        if self._writer:
            self._writer.acquire()
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
                nudges = session.info.pop(NUDGES, ())
        finally:
            if self._writer:
                self._writer.release()
        for job in nudges:
            self.nudge(job)

    def write_one(self, write: Callable[[Connection], T]) -> T:
        """Runs a write of a single statement; it is on disk when this returns.

        PostgreSQL commits it by itself, in one round trip; on SQLite waiting writes share a commit.
        """
        if self._together:
            return self._together.write(write)
        with self._at_once.connect() as connection:
            return write(connection)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that writes nothing and never waits for a writer."""
        with Session(
            self.engine, expire_on_commit=False, autoflush=False, info={READING: True}
        ) as session:
            session.connection(execution_options={"gateway_reading": True})
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Session]:
        """A session for one quick look: each statement sees the newest, at one round trip."""
        with Session(self._at_once, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def alone(self, work: int, row_id: int) -> Iterator[bool]:
        """Whether no other process does this work on this row now; none begins until the end.

        On SQLite always true: it has one writer, and a process that dies holds nothing.
        """
        if self.is_sqlite:
            yield True
            return
        with self._at_once.connect() as connection:
            key = {"work": work, "row": row_id}
            held = connection.execute(text("SELECT pg_try_advisory_lock(:work, :row)"), key)
            mine = bool(held.scalar())
            try:
                yield mine
            finally:
                if mine:
                    connection.execute(text("SELECT pg_advisory_unlock(:work, :row)"), key)

    def is_alive(self) -> bool:
        """Whether the database answers at all."""
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()


def nudge_after_commit(session: Session, job: str) -> None:
    """Asks that a background job look soon, once what this session wrote is on disk."""
    session.info.setdefault(NUDGES, set()).add(job)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address, or None for PostgreSQL."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _parsed(url: str) -> URL:
    """Raises ValueError that does not quote the address: it may hold a password."""
    try:
        parsed = make_url(url)
        if parsed.drivername in _DRIVERS:
            return parsed
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        pass
    raise ValueError(
        "this is no address of a database: expected sqlite:///<file> or "
        "postgresql+psycopg://<user>@<host>/<name>"
    )


def _sqlite_engine(url: str) -> Engine:
    path = sqlite_file(url)
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=64, hide_parameters=True, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come too late
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a webhook answered 2xx is on disk
            "foreign_keys=ON",
            "busy_timeout=5000",
            "secure_delete=ON",  # what was purged leaves the file too
        ):
            connection.execute(f"PRAGMA {pragma}")
        distance.teach(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("gateway_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_pre_ping=False,
        hide_parameters=True,  # an error quotes them before they are sealed
        # What we look up by key is in memory or on an SSD; planned for a spinning disk, small
        # tables are read whole.
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c random_page_cost=1.1"},
    )
