"""Puts the sub-commands together and turns what went wrong into one plain line."""

import sys

import click
from sqlalchemy.exc import OperationalError

from gateway import __version__
from gateway.cli import data, drill, keyring, people, places, reading, serving
from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.settings import SettingsError
from gateway.terms.refusals import Refused


@click.group()
@click.version_option(__version__, prog_name="gateway")
def cli() -> None:
    """Community Alert Gateway: text messages in, verified warnings out."""


for command in (
    serving.run,
    serving.web,
    serving.worker,
    serving.scheduler,
    serving.migrate,
    serving.check,
    people.user,
    places.gazetteer,
    reading.read,
    reading.replay,
    drill.exercise,
    data.export,
    data.audit,
    data.purge,
    keyring.keys,
):
    cli.add_command(command)


def main() -> None:
    """The console script."""
    try:
        ended = cli.main(standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)  # what an Exit of a command carried
    except click.Abort:
        _fail("stopped")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SettingsError as error:
        _fail("the settings have mistakes:\n" + "\n".join(f"  {line}" for line in error.problems))
    except (Refused, KeyProblem, ValueError, FileNotFoundError) as error:
        _fail(str(error))
    except OperationalError as error:
        _fail(f"the database does not answer ({type(error.orig).__name__}); see `gateway check`")


def _fail(message: str) -> None:
    click.echo(f"gateway: {message}", err=True)
    sys.exit(1)
