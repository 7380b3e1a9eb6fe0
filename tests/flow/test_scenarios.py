"""Every scenario plays to its true outcome, on a clock that this test moves."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.dispatch.pacing import Pacer
from gateway.flow import take_in
from gateway.flow.exercising import Drill
from gateway.flow.importing import import_sample
from gateway.flow.outcomes import Finding, check
from gateway.flow.playing import nearest, play
from gateway.flow.scenario import Scenario, read_scenario
from gateway.flow.sending import Sender, collect_receipts
from gateway.flow.warned import Reach, reach
from gateway.plumbing.crypto import Keys
from gateway.plumbing.resources import CONFIG
from gateway.providers.base import ProviderConfig
from gateway.providers.simulator import Simulator
from gateway.runtime import EXERCISE_ACCOUNT, Runtime, build_runtime
from gateway.store.database import Database
from tests.make import settings_for
from tests.postgres import shared_server

SCENARIOS = sorted(path.stem for path in (CONFIG / "scenarios").glob("*.toml"))


@dataclass
class Hall:
    """A gateway whose clock stands until the play moves it, and whose jobs run when it does."""

    runtime: Runtime
    now: datetime

    def __post_init__(self) -> None:
        self.runtime.clock = lambda: self.now
        at_once = {"receipt_seconds": "0"}
        company = Simulator(ProviderConfig(EXERCISE_ACCOUNT, "simulator", options=at_once))
        self.runtime.providers = {**self.runtime.providers, EXERCISE_ACCOUNT: company}
        self.sender = Sender(self.runtime)
        self.sender.pacers = {name: Pacer(1e6) for name in self.sender.pacers}
        self.start = self.now

    def begin(self) -> None:
        self.start = self.now

    def until(self, at_s: float) -> None:
        self.settle()
        self.now = self.start + timedelta(seconds=at_s)

    def settle(self) -> None:
        """One round of each job."""
        take_in.process_waiting(self.runtime, 10_000)
        self.sender.send_due()
        collect_receipts(self.runtime)

    def wait_for_question(self, _phone: str) -> None:
        self.settle()


@dataclass
class Played:
    """What a scenario came to."""

    runtime: Runtime
    drill: Drill
    script: Scenario
    lines: list[str]

    def failures(self, script: Scenario | None = None) -> list[str]:
        with self.runtime.database.reading() as session:
            found = check(session, self.runtime, self.drill, (script or self.script).outcome)
        return [finding.line for finding in found if not finding.is_ok]

    def reach(self) -> Reach:
        with self.runtime.database.reading() as session:
            return reach(session, self.drill)


def perform(runtime: Runtime, script: Scenario, now: datetime) -> Played:
    begin = nearest(script.begin, now, runtime.zone) if script.begin else now
    hall = Hall(runtime, begin)
    drill = Drill(runtime, script)
    lines: list[str] = []
    play(drill, script, hall, lines.append)
    hall.settle()
    hall.sender.close()
    return Played(runtime, drill, script, lines)


@pytest.fixture(scope="module")
def sample_country(
    migrated_sqlite: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite file with the places of the sample country, to copy from."""
    path = tmp_path_factory.mktemp("country") / "country.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", keys)
    with database.writing() as session:
        import_sample(session, "KE", who="test", now=datetime.fromisoformat("2026-01-01T00:00Z"))
    database.close()
    return path


@pytest.fixture
def country(sample_country: Path, tmp_path: Path) -> Iterator[Runtime]:
    """A fresh gateway that knows the places of the sample country."""
    shutil.copy(sample_country, tmp_path / "gateway.db")
    runtime = build_runtime(settings_for(f"sqlite:///{tmp_path}/gateway.db", tmp_path))
    yield runtime
    runtime.database.close()


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_scenario_plays_to_its_true_outcome(name: str, country: Runtime, now: datetime) -> None:
    script = read_scenario(CONFIG / "scenarios" / f"{name}.toml")
    played = perform(country, script, now)
    assert played.failures() == []
    assert played.reach().is_right, played.reach()
