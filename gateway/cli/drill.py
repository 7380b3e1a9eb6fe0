"""gateway exercise: a scripted attack against the running set-up."""

import time
from pathlib import Path

import click

from gateway.cli.start import self_made_runtime
from gateway.flow.exercising import Drill, Reach
from gateway.flow.scenario import Scenario, read_scenario
from gateway.jobs import Jobs
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.resources import CONFIG
from gateway.plumbing.settings import load_settings
from gateway.terms.refusals import Refused

_LOOK_S = 0.1
_READING_S = 60.0


@click.command()
@click.argument("scenario", default="river_delta")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000))
def exercise(scenario: str, speed: float) -> None:
    """Plays SCENARIO (a name from config/scenarios/, or a file), everything marked Exercise.

    Nothing leaves the machine; real subscribers are not touched.
    """
    configure_logs(40)
    script = read_scenario(_file(scenario))
    settings = load_settings()
    if script.country != settings.country:
        raise Refused(
            f"this scenario plays in {script.country}, the deployment is {settings.country}"
        )
    runtime = self_made_runtime(settings, loopback=settings.only_simulated)
    jobs = Jobs(runtime)  # beside a running gateway these are only more hands
    jobs.start()
    try:
        drill = Drill(runtime, script)
        _play(drill, script, speed)
        reach = _wait_for_reach(drill, script.patience_s)
        drill.end()
    finally:
        jobs.stop()
        runtime.database.close()
    _report(reach, speed)
    if not reach.is_right:
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


def _play(drill: Drill, script: Scenario, speed: float) -> None:
    click.echo(f"{script.title}: exercise {drill.id}")
    click.echo(f"{drill.enrol()} simulated phones join")
    _wait_until_read(drill)
    start = time.monotonic()
    for step in script.steps:
        time.sleep(max(0.0, start + step.at_s / speed - time.monotonic()))
        if step.coordinator is not None:
            _wait_until_read(drill)
        click.echo(f"{step.at_s:6.0f} s  {drill.play(step)}")


def _wait_until_read(drill: Drill) -> None:
    deadline = time.monotonic() + _READING_S
    while not drill.has_read_everything():
        if time.monotonic() > deadline:
            raise Refused(f"messages were not read within {_READING_S:.0f} seconds")
        time.sleep(_LOOK_S)


def _wait_for_reach(drill: Drill, patience_s: float) -> Reach:
    deadline = time.monotonic() + patience_s
    while True:
        reach = drill.reach()
        if reach.delivered >= reach.expected or time.monotonic() > deadline:
            return reach
        time.sleep(_LOOK_S)


def _report(reach: Reach, speed: float) -> None:
    click.echo(f"warned exactly once: {reach.warned_once} of {reach.expected} in the area")
    click.echo(
        f"missed: {reach.missed}; more than once: {reach.warned_twice}; "
        f"outside or after STOP: {reach.warned_wrongly}"
    )
    note = "" if speed == 1 else f" (the script's pauses were {speed:g} times shorter)"
    first, ninety = reach.first_report_to_first_warning_min, reach.first_report_to_90_percent_min
    click.echo(f"first report to first warning: {_minutes(first)}{note}")
    click.echo(f"first report to 90 % reach: {_minutes(ninety)}{note}")


def _minutes(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} minutes"
