"""The sample country, for plays on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.runtime import Runtime, build_runtime
from tests.make import settings_for


@pytest.fixture
def country(sample_sqlite: Path, tmp_path: Path) -> Iterator[Runtime]:
    """A fresh gateway that knows the places of the sample country."""
    shutil.copy(sample_sqlite, tmp_path / "gateway.db")
    runtime = build_runtime(settings_for(f"sqlite:///{tmp_path}/gateway.db", tmp_path))
    yield runtime
    runtime.database.close()
