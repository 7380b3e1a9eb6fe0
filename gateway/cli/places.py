"""gateway gazetteer: the places people name."""

from pathlib import Path

import click
import phonenumbers
from sqlalchemy import func, select

from gateway.cli.opening import operator, ready_database
from gateway.flow import borders as border_flow
from gateway.flow.importing import Outcome, bring_in
from gateway.flow.place_list import read_file
from gateway.lists import borders as border_lists
from gateway.lists import places
from gateway.plumbing.clock import system_clock
from gateway.store.tables import Place
from gateway.understanding.sources import FORMATS, LEVELS

_SHOWN = 20
_KINDS_SHOWN = 8


def _country(_context: click.Context, _option: click.Parameter, value: str) -> str:
    code = value.upper()
    if len(value) != 2 or not value.isascii() or not value.isalpha():
        raise click.BadParameter(f"{value!r} is no country code of two letters such as KE")
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise click.BadParameter(f"no country has the code {code} (ISO 3166; Britain's is GB)")
    return code


@click.group()
def gazetteer() -> None:
    """The places people name in their messages."""


@gazetteer.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--country", required=True, metavar="CC", callback=_country, help="Two letters, such as KE."
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--name", default="", help="Tells several lists of one format apart.")
@click.option("--prune", is_flag=True, help="Remove what an earlier list had and this one lacks.")
@click.option("--anywhere", is_flag=True, help="Even far from the places known so far.")
@click.option(
    "--level",
    type=click.IntRange(min(LEVELS), max(LEVELS)),
    help="Of all outlines in the file: 0 country, 1 region, 2 county, 3 ward.",
)
def import_(
    file: Path,
    country: str,
    format_: str,
    name: str,
    prune: bool,
    anywhere: bool,
    level: int | None,
) -> None:
    """Imports a list of places (plain, .gz or .zip); may be repeated with a newer one.

    Outlines in GeoJSON whose properties tell their level become borders on the map.
    """
    _, database = ready_database()
    # Before anybody waits for the database.
    listed = read_file(file, country, format_, name=name, level=level)
    with database.writing() as session:
        outcome = bring_in(
            session,
            listed,
            who=operator(),
            now=system_clock(),
            prune=prune,
            anywhere=anywhere,
        )
    _tell(file.name, outcome, prune=prune)


def _tell(file: str, outcome: Outcome, *, prune: bool) -> None:
    for bad in outcome.bad[:_SHOWN]:
        click.echo(f"{file}: {bad.reason}", err=True)
    if len(outcome.bad) > _SHOWN:
        click.echo(f"… and {len(outcome.bad) - _SHOWN} more rows", err=True)
    click.echo(
        f"{outcome.added} added, {outcome.changed} changed, {outcome.unchanged} unchanged, "
        f"{len(outcome.bad)} could not be read"
    )
    if outcome.borders:
        click.echo(f"{outcome.borders} outlines kept as borders for the map")
    if outcome.skipped:
        kinds = ", ".join(f"{n} {why}" for why, n in outcome.skipped.most_common(_KINDS_SHOWN))
        more = ", …" if len(outcome.skipped) > _KINDS_SHOWN else ""
        click.echo(f"{outcome.skipped.total()} left out: {kinds}{more}")
    if outcome.removed:
        click.echo(f"{outcome.removed} removed that an earlier list had")
    if outcome.gone:
        click.echo(_kept(outcome, prune=prune))


def _kept(outcome: Outcome, *, prune: bool) -> str:
    kept = f"{outcome.gone} of an earlier list are not in this one and were kept"
    if not prune:
        return f"{kept}; --prune removes those that nothing refers to"
    if outcome.bad:
        return f"{kept}: nothing is removed while rows cannot be read"
    return f"{kept}: people, reports, warnings or learnt names refer to them"


@gazetteer.command(context_settings={"ignore_unknown_options": True})  # -2.35 is no option
@click.argument("name")
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option("--alias", multiple=True, help="Another name; may be repeated.")
def add(name: str, lat: float, lon: float, alias: tuple[str, ...]) -> None:
    """Adds one place by hand."""
    from gateway.flow.places import add_place  # it brings the matching of names along

    settings, database = ready_database()
    with database.writing() as session:
        place = add_place(
            session,
            country=settings.country,
            name=name,
            lat=lat,
            lon=lon,
            aliases=alias,
            source="operator",
            who=operator(),
            now=system_clock(),
        )
    click.echo(f"Added {place.name} as place {place.id}.")


@gazetteer.command()
@click.argument("text")
def search(text: str) -> None:
    """Finds places by a name, spelling slips allowed."""
    from gateway.cli.start import ready_runtime  # the only one here that needs the word lists

    runtime = ready_runtime()
    with runtime.database.reading() as session:
        found = runtime.gazetteer(session).search(text)
        by_id = {place.id: place for place in places.by_ids(session, [m.entry.id for m in found])}
    for match in found:
        entry = match.entry
        where = ", ".join(part for part in (entry.county, entry.region) if part)
        click.echo(
            f"{entry.id}\t{entry.name}\t{entry.kind}\t{where}\t{entry.lat:.5f}\t{entry.lon:.5f}"
            f"\t{match.found_by} {match.score:.2f}\t{by_id[entry.id].source}"
        )
    if not found:
        raise click.ClickException(f"no place is called anything like {text!r}")


@gazetteer.command("list")
def list_places() -> None:
    """How many places there are, by country, source and kind."""
    _, database = ready_database()
    with database.reading() as session:
        rows = session.execute(
            select(Place.country, Place.source, Place.kind, func.count())
            .group_by(Place.country, Place.source, Place.kind)
            .order_by(Place.country, Place.source, func.count().desc(), Place.kind)
        )
        for country, source, kind, count in rows:
            click.echo(f"{country}\t{source}\t{kind}\t{count}")


@gazetteer.command("borders")
@click.option("--remove", metavar="SOURCE", default="", help="Forget the borders of a list.")
def list_borders(remove: str) -> None:
    """Lists the borders on the map by country, list and level."""
    _, database = ready_database()
    if remove:
        with database.writing() as session:
            gone = border_flow.remove(session, remove, who=operator(), now=system_clock())
        click.echo(f"{gone} borders of {remove} removed")
        return
    with database.reading() as session:
        for row in border_lists.counted(session):
            click.echo(
                f"{row.country}\t{row.source}\tlevel {row.level}\t{row.borders} borders"
                f"\t{row.corners} corners"
            )
