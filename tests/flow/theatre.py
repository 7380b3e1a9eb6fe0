"""A gateway whose clock stands until a play moves it, and what a played scenario came to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.flow import inquiring, take_in
from gateway.flow.exercising import Drill
from gateway.flow.outcomes import check
from gateway.flow.playing import nearest, play
from gateway.flow.receipts import collect_receipts
from gateway.flow.scenario import Scenario, read_scenario
from gateway.flow.sending import Sender
from gateway.flow.truth import Outcome
from gateway.flow.warned import Reach, reach
from gateway.plumbing.resources import CONFIG
from gateway.providers.base import ProviderConfig
from gateway.providers.simulator import Simulator
from gateway.runtime import EXERCISE_ACCOUNT, Runtime


@dataclass
class Hall:
    """A gateway whose clock stands until the play moves it, and whose jobs run when it does."""

    runtime: Runtime
    now: datetime
    meanwhile: Callable[["Hall"], None] = lambda _hall: None

    def __post_init__(self) -> None:
        self.runtime.clock = lambda: self.now
        at_once = {"receipt_seconds": "0"}
        company = Simulator(ProviderConfig(EXERCISE_ACCOUNT, "simulator", options=at_once))
        self.runtime.providers = {**self.runtime.providers, EXERCISE_ACCOUNT: company}
        self.sender = Sender(self.runtime)
        self.sender.rates.update(dict.fromkeys(self.sender.rates, 1e6))
        self.start = self.now

    def begin(self) -> None:
        self.start = self.now

    def until(self, at_s: float) -> None:
        self.settle()
        self.meanwhile(self)
        self.now = self.start + timedelta(seconds=at_s)

    def settle(self) -> None:
        """One round of each job."""
        take_in.process_waiting(self.runtime, 10_000)
        inquiring.ask_neighbours(self.runtime)
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

    def failures(self, outcome: Outcome | None = None) -> list[str]:
        """Lines of the outcome that did not come true."""
        with self.runtime.database.reading() as session:
            found = check(session, self.runtime, self.drill, outcome or self.script.outcome)
        return [finding.line for finding in found if not finding.is_ok]

    def reach(self) -> Reach:
        with self.runtime.database.reading() as session:
            return reach(session, self.drill)


def scenario(name: str) -> Scenario:
    """A shipped one."""
    return read_scenario(CONFIG / "scenarios" / f"{name}.toml")


def perform(
    runtime: Runtime,
    script: Scenario,
    now: datetime,
    meanwhile: Callable[[Hall], None] = lambda _hall: None,
    **how: Any,
) -> Played:
    """Plays it; `meanwhile` is done before each step, `how` as a Drill takes it."""
    begin = nearest(script.begin, now, runtime.zone) if script.begin else now
    hall = Hall(runtime, begin, meanwhile)
    drill = Drill(runtime, script, **how)
    lines: list[str] = []
    play(drill, script, hall, lines.append)
    hall.settle()
    meanwhile(hall)
    hall.settle()
    hall.sender.close()
    return Played(runtime, drill, script, lines)
