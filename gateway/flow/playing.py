"""Plays the steps of a scenario in their order, in real time, faster, or on a clock of a test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.flow.exercising import Drill
from gateway.flow.scenario import Scenario
from gateway.plumbing.clock import Clock


class Stage(Protocol):
    """What a play needs of the world around it."""

    def begin(self) -> None:
        """The script's clock starts."""

    def until(self, at_s: float) -> None:
        """Returns when it is so many seconds after the beginning."""

    def settle(self) -> None:
        """Returns when everything that was texted so far is read."""

    def wait_for_question(self, phone: str) -> None:
        """Returns when this phone was asked, or when it is too late to be asked."""


def play(drill: Drill, script: Scenario, stage: Stage, say: Callable[[str], None]) -> None:
    """Everyone joins, then one step after the other."""
    say(f"{drill.enrol()} simulated phones join")
    stage.settle()
    drill.settle_in()
    stage.begin()
    for step in script.steps:
        stage.until(step.at_s)
        if step.coordinator is not None:
            stage.settle()
            drill.watch()
        if step.answers is not None and step.sender is not None:
            stage.wait_for_question(step.sender)
        say(f"{step.at_s:6.0f} s  {drill.play(step)}")
    stage.settle()


@dataclass
class ScriptClock:
    """The time in the script: `speed` times faster than the real one, and begun at its hour."""

    real: Clock
    speed: float
    start: datetime  # in the script
    real_start: datetime

    def __call__(self) -> datetime:
        """Now, in the script."""
        return self.start + (self.real() - self.real_start) * self.speed

    def go(self) -> None:
        """Begins to run now."""
        self.real_start = self.real()

    def real_of(self, at: datetime) -> datetime:
        """When a moment of the script really was."""
        return self.real_start + (at - self.start) / self.speed


def script_clock(script: Scenario, speed: float, real: Clock, zone: ZoneInfo) -> ScriptClock:
    """A clock that comes to the present with the last step, unless the script has its own hour."""
    now = real()
    length = timedelta(seconds=script.length_s)
    start = min(now, now - length + length / speed)
    if script.begin is not None:
        start = nearest(script.begin, now, zone)
    return ScriptClock(real, speed, start, now)


def nearest(hour: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment nearest to now when it is that hour there."""
    local = now.astimezone(zone)
    today = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    days = (today + timedelta(days=n) for n in (-1, 0, 1))
    return min(days, key=lambda day: abs(day - local)).astimezone(now.tzinfo)
