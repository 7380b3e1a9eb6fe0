"""Fresh databases, copied from one that a fixture has prepared."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import shared_server

ENGINES = ("sqlite", "postgresql")


def fresh_database(request: pytest.FixtureRequest, folder: Path, prepared: str) -> Iterator[str]:
    """The address of a copy on the engine that is the fixture's parameter.

    `prepared` is "migrated" (all tables) or "sample" (with the places of the sample country).
    """
    original = request.getfixturevalue(f"{prepared}_{request.param}")
    if request.param == "sqlite":
        path = folder / "gateway.db"
        shutil.copy(original, path)
        yield f"sqlite:///{path}"
        return
    url = shared_server().new_database(original)
    yield url
    shared_server().drop(url)
