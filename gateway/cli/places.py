"""gateway gazetteer: the places people name."""

from pathlib import Path

import click
from sqlalchemy import func, select

from gateway.cli.start import operator, ready_runtime
from gateway.flow.importing import FORMATS, import_file
from gateway.flow.places import add_place
from gateway.store.tables import Place

_SHOWN = 20


def _two_letters(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if len(value) != 2 or not value.isascii() or not value.isalpha():
        raise click.BadParameter(f"{value!r} is no country code of two letters such as KE")
    return value.upper()


@click.group()
def gazetteer() -> None:
    """The places people name in their messages."""


@gazetteer.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--country", required=True, metavar="CC", callback=_two_letters, help="Two letters, such as KE."
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="csv", show_default=True)
def import_(file: Path, country: str, format_: str) -> None:
    """Imports a list of places (plain or .gz); may be repeated."""
    runtime = ready_runtime()
    with runtime.database.writing() as session:
        outcome = import_file(session, file, country, format_, who=operator(), now=runtime.clock())
    for bad in outcome.bad[:_SHOWN]:
        click.echo(f"{file.name}: {bad.reason}", err=True)
    if len(outcome.bad) > _SHOWN:
        click.echo(f"… and {len(outcome.bad) - _SHOWN} more rows", err=True)
    click.echo(
        f"{outcome.added} added, {outcome.changed} changed, {outcome.unchanged} unchanged, "
        f"{len(outcome.bad)} could not be read"
    )


@gazetteer.command(context_settings={"ignore_unknown_options": True})  # -2.35 is no option
@click.argument("name")
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option("--alias", multiple=True, help="Another name; may be repeated.")
def add(name: str, lat: float, lon: float, alias: tuple[str, ...]) -> None:
    """Adds one place by hand."""
    runtime = ready_runtime()
    with runtime.database.writing() as session:
        place = add_place(
            session,
            country=runtime.settings.country,
            name=name,
            lat=lat,
            lon=lon,
            aliases=alias,
            source="operator",
            who=operator(),
            now=runtime.clock(),
        )
    click.echo(f"Added {place.name} as place {place.id}.")


@gazetteer.command()
@click.argument("text")
def search(text: str) -> None:
    """Finds places by a name, spelling slips allowed."""
    runtime = ready_runtime()
    with runtime.database.reading() as session:
        found = runtime.gazetteer(session).search(text)
    for match in found:
        entry = match.entry
        where = ", ".join(part for part in (entry.county, entry.region) if part)
        click.echo(
            f"{entry.id}\t{entry.name}\t{entry.kind}\t{where}\t{entry.lat:.5f}\t{entry.lon:.5f}"
            f"\t{match.found_by} {match.score:.2f}"
        )
    if not found:
        raise click.ClickException(f"no place is called anything like {text!r}")


@gazetteer.command("list")
def list_places() -> None:
    """How many places there are, by country and source."""
    runtime = ready_runtime()
    with runtime.database.reading() as session:
        rows = session.execute(
            select(Place.country, Place.source, func.count())
            .group_by(Place.country, Place.source)
            .order_by(Place.country, Place.source)
        )
        for country, source, count in rows:
            click.echo(f"{country}\t{source}\t{count}")
