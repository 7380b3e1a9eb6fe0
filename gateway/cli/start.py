"""What a command does first that needs a whole gateway, and the sample on a first run."""

from ipaddress import ip_address

import click
from sqlalchemy.exc import SQLAlchemyError

from gateway.cli.opening import operator, require_this_version
from gateway.flow.accounts import add_user
from gateway.flow.importing import import_sample, sample_entries
from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.keyfiles import load_keys, make_missing_keys
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import Settings, load_settings
from gateway.runtime import Runtime, build_runtime
from gateway.store import gazetteer as gazetteer_store
from gateway.store import migrate
from gateway.store.database import Database, sqlite_file
from gateway.store.tables import User
from gateway.terms.refusals import Refused
from gateway.understanding.entries import Entry

_FIRST_COORDINATORS = ("coordinator1", "coordinator2")


def ready_runtime() -> Runtime:
    """A runtime whose tables are of this version; Refused says what to do if they are not."""
    configure_logs()
    runtime = build_runtime(load_settings())
    require_this_version(runtime.database)
    return runtime


def self_made_runtime(settings: Settings, *, loopback: bool) -> Runtime:
    """A runtime that makes what is missing, as far as that is safe, and says so.

    Keys only while we listen to nobody but this machine; sample places only for a sample set-up.
    """
    if loopback:
        for path in make_missing_keys(settings):
            click.echo(f"Made {path}, readable by you only. Keep a copy: without it nothing opens.")
    runtime = build_runtime(settings)
    migrate.upgrade(runtime.database)
    if settings.only_simulated:
        with runtime.database.writing() as session:
            now = runtime.clock()
            added = import_sample(session, settings.country, who=operator(), now=now)
        if added:
            click.echo(f"Imported {added} sample places of {settings.country}.")
    return runtime


def known_entries(settings: Settings, country: str) -> list[Entry]:
    """A country's places from the deployment's database, else from the shipped sample."""
    priority = settings.gazetteer.priority
    entries = _stored_entries(settings, country) or sample_entries(country, priority)
    if not entries:
        raise Refused(
            f"no places of {country} are known: run `gateway gazetteer import FILE --country "
            f"{country}`"
        )
    return entries


def _stored_entries(settings: Settings, country: str) -> list[Entry]:
    file = sqlite_file(settings.database.url)
    if file is not None and not file.is_file():
        return []
    try:
        database = Database(settings.database.url, load_keys(settings), pool_size=1)
        with database.reading() as session:
            rows = gazetteer_store.entries(session, country, priority=settings.gazetteer.priority)
            return [Entry(**row) for row in rows]
    except (KeyProblem, SQLAlchemyError):
        return []  # understanding alone needs no deployment


def first_coordinators(runtime: Runtime) -> None:
    """On an empty list of users makes two, and prints their one-time passwords this once."""
    with runtime.database.writing() as session:
        if session.query(User.id).filter(~User.name.startswith("exercise-")).first():
            return
        made = [
            add_user(
                session,
                runtime.keys,
                name=name,
                role="coordinator" if number else "admin",
                password=None,
                phone=None,
                country=runtime.settings.country,
                who=operator(),
                now=runtime.clock(),
            )
            for number, name in enumerate(_FIRST_COORDINATORS)
        ]
    click.echo("Two coordinators were made. Their passwords work once, then each chooses another:")
    for user, password in made:
        click.echo(f"  {user.name}  {password}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach us there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
