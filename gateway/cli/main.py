"""Puts the sub-commands together and turns what went wrong into one plain line."""

import sys

import click

from gateway import __version__
from gateway.cli.late import LateGroup

# Each with the module that has it, and what it is for.
_COMMANDS = {
    "run": ("serving", "Everything in one process: pages, webhooks and the background jobs."),
    "web": ("serving", "Pages and webhooks alone, in several processes (gunicorn)."),
    "worker": ("serving", "More hands: reads messages and sends SMS, beside a scheduler."),
    "scheduler": ("serving", "All background jobs; several may run, one at a time leads."),
    "migrate": ("data", "Brings the database's tables to this version."),
    "check": (
        "checking",
        "Says of settings, keys, database, providers, templates and places: ok, or what to mend.",
    ),
    "user": ("people", "Accounts for the pages."),
    "gazetteer": ("places", "The places people name in their messages."),
    "read": ("reading", "Understands messages, one a line (text or JSON); touches no database."),
    "replay": ("reading", "Feeds messages in time order through the real rooms; sends nothing."),
    "gammu-receive": ("receiving", "Keeps one message; Gammu SMSD's RunOnReceive calls it."),
    "exercise": (
        "drill",
        "Plays SCENARIO (a name from config/scenarios/, or a file), everything marked Exercise.",
    ),
    "export": ("data", "Writes records to standard output."),
    "audit": ("data", "The record of everything coordinators did."),
    "purge": ("data", "Erases what is older than the settings' [retention]."),
    "keys": ("keyring", "The secrets that open the database."),
}


@click.group(cls=LateGroup, commands_of=_COMMANDS)
@click.version_option(__version__, prog_name="gateway")
def cli() -> None:
    """Community Alert Gateway: text messages in, verified warnings out."""


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
    except Exception as error:
        from gateway.cli.mistakes import in_words  # the errors it knows take long to import

        words = in_words(error)
        if words is None:
            raise
        _fail(words)


def _fail(message: str) -> None:
    click.echo(f"gateway: {message}", err=True)
    sys.exit(1)
