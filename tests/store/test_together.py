"""Writes that share a commit: each is on disk when it returns, and fails alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gateway.store.database import Database

_ADD = text("INSERT INTO beats (job, at, holder) VALUES (:job, '2026-01-01 00:00:00', 'test')")


def test_many_writers_at_once_are_all_kept_and_a_bad_one_fails_alone(database: Database) -> None:
    gate = threading.Barrier(16)

    def write(number: int) -> bool:
        gate.wait()
        name = f"job {number}" if number % 4 else "the same"
        try:
            database.write_one(lambda connection: _add(connection, name))
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        done = list(threads.map(write, range(16)))
    assert done.count(False) == 3  # four wanted one name: one got it
    assert _count(database) == 13


def test_a_writer_sees_its_own_error_and_the_next_goes_on(database: Database) -> None:
    def fail(_connection: Connection) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        database.write_one(fail)
    database.write_one(lambda connection: _add(connection, "next"))
    assert _count(database) == 1


def test_what_returned_is_seen_by_every_reader(database: Database) -> None:
    for number in range(20):
        database.write_one(lambda connection, n=number: _add(connection, str(n)))
        assert _count(database) == number + 1


def _add(connection: Connection, job: str) -> None:
    connection.execute(_ADD, {"job": job})


def _count(database: Database) -> int:
    with database.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM beats")).scalar() or 0
