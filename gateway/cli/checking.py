"""gateway check: looks at all that is needed, in the order in which one thing needs another."""

from collections.abc import Callable, Iterator
from functools import partial

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.alerts import wording
from gateway.flow.calling import coordinators
from gateway.inbox import keywords
from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.keyfiles import load_keys, session_secret
from gateway.plumbing.settings import Settings, SettingsError, load_settings
from gateway.runtime import Runtime, build_providers, build_runtime
from gateway.store import migrate
from gateway.store.tables import Place, User
from gateway.understanding import lexicon

Finding = tuple[str, str | None]


@click.command()
def check() -> None:
    """Says of settings, keys, database, providers, templates and places: ok, or what to mend."""
    mend = 0
    for name, problem in findings():
        click.echo(f"{name}: {problem or 'ok'}")
        mend += problem is not None
    if mend:
        raise click.exceptions.Exit(1)


def findings() -> Iterator[Finding]:
    """Each thing with None where it is well, or with what to mend."""
    try:
        settings = load_settings()
    except SettingsError as error:
        for problem in error.problems:
            yield "settings", problem
        return
    yield "settings", None
    yield "keys", _problem(lambda: _keys(settings))
    yield "providers", _problem(lambda: build_providers(settings))
    yield "templates", _templates(settings)
    yield "languages", _languages(settings)
    try:
        runtime = build_runtime(settings)
    except (KeyProblem, ValueError, FileNotFoundError) as error:
        yield "database", f"not looked at: {error}"
        return
    yield from _database(runtime)


def _database(runtime: Runtime) -> Iterator[Finding]:
    try:
        current = migrate.is_current(runtime.database)
    except SQLAlchemyError as error:
        yield "database", f"does not answer ({type(error).__name__}); is database.url right?"
        return
    yield "database", None if current else "is not of this version: run `gateway migrate`"
    if not current:
        return
    with runtime.database.reading() as session:
        country = runtime.settings.country
        places = session.scalar(
            select(func.count()).select_from(Place).where(Place.country == country)
        )
        people = session.scalar(
            select(func.count())
            .select_from(User)
            .where(
                User.disabled.is_(False),
                User.role.in_(("coordinator", "admin")),
                ~User.name.startswith("exercise-"),
            )
        )
        phones = session.scalar(select(User.id).where(User.phone.is_not(None)).limit(1))
    yield "gazetteer", None if places else f"no places of {country}: run `gateway gazetteer import`"
    if not runtime.settings.only_simulated and runtime.settings.jobs.escalate:
        nobody = "no coordinator has a phone to be called on: `gateway user add … --phone`"
        yield "paging", None if phones else nobody
    if runtime.settings.rota:
        yield "rota", _rota(runtime)
    needed = 1 + runtime.settings.policy.approvals
    few = f"{people} can send warnings, {needed} are needed: run `gateway user add`"
    yield "coordinators", None if (people or 0) >= needed else few


def _rota(runtime: Runtime) -> str | None:
    """Who of the rota could not be called."""
    with runtime.database.reading() as session:
        can = {user.name.lower() for user in coordinators(session)}
        known = {name.lower() for name in session.scalars(select(User.name))}
    named = dict.fromkeys(name for shift in runtime.settings.rota for name in shift.people)
    why = {True: "has no phone, is closed or may not judge", False: "has no account"}
    missing = [f"{name} {why[name.lower() in known]}" for name in named if name.lower() not in can]
    return f"{'; '.join(missing)}: they are passed over" if missing else None


def _keys(settings: Settings) -> None:
    load_keys(settings)
    session_secret(settings)


def _templates(settings: Settings) -> str | None:
    names = wording.names()
    for language in settings.languages:
        for name in sorted(names):
            problem = _problem(lambda: wording.fields(language, name))  # noqa: B023 (called at once)
            if problem:
                return f"{language}/{name}.txt: {problem}"
    return None


def _languages(settings: Settings) -> str | None:
    all_known = lexicon.known_languages()
    unknown = [code for code in settings.languages if code not in all_known]
    if unknown:
        known = ", ".join(all_known)
        return f"no word lists for {', '.join(unknown)} (there are {known})"
    for load in (lexicon.load, keywords.load):
        problem = _problem(partial(load, settings.languages))
        if problem:
            return problem
    return None


def _problem(look: Callable[[], object]) -> str | None:
    try:
        look()
    except (KeyProblem, ValueError, OSError, KeyError) as error:
        return str(error)
    return None
