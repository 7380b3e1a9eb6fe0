"""Starts the servers that are measured, waits until they answer, and stops them by their pid."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.make import TEST_ENV
from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
GATEWAY = str(Path(sys.executable).with_name("gateway"))
_PATIENCE_S = 60


@contextmanager
def serving(
    command: Sequence[str], environ: Mapping[str, str], port: int, log: Path
) -> Iterator[None]:
    """A server process from its first answer to /live on, until the block ends."""
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environ, cwd=ROOT)
    try:
        _await(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def durable_postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of its own with fsync on, as an operator would run it."""
    server = PostgresServer(durable=True)
    try:
        yield server
    finally:
        server._server.cleanup()  # stop() alone leaves the folder, and a complaint at exit


def gateway_environ(database_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a gateway that keeps everything in `folder`."""
    fixed = {"GATEWAY_DATABASE__URL": database_url, "GATEWAY_VAR": str(folder)}
    return bare_environ() | TEST_ENV | fixed | settings


def bare_environ() -> dict[str, str]:
    """This process's environment without anybody's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


def gateway(environ: Mapping[str, str], *arguments: str, said: str = "") -> None:
    """Runs a command of the gateway to its end; `said` goes to its standard input."""
    done = subprocess.run(
        [GATEWAY, *arguments], env=environ, cwd=ROOT, input=said, capture_output=True, text=True
    )
    assert done.returncode == 0, f"gateway {' '.join(arguments)}: {done.stderr[-2000:]}"


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _answers(port):
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            why = f"exit {process.returncode}" if ended else f"silent for {_PATIENCE_S} s"
            raise RuntimeError(f"no server on port {port} ({why}): {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/live")
        return connection.getresponse().status in (200, 404)  # the floor has no such page
    except OSError:
        return False
    finally:
        connection.close()
