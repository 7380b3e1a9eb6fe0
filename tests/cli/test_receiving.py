"""What SMSD's RunOnReceive calls: one message kept, or one line that says why not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from gateway.cli.late import LateGroup
from gateway.cli.main import cli
from gateway.terms.refusals import Refused
from tests.make import TEST_ENV

MESSAGE = {
    "SMS_MESSAGES": "2", "DECODED_PARTS": "1", "DECODED_1_TEXT": "Watu wenye silaha Moa",
    "SMS_1_NUMBER": "+254700000001", "SMS_1_TEXT": "Watu wenye ", "SMS_2_TEXT": "silaha Moa",
    "PHONE_ID": "modem-1",
}  # fmt: skip


@pytest.fixture
def installed(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database of a gateway with a modem, as the environment of the command names it."""
    file, own = tmp_path / "gateway.db", tmp_path / "own.toml"
    shutil.copy(migrated_sqlite, file)
    own.write_text(
        f'[providers.desk]\ntype = "gammu"\ndatabase = "sqlite:///{tmp_path}/smsd.db"\n'
        '[providers.sim]\ntype = "simulator"\n[[routes]]\nprefix = ""\naccounts = ["desk"]\n'
    )
    facts = {
        "GATEWAY_DATABASE__URL": f"sqlite:///{file}",
        "GATEWAY_VAR": str(tmp_path / "var"),
        "GATEWAY_CONFIG": str(own),
        "GATEWAY_PROVIDERS__SIM__AUTH_TOKEN": "t",
    }
    for name, value in (TEST_ENV | facts).items():
        monkeypatch.setenv(name, value)
    return file


def receive(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, ["gammu-receive", *words], env=environ, standalone_mode=False)


def kept(file: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        return list(connection.scalars(text("SELECT provider_id FROM messages")))


def test_a_message_is_kept_though_smsd_closes_the_standard_files(installed: Path) -> None:
    assert _called_by_smsd("desk", "42", "43") == 0
    assert kept(installed) == ["modem-1:42-43"]


@pytest.mark.parametrize(
    ("account", "environ", "told"),
    [
        ("sim", MESSAGE, "no account of type gammu"),
        ("nobody", MESSAGE, "no account of type gammu"),
        ("desk", {}, "SMS_MESSAGES"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    installed: Path, account: str, environ: dict[str, str], told: str
) -> None:
    done = receive(account, "42", **environ)
    assert isinstance(done.exception, Refused)
    assert told in str(done.exception)
    assert kept(installed) == []


def test_a_command_with_a_hyphen_is_found() -> None:
    assert isinstance(cli, LateGroup)
    assert cli.get_command(click.Context(cli), "gammu-receive") is not None


def _called_by_smsd(*words: str) -> int:
    """The exit code of the command with its three standard files closed."""
    program = "import os; os.closerange(0, 3); os.execv(*{!r})"
    command = [str(Path(sys.executable).with_name("gateway")), "gammu-receive", *words]
    closing = program.format((command[0], command))
    return subprocess.run(
        [sys.executable, "-c", closing], env=os.environ | MESSAGE, timeout=60, check=False
    ).returncode
