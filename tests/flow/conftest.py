"""The sample country, for plays on it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.flow.importing import import_sample
from gateway.plumbing.crypto import Keys
from gateway.runtime import Runtime, build_runtime
from gateway.store.database import Database
from tests.make import settings_for


@pytest.fixture(scope="session")
def sample_country(
    migrated_sqlite: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite file with the places of the sample country, to copy from."""
    path = tmp_path_factory.mktemp("country") / "country.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", keys)
    with database.writing() as session:
        import_sample(session, "KE", who="test", now=datetime(2026, 1, 1, tzinfo=UTC))
    database.close()
    return path


@pytest.fixture
def country(sample_country: Path, tmp_path: Path) -> Iterator[Runtime]:
    """A fresh gateway that knows the places of the sample country."""
    shutil.copy(sample_country, tmp_path / "gateway.db")
    runtime = build_runtime(settings_for(f"sqlite:///{tmp_path}/gateway.db", tmp_path))
    yield runtime
    runtime.database.close()
