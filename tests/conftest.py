"""Fixtures: real databases of both kinds, a runtime on them, the app and its client."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from playwright.sync_api import Browser
from sqlalchemy import make_url
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from gateway.plumbing.crypto import Keys
from gateway.plumbing.settings import Settings
from gateway.store import migrate
from gateway.store.database import Database
from tests import compiled
from tests.chromium import chromium
from tests.databases import ENGINES, fresh_database
from tests.make import TEST_RINGS, settings_for
from tests.postgres import shared_server

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
POSTGRES_TEMPLATE = "migrated"
MEMORY = Path("/dev/shm")  # noqa: S108 (our folders in it are ours alone)
ROOM = 3 << 30  # bytes
# Those that start programs, browsers or servers, and those that read thousands of messages.
LONG_FILES = (
    "tests/test_crash.py",
    "tests/test_drills.py",
    "tests/cli/test_cli.py",
    "tests/browser/test_every_page.py",
    "tests/browser/test_walk.py",
    "tests/browser/test_composer.py",
    "tests/browser/test_office.py",
    "tests/browser/test_office_people.py",
    "tests/browser/test_people.py",
    "tests/browser/test_administration.py",
    "tests/browser/test_triage.py",
    "tests/web/test_scripts.py",
    "tests/test_wheel.py",
    "tests/test_lost_database.py",
    "tests/flow/test_scenarios.py",
    "tests/flow/test_learning.py",
    "tests/test_invariants.py",
    "tests/flow/test_accounts.py",
    "tests/flow/test_sorting.py",
    "tests/understanding/test_gold.py",
)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Statements and addresses are compiled once for all databases and apps of a run."""
    opened = Database.__init__

    def opened_and_shared(self: Database, *args: Any, **options: Any) -> None:
        opened(self, *args, **options)
        compiled.share(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "__init__", opened_and_shared)
        patch.setattr(Rule, "_compile_builder", compiled.builder)
        yield


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Keys made for this run."""
    return Keys.of(*TEST_RINGS)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """A SQLite file with all tables, to copy from."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    database = Database(f"sqlite:///{path}", keys)
    migrate.upgrade(database)
    compiled.keep(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(keys: Keys) -> str:
    """The name of a PostgreSQL database with all tables, to copy from."""
    server = shared_server()
    server.execute(f'CREATE DATABASE "{POSTGRES_TEMPLATE}"')
    database = Database(server.url(POSTGRES_TEMPLATE), keys)
    migrate.upgrade(database)
    compiled.keep(database)
    database.close()
    return POSTGRES_TEMPLATE


@pytest.fixture(scope="session")
def sample_sqlite(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, keys: Keys
) -> Path:
    """A SQLite file with the places of the sample country too, to copy from."""
    path = tmp_path_factory.mktemp("template") / "sample.db"
    shutil.copy(migrated_sqlite, path)
    _bring_in_sample(f"sqlite:///{path}", keys)
    return path


@pytest.fixture(scope="session")
def sample_postgresql(migrated_postgresql: str, keys: Keys) -> str:
    """The name of a PostgreSQL database with the places of the sample country, to copy from."""
    url = shared_server().new_database(migrated_postgresql)
    _bring_in_sample(url, keys)
    return make_url(url).database or ""


def _bring_in_sample(url: str, keys: Keys) -> None:
    from gateway.flow.importing import import_sample

    database = Database(url, keys)
    with database.writing() as session:
        import_sample(session, "KE", who="test", now=datetime(2026, 1, 1, tzinfo=UTC))
    database.close()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with all tables, on each engine in turn."""
    yield from fresh_database(request, tmp_path, "migrated")


@pytest.fixture
def database(database_url: str, keys: Keys) -> Iterator[Database]:
    """A fresh database with all tables, on each engine in turn."""
    database = Database(database_url, keys)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session, rolled back at the end."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all files of a run, since two of its libraries cannot run at once."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Tuesday, 18:30 in Nairobi."""
    return datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The shipped settings on a fresh database."""
    return settings_for(database_url, tmp_path)


@pytest.fixture
def runtime(settings: Settings, now: datetime) -> Iterator[Any]:
    """A whole gateway whose clock stands still at `now`; `runtime.clock` may be replaced."""
    from gateway.runtime import build_runtime

    runtime = build_runtime(settings, clock=lambda: now)
    yield runtime
    runtime.database.close()


@pytest.fixture
def app(runtime: Any) -> Flask:
    """The web app on that gateway."""
    from gateway.app import create_app

    app = create_app(runtime)
    app.testing = False
    app.jinja_env.bytecode_cache = _COMPILED
    return app


class _Compiled(BytecodeCache):
    """Lets the apps of one run share what Jinja made of each template, as of each Python file."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


@pytest.fixture(autouse=True)
def _shipped_texts() -> Iterator[None]:
    """What one test writes over the shipped SMS templates is gone for the next."""
    yield
    wording = sys.modules.get("gateway.alerts.wording")
    if wording is not None and wording.mark() is not None:
        wording.lay_over(None, {})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts."""
    return app.test_client()


def pytest_configure(config: pytest.Config) -> None:
    """No test reads the operator's own settings; thousands of databases are made in memory.

    The long runs ask what survives, so theirs stay on the disk.
    """
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        del os.environ[name]
    if config.option.markexpr != "soak" and "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # looked up anew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: one that begins last keeps a core busy while the other has no work."""
    place = {name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: place.get(item.location[0], len(place)))


def _has_room(folder: Path) -> bool:
    """Whether our databases, and the programs of the wheel's test, can live there."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real requests and reports beside the checkout; tests skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real provider requests is not beside this checkout")
    return SHARED
