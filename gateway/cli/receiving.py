"""gateway gammu-receive: what SMSD's RunOnReceive calls."""

import os
import sys

import click

from gateway.cli.start import ready_runtime
from gateway.flow import take_in
from gateway.plumbing.settings import load_settings
from gateway.providers.base import Unreadable
from gateway.providers.gammu import from_environment
from gateway.terms.refusals import Refused

_STANDARD_ERROR = 2


@click.command("gammu-receive")
@click.argument("account")
@click.argument("ids", nargs=-1)
def gammu_receive(account: str, ids: tuple[str, ...]) -> None:
    """Keeps one message; Gammu SMSD's RunOnReceive calls it.

    The message is in the environment, and its IDS are put there by SMSD.
    """
    _open_standard_files()
    known = load_settings().providers
    if account not in known or known[account].type != "gammu":
        raise Refused(f"{account!r} is no account of type gammu: see [providers] in the settings")
    try:
        sms = from_environment(os.environ, ids)
    except Unreadable as error:
        raise Refused(f"no message of SMSD in the environment: {error.reason}") from None
    runtime = ready_runtime()
    take_in.keep(runtime, account, [sms], runtime.clock())


def _open_standard_files() -> None:
    """SMSD closes them: the database's file must not take their numbers, and a log needs them."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        pass
    os.close(number)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (to the end)
    sys.stderr = sys.stderr or sys.stdout
