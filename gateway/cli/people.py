"""gateway user: the accounts of coordinators."""

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cli.opening import operator, ready_database
from gateway.flow import accounts
from gateway.plumbing.clock import system_clock
from gateway.store.tables import User
from gateway.terms.refusals import NotFound


@click.group()
def user() -> None:
    """Accounts for the pages."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(accounts.ROLES), required=True)
@click.option("--phone", help="Where to page this person, such as +254….")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(name: str, role: str, phone: str | None, password_stdin: bool) -> None:
    """Adds an account; prints a one-time password unless one is given."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    settings, database = ready_database()
    with database.writing() as session:
        _, once = accounts.add_user(
            session,
            database.keys,
            name=name,
            role=role,
            password=password,
            phone=phone,
            country=settings.country,
            who=operator(),
            now=system_clock(),
        )
    click.echo(f"Added {name}." + (f" One-time password: {once}" if once else ""))


@user.command("list")
def list_users() -> None:
    """Names, roles, and who can still sign in; no numbers."""
    _, database = ready_database()
    with database.reading() as session:
        for found in session.scalars(select(User).order_by(User.name)):
            phone = "has a phone" if found.phone else "no phone"
            state = "disabled" if found.disabled else "active"
            click.echo(f"{found.name}\t{found.role}\t{state}\t{phone}")


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Closes an account and ends its sessions."""
    _, database = ready_database()
    with database.writing() as session:
        accounts.disable(session, _named(session, name), operator(), system_clock())
    click.echo(f"{name} can no longer sign in.")


@user.command()
@click.argument("name")
def reset(name: str) -> None:
    """Gives an account a new one-time password."""
    _, database = ready_database()
    with database.writing() as session:
        found = _named(session, name)
        once = accounts.reset_password(session, found, operator(), system_clock())
    click.echo(f"One-time password of {name}: {once}")


def _named(session: Session, name: str) -> User:
    found = session.scalar(select(User).where(User.name == name))
    if found is None:
        raise NotFound(f"there is no user named {name}; `gateway user list` shows all")
    return found
