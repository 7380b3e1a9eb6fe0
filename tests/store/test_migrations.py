"""The chain of migrations, up and down, on both engines."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from gateway.plumbing.crypto import Keys
from gateway.store import migrate
from gateway.store.columns import Sealed
from gateway.store.database import Database
from gateway.store.tables import Base
from tests.postgres import shared_server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> Database:
    """A database without tables."""
    url = f"sqlite:///{tmp_path}/empty.db"
    if request.param == "postgresql":
        url = shared_server().new_database()
    return Database(url, keys)


def test_the_chain_goes_up_down_and_up_again(empty: Database) -> None:
    for _ in range(2):
        migrate.upgrade(empty)
        assert migrate.is_current(empty)
        assert set(Base.metadata.tables) <= set(inspect(empty.engine).get_table_names())
        migrate.downgrade(empty)
        assert not migrate.is_current(empty)
        assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    empty.close()


def test_the_chain_makes_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_no_column_that_may_hold_a_number_or_a_text_is_clear() -> None:
    private = ("phone", "sender", "recipient", "body", "text", "why", "match_why", "reason")
    clear = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in private and not isinstance(column.type, Sealed)
    ]
    assert clear == []


def test_each_sealed_column_is_bound_to_its_own_place() -> None:
    sealed = {
        f"{table.name}.{column.name}": column.type.place
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert sealed
    assert {name: place for name, place in sealed.items() if name != place} == {}
