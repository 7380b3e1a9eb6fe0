"""gateway migrate, export, audit, purge: records kept, out, checked, and erased in time."""

from collections.abc import Iterable
from datetime import UTC, datetime

import click

from gateway.cli.opening import any_database, operator, ready_database
from gateway.lists import casualties
from gateway.plumbing.clock import system_clock
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import load_settings
from gateway.sharing import tables
from gateway.store import audit as chain
from gateway.store import migrate as migrations


@click.command()
def migrate() -> None:
    """Brings the database's tables to this version."""
    configure_logs()
    migrations.upgrade(any_database(load_settings()))
    click.echo("The database is of this version.")


@click.command()
@click.argument("kind", type=click.Choice(list(tables.KINDS)))
@click.option("--format", "format_", type=click.Choice(tables.FORMATS), default="jsonl")
@click.option("--since", metavar="TIME", help="ISO 8601, such as 2026-03-01 or with a time.")
@click.option("--reveal", is_flag=True, help="With numbers and texts; this is audited.")
@click.option("--without-exercises", is_flag=True, help="Real records only.")
def export(
    kind: str, format_: str, since: str | None, reveal: bool, without_exercises: bool
) -> None:
    """Writes records to standard output."""
    start = _moment(since)
    _, database = ready_database()
    if reveal:
        with database.writing() as session:
            facts = {"kind": kind, "format": format_, "since": since}
            chain.record(
                session,
                who=operator(),
                act="export.reveal",
                subject=kind,
                now=system_clock(),
                facts=facts,
            )
    with database.reading() as session:
        found: Iterable[tables.Row] = tables.rows(
            session, kind, start, reveal=reveal, exercises=not without_exercises
        )
        columns = tables.columns(kind, reveal=reveal)
        if kind == "incidents":
            found = casualties.with_columns(session, found)
            columns += casualties.COLUMNS
        for line in tables.write(found, format_, columns):
            click.echo(line)


@click.group()
def audit() -> None:
    """The record of everything coordinators did."""


@audit.command()
def verify() -> None:
    """Walks the whole chain; finds a row that was changed, added or taken out."""
    _, database = ready_database()
    with database.reading() as session:
        result = chain.verify(session)
    if result.broken_at is not None:
        raise click.ClickException(
            f"the audit chain breaks at row {result.broken_at}: "
            "that row, or one before it, was changed, added or removed"
        )
    click.echo(f"The audit chain holds: {result.rows} rows, the last is {result.head[:16]}.")
    click.echo("Note both down: a chain that was cut short shows fewer rows and another last one.")


@click.command()
def purge() -> None:
    """Erases what is older than the settings' [retention]."""
    from gateway.cli.start import ready_runtime  # the only one here that needs the word lists
    from gateway.flow import upkeep

    runtime = ready_runtime()
    for kind, count in upkeep.purge(runtime).items():
        click.echo(f"{kind}: {count} erased")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)  # the first hours of the calendar have none
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no time such as 2026-03-01", param_hint="--since"
        ) from None
