"""gateway exercise: a scripted attack against the running set-up."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from gateway.cli.start import self_made_runtime
from gateway.flow.exercising import Drill
from gateway.flow.outcomes import Finding, check
from gateway.flow.playing import ScriptClock, play, script_clock
from gateway.flow.scenario import read_scenario
from gateway.flow.warned import Reach, reach
from gateway.jobs import Jobs
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.resources import CONFIG
from gateway.plumbing.settings import load_settings
from gateway.runtime import Runtime
from gateway.terms.refusals import Refused

_LOOK_S = 0.1
_READING_S = 60.0
_ASKING_S = 10.0


@click.command()
@click.argument("scenario", default="river_delta")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000))
def exercise(scenario: str, speed: float) -> None:
    """Plays SCENARIO (a name from config/scenarios/, or a file), everything marked Exercise.

    Ends with the true outcome line by line, and with 1 where one is not met. Nothing leaves the
    machine; real subscribers are not touched.
    """
    configure_logs(40)
    script = read_scenario(_file(scenario))
    settings = load_settings()
    if script.country != settings.country:
        raise Refused(
            f"this scenario plays in {script.country}, the deployment is {settings.country}"
        )
    runtime = self_made_runtime(settings, loopback=settings.only_simulated)
    clock = script_clock(script, speed, runtime.clock, runtime.zone)
    jobs = Jobs(runtime)  # beside a running gateway these are only more hands
    jobs.start()
    try:
        drill = Drill(runtime, script, clock)
        click.echo(f"{script.title}: exercise {drill.id}")
        try:
            play(drill, script, _RealTime(drill, clock), click.echo)
            reached = _wait_for_reach(runtime, drill, clock, script.patience_s)
            with runtime.database.reading() as session:
                findings = check(session, runtime, drill, script.outcome)
        finally:
            drill.end()
    finally:
        jobs.stop()
        runtime.database.close()
    _report(reached, speed)
    _compare(findings)
    if not reached.is_right or not all(finding.is_ok for finding in findings):
        raise click.exceptions.Exit(1)


def _file(scenario: str) -> Path:
    if scenario.endswith(".toml"):
        return Path(scenario)
    folder = CONFIG / "scenarios"
    path = folder / f"{scenario}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise Refused(f"there is no scenario {scenario!r}; there are: {known}")
    return path


class _RealTime:
    """Sleeps until each step's turn; the jobs do the work meanwhile."""

    def __init__(self, drill: Drill, clock: ScriptClock) -> None:
        self._drill, self._clock = drill, clock
        self._start = time.monotonic()

    def begin(self) -> None:
        self._clock.go()
        self._start = time.monotonic()

    def until(self, at_s: float) -> None:
        time.sleep(max(0.0, self._start + at_s / self._clock.speed - time.monotonic()))

    def settle(self) -> None:
        if not _wait(_READING_S, self._drill.has_read_everything):
            raise Refused(f"messages were not read within {_READING_S:.0f} seconds")

    def wait_for_question(self, phone: str) -> None:
        self.settle()
        _wait(_ASKING_S, lambda: self._drill.is_asked(phone))


def _wait_for_reach(runtime: Runtime, drill: Drill, clock: ScriptClock, patience_s: float) -> Reach:
    def now() -> Reach:
        with runtime.database.reading() as session:
            return reach(session, drill, clock.real_of)

    _wait(patience_s, lambda: (found := now()).delivered >= found.expected)
    return now()


def _wait(seconds: float, is_done: Callable[[], bool]) -> bool:
    """Looks until it is done or the time is over; whether it is done."""
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)
    return True


def _report(reach: Reach, speed: float) -> None:
    if not reach.expected:
        click.echo(f"nobody is to be warned; warned nevertheless: {reach.warned_wrongly}")
        return
    click.echo(f"warned exactly once: {reach.warned_once} of {reach.expected} in the area")
    click.echo(
        f"missed: {reach.missed}; more than once: {reach.warned_twice}; "
        f"outside or after STOP: {reach.warned_wrongly}"
    )
    note = "" if speed == 1 else f" (the script's pauses were {speed:g} times shorter)"
    first, ninety = reach.first_report_to_first_warning_min, reach.first_report_to_90_percent_min
    click.echo(f"first report to first warning: {_minutes(first)}{note}")
    click.echo(f"first report to 90 % reach: {_minutes(ninety)}{note}")


def _compare(findings: list[Finding]) -> None:
    """The true outcome, line by line."""
    for finding in findings:
        click.echo(f"{'ok ' if finding.is_ok else 'NOT'}  {finding.line}")


def _minutes(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} minutes"
