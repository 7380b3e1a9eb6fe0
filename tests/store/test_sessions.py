"""Sessions of both engines: writers take turns, readers never wait, nothing is kept in clear."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from gateway.plumbing.crypto import KeyProblem, KeyRing, Keys
from gateway.store.database import Database, nudge_after_commit
from gateway.store.once import insert_once
from gateway.store.rotation import reseal, sealed_columns
from gateway.store.tables import Beat, Exercise, Message, Subscriber
from tests.make import TEST_RINGS, make_subscriber

PHONE, BODY = "+254700000123", "armed men near Moa"
THREADS, ROUNDS = 8, 50


def _message(now: datetime, **facts: object) -> Message:
    values = {
        "account": "twilio", "provider_id": "SM1", "sender": PHONE, "sender_index": "x",
        "recipient": "20880", "body": BODY, "received_at": now,
    }  # fmt: skip
    return Message(**(values | facts))


@contextmanager
def _writer(database: Database) -> Iterator[threading.Event]:
    """Another thread amid a write; it ends when the block does."""
    inside, go = threading.Event(), threading.Event()

    def write() -> None:
        with database.writing() as session:
            session.add(Exercise(scenario="half done", started_at=datetime.now(UTC)))
            session.flush()
            inside.set()
            assert go.wait(20)

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(write)
        assert inside.wait(10)
        try:
            yield go
        finally:
            go.set()
            running.result(20)


def test_no_update_is_lost_between_threads_and_processes(database: Database, keys: Keys) -> None:
    rival = Database(database.url.render_as_string(hide_password=False), keys)
    with database.writing() as session:
        session.add(Exercise(scenario="0", started_at=datetime.now(UTC)))

    def count(number: int) -> None:
        for _ in range(ROUNDS):
            with (database, rival)[number % 2].writing() as session:
                row = session.scalars(select(Exercise).with_for_update()).one()
                row.scenario = str(int(row.scenario) + 1)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(count, range(THREADS)))
    with database.reading() as session:
        assert session.scalars(select(Exercise.scenario)).one() == str(THREADS * ROUNDS)
    rival.close()


def test_readers_do_not_wait_for_a_writer_and_see_nothing_half_done(database: Database) -> None:
    with _writer(database):
        begun = datetime.now(UTC)
        with ThreadPoolExecutor(4) as threads:
            seen = list(threads.map(lambda _: _count(database), range(20)))
        assert seen == [0] * 20
        assert (datetime.now(UTC) - begun).total_seconds() < 3
    assert _count(database) == 1


def test_a_second_writer_on_sqlite_waits_from_its_first_word(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has many writers")
    order: list[str] = []

    def second() -> None:
        with database.writing():
            order.append("second")

    with ThreadPoolExecutor(1) as thread:
        with _writer(database):
            waiting = thread.submit(second)
            waiting_for = threading.Event()
            waiting_for.wait(0.2)
            order.append("first")
        waiting.result(20)
    assert order == ["first", "second"]


def test_sqlite_waits_for_its_disk_and_wipes_what_it_deletes(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL is durable by itself")
    with database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_what_fails_is_undone_whole_and_nudges_nobody(database: Database) -> None:
    nudged: list[str] = []
    database.nudge = nudged.append

    def fail() -> None:
        with database.writing() as session:
            session.add(Exercise(scenario="never", started_at=datetime.now(UTC)))
            nudge_after_commit(session, "take_in")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (_count(database), nudged) == (0, [])


def test_a_nudge_comes_after_the_commit_and_once(database: Database) -> None:
    seen: list[int] = []
    database.nudge = lambda _job: seen.append(_count(database))
    with database.writing() as session:
        session.add(Exercise(scenario="done", started_at=datetime.now(UTC)))
        nudge_after_commit(session, "take_in")
        nudge_after_commit(session, "take_in")
    assert seen == [1]


def test_numbers_and_texts_are_sealed_in_the_table_and_open_in_the_row(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        session.add(_message(now))
    with database.reading() as session:
        raw = session.execute(text("SELECT * FROM messages")).one()
        row = session.scalars(select(Message)).one()
    assert (row.sender, row.body) == (PHONE, BODY)
    assert PHONE not in str(raw)
    assert BODY not in str(raw)
    assert raw.body.startswith("v1|t1|")


def test_another_key_opens_nothing(database: Database, now: datetime) -> None:
    with database.writing() as session:
        session.add(_message(now))
    stranger = Keys.of(KeyRing((("t1", b"?" * 32),)), TEST_RINGS[1])
    thief = Database(database.url.render_as_string(hide_password=False), stranger)
    with thief.reading() as session, pytest.raises(KeyProblem):
        session.scalars(select(Message)).one()
    thief.close()


def test_a_value_moved_between_rows_columns_is_noticed(database: Database, now: datetime) -> None:
    with database.writing() as session:
        session.add(_message(now))
        session.flush()
        session.execute(text("UPDATE messages SET body = sender"))
    with database.reading() as session, pytest.raises(KeyProblem, match=r"messages\.body"):
        session.scalars(select(Message)).one()


def test_a_rotation_seals_every_column_anew(database: Database, now: datetime) -> None:
    with database.writing() as session:
        session.add(_message(now))
        make_subscriber(session, database.keys, PHONE)
    ring = TEST_RINGS[0].with_new_key()
    sealer = Keys.of(ring, TEST_RINGS[1]).sealer
    with database.writing() as session:
        assert reseal(session, sealer) == 4
    with database.writing() as session:
        assert reseal(session, sealer) == 0, "twice does no harm"
    newest = Keys.of(KeyRing(ring.keys[:1]), TEST_RINGS[1])
    fresh = Database(database.url.render_as_string(hide_password=False), newest)
    with fresh.reading() as session:
        assert session.scalars(select(Message.body)).one() == BODY
        assert session.scalars(select(Subscriber.phone)).one() == PHONE
    fresh.close()
    assert len(sealed_columns()) >= 9


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 10, 15, 30)  # noqa: DTZ001 (the very mistake)
    with database.writing() as session, pytest.raises(StatementError, match="without a zone"):
        session.execute(Beat.__table__.insert().values(job="x", at=naive, holder="x"))


def test_no_database_error_quotes_what_was_about_to_be_stored(
    database: Database, now: datetime
) -> None:
    def twice() -> None:
        with database.writing() as session:
            session.add_all([_message(now), _message(now)])

    def naive() -> None:
        with database.writing() as session:
            values = {"provider_id": "x", "body": BODY, "sender": PHONE, "received_at": 3}
            session.execute(Message.__table__.insert(), values | {"account": "a"})

    for mistake in (twice, naive):
        with pytest.raises((DBAPIError, StatementError, AttributeError)) as caught:
            mistake()
        said = f"{caught.value} {caught.value.__cause__}"
        assert PHONE not in said
        assert BODY not in said


def test_a_row_is_inserted_once_whoever_comes_first(database: Database, now: datetime) -> None:
    gate = threading.Barrier(6)

    def insert(number: int) -> int | None:
        gate.wait(10)
        with database.writing() as session:
            values = {
                "pseudonym": f"Heron-{number}",
                "phone": PHONE,
                "phone_index": "i",
                "created_at": now,
            }
            return insert_once(session, Subscriber, values, on=("phone_index",))

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(insert, range(6)))
    assert sum(number is not None for number in made) == 1


def test_rows_that_belong_together_cannot_be_torn_apart(database: Database, now: datetime) -> None:
    with database.writing() as session:
        session.add(_message(now, exercise_id=None))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("UPDATE messages SET exercise_id = 999"))


def test_erased_texts_leave_the_file(tmp_path: Path, database: Database, now: datetime) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps old rows until its vacuum")
    with database.writing() as session:
        session.add(_message(now, provider_id="SM-erase-me-please"))
    with database.writing() as session:
        session.execute(text("DELETE FROM messages"))
    database.close()
    file = Path(str(database.url.database))
    assert b"SM-erase-me-please" not in file.read_bytes()


def _count(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Exercise.id)).all())
