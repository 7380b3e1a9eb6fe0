"""gateway check: looks at all that is needed, in the order in which one thing needs another."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.alerts import lettering, playbooks, wording
from gateway.alerts.drafting import template_faults
from gateway.cli.checking_accounts import accounts
from gateway.flow import rota
from gateway.flow.calling import coordinators
from gateway.flow.lint_lists import load_lists
from gateway.flow.playbooks import gaps as playbook_gaps
from gateway.inbox import keywords
from gateway.plumbing.clock import system_clock
from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.keyfiles import load_keys, session_secret
from gateway.plumbing.settings import Settings, SettingsError, load_settings
from gateway.plumbing.settings_duty import Shift
from gateway.runtime import Runtime, build_providers, build_runtime
from gateway.sharing.signing import SigningProblem, load_signer
from gateway.store import migrate
from gateway.store.tables import Place, User
from gateway.understanding import lexicon

Finding = tuple[str, str | None]
_LEAST_TOKEN = 16


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
    yield "feeds", _feeds(settings)
    yield from _texts(settings)
    yield "languages", _languages(settings)
    try:
        runtime = build_runtime(settings)
    except (KeyProblem, ValueError, FileNotFoundError) as error:
        yield "database", f"not looked at: {error}"
        return
    yield from accounts(runtime)
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
        runtime.catch_up(session)
        gaps = playbook_gaps(runtime, session)
        shifts = rota.effective(runtime, session)
        phones = session.scalar(select(User.id).where(User.phone.is_not(None)).limit(1))
    yield from (("playbooks", gap) for gap in gaps)
    yield "gazetteer", None if places else f"no places of {country}: run `gateway gazetteer import`"
    if not runtime.settings.only_simulated and runtime.settings.jobs.escalate:
        nobody = "no coordinator has a phone to be called on: `gateway user add … --phone`"
        yield "paging", None if phones else nobody
    if shifts:
        yield "rota", _rota(runtime, shifts)
    needed = 1 + runtime.settings.policy.approvals
    few = f"{people} can send warnings, {needed} are needed: run `gateway user add`"
    yield "coordinators", None if (people or 0) >= needed else few


def _rota(runtime: Runtime, shifts: Sequence[Shift]) -> str | None:
    """Who of the rota could not be called."""
    with runtime.database.reading() as session:
        can = {user.name.lower() for user in coordinators(session)}
        known = {name.lower() for name in session.scalars(select(User.name))}
    named = dict.fromkeys(name for shift in shifts for name in shift.people)
    why = {True: "has no phone, is closed or may not judge", False: "has no account"}
    missing = [f"{name} {why[name.lower() in known]}" for name in named if name.lower() not in can]
    return f"{'; '.join(missing)}: they are passed over" if missing else None


def _keys(settings: Settings) -> None:
    load_keys(settings)
    session_secret(settings)


def _feeds(settings: Settings) -> str | None:
    feeds = settings.feeds
    if 0 < len(feeds.token.get_secret_value()) < _LEAST_TOKEN:
        return f"feeds.token can be guessed: {_LEAST_TOKEN} characters at least"
    try:
        signer = load_signer(feeds.sign_key_file, feeds.sign_cert_file)
    except SigningProblem as problem:
        return str(problem)
    return signer.why_not(system_clock()) if signer else None


def _texts(settings: Settings) -> Iterator[Finding]:
    """Templates, playbooks and letters: each file and key that has to be mended."""
    known = [code for code in settings.languages if code in wording.languages()]
    faults = [words for code in known for words in template_faults(code, playbooks.hazards())]
    for name, problems in (
        ("templates", faults),
        ("playbooks", playbooks.shipped().problems),
        ("letters", lettering.problems()),
    ):
        yield from ((name, problem) for problem in problems)
        if not problems:
            yield name, None


def _languages(settings: Settings) -> str | None:
    all_known = lexicon.known_languages()
    unknown = [code for code in settings.languages if code not in all_known]
    if unknown:
        known = ", ".join(all_known)
        return f"no word lists for {', '.join(unknown)} (there are {known})"
    for load in (lexicon.load, keywords.load, load_lists):
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
