"""Fixtures of the outbox: a scene on a fresh gateway that may send as fast as it likes."""

from datetime import datetime
from pathlib import Path

import pytest

from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from tests.dispatch.scenes import Scene
from tests.make import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)
