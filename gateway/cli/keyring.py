"""gateway keys: the secrets that open the database."""

import click

from gateway.cli.opening import operator, ready_database
from gateway.lists import health
from gateway.plumbing.clock import system_clock
from gateway.plumbing.crypto import KeyRing, Sealer
from gateway.plumbing.keyfiles import key_folder, make_missing_keys, read_secret, write_secret
from gateway.plumbing.settings import load_settings
from gateway.store.audit import record
from gateway.store.rotation import reseal
from gateway.terms.refusals import Refused

_RUNNING_S = 15


@click.group()
def keys() -> None:
    """The secrets that open the database."""


@keys.command()
def new() -> None:
    """Makes the keys that are missing, as files only you can read."""
    settings = load_settings()
    made = make_missing_keys(settings)
    for path in made:
        click.echo(f"Made {path}. Keep a copy elsewhere: without it nothing opens.")
    if not made:
        click.echo("All keys are there; `gateway keys rotate` changes the one that seals.")


@keys.command()
def rotate() -> None:
    """Puts a new data key in front and seals everything anew; the old key stays to open copies."""
    settings = load_settings()
    if settings.keys.data.get_secret_value():
        raise Refused(
            "keys.data comes from the settings, which this command cannot write: put a new key in "
            f"front of it yourself, or move the ring into {key_folder(settings) / 'data'}"
        )
    _, database = ready_database()
    with database.reading() as session:
        tick = health.tick_age_s(session, system_clock())
    if tick is not None and tick < _RUNNING_S:
        raise Refused("stop the gateway first: a running one does not know the new key")
    ring = KeyRing.parse(read_secret(settings, "data"), "keys.data").with_new_key()
    # The file first: a crash in between leaves a ring that opens old and new alike.
    write_secret(settings, "data", ring.to_text())
    sealer = Sealer(ring)
    with database.writing() as session:
        count = reseal(session, sealer)
        record(session, who=operator(), act="keys.rotate", subject="keys.data", now=system_clock())
    click.echo(f"{count} values were sealed with the new key {ring.keys[0][0]}.")
