"""gateway exercise: a scripted attack against the running set-up."""

from pathlib import Path

import click

from gateway.cli.opening import operator
from gateway.cli.start import self_made_runtime
from gateway.flow import exercise_book
from gateway.flow.staging import show
from gateway.flow.warned import Reach
from gateway.jobs import Jobs
from gateway.lists import exercises
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import load_settings
from gateway.runtime import Runtime
from gateway.sharing import report_file
from gateway.terms.refusals import Refused


def _place_for_report(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    """Looked at before the exercise: at its end an hour of people would be spent."""
    if value is not None and not Path(value).parent.is_dir():
        raise click.BadParameter(f"there is no folder {Path(value).parent}; make it first")
    return value


@click.command()
@click.argument("scenario", default="river_delta")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000))
@click.option("--volunteers", is_flag=True, help="Text volunteers in the area too, for real.")
@click.option("--people", is_flag=True, help="Play only the phones: coordinators act on the pages.")
@click.option(
    "--patience", type=click.FloatRange(0, 1440), help="Minutes to wait after the last step."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True),
    callback=_place_for_report,
    help="Write the report as HTML.",
)
def exercise(
    scenario: str,
    speed: float,
    volunteers: bool,
    people: bool,
    patience: float | None,
    report: str | None,
) -> None:
    """Plays SCENARIO (a name from config/scenarios/, or a file), everything marked Exercise.

    Ends with the true outcome line by line, and with 1 where one is not met. Without --volunteers
    nothing leaves the machine. Real subscribers are not touched, but for volunteers when asked for.
    """
    configure_logs(40)
    script = exercise_book.scenario_named(scenario)
    settings = load_settings()
    if script.country != settings.country:  # before anything is made for this command
        raise Refused(
            f"this scenario plays in {script.country}, the deployment is {settings.country}"
        )
    runtime = self_made_runtime(settings, loopback=settings.only_simulated)
    jobs = Jobs(runtime)  # beside a running gateway these are only more hands
    try:
        with runtime.database.writing() as session:
            begun = exercise_book.begin(
                runtime, session, script, operator(), runtime.clock(),
                name=scenario, volunteers=volunteers, by_people=people,
            )  # fmt: skip
        jobs.start()
        try:
            click.echo(f"{script.title}: exercise {begun.id}")
            seconds = None if patience is None else patience * 60
            played = show(runtime, script, begun, speed=speed, patience_s=seconds)
            reached = played.perform(click.echo)
        finally:
            jobs.stop()
        _tell(runtime, begun.id, reached, speed, report)
    finally:
        runtime.database.close()


def _tell(
    runtime: Runtime, exercise_id: int, reached: Reach, speed: float, file: str | None
) -> None:
    """The figures, the true outcome line by line, the file; exits with 1 where it went wrong."""
    with runtime.database.reading() as session:
        found = exercises.view(session, exercise_id, runtime.zone)
    _reach(reached, speed)
    for line in found.report["met"]:
        click.echo(f"ok   {line}")
    for line in found.report["mistakes"]:
        click.echo(f"NOT  {line}")
    if file is not None:
        Path(file).write_text(report_file.render(found, runtime.settings.service_name), "utf-8")
        click.echo(f"The report is in {file}")
    if not reached.is_right or found.report["mistakes"] or not found.is_whole:
        raise click.exceptions.Exit(1)


def _reach(reach: Reach, speed: float) -> None:
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


def _minutes(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} minutes"
