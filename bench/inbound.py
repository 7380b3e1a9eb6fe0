"""Webhooks a second of the gateway, as a share of what the floor app does in the same minute."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench.figures import Figure
from bench.floor_app import MESSAGES, open_engine
from bench.load import post_from_outside
from bench.servers import (
    GATEWAY,
    bare_environ,
    durable_postgresql,
    free_port,
    gateway,
    gateway_environ,
    serving,
)
from tests.signed import PUBLIC_URL, TOKEN, TWILIO_ENV

_ROUNDS = 5
_ROUND_S = 3.5
_WARM_UP = 600  # messages
_THREADS = 32
_WORKERS = {"postgresql": 2, "sqlite": 1}  # SQLite has one writer


def figures() -> Iterator[Figure]:
    """One ratio an engine."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, durable_postgresql() as server:
        folder = Path(name)
        yield _compared("postgresql", folder, server.new_database(), server.new_database())
        yield _compared(
            "sqlite", folder, f"sqlite:///{folder}/gateway.db", f"sqlite:///{folder}/floor.db"
        )


@dataclass(frozen=True, slots=True)
class _Contender:
    port: int
    database_url: str
    table: str

    def rows(self) -> int:
        """What it has kept."""
        engine = open_engine(self.database_url)
        with engine.connect() as connection:
            kept = connection.execute(text(f"SELECT count(*) FROM {self.table}")).scalar_one()  # noqa: S608 (our own names)
        engine.dispose()
        return int(kept)


def _compared(engine: str, folder: Path, our_url: str, floor_url: str) -> Figure:
    with ExitStack() as stack:
        ours = stack.enter_context(_gateway(engine, our_url, folder))
        floor = stack.enter_context(_floor(engine, floor_url, folder))
        post_from_outside(ours.port, _WARM_UP)
        count = round(post_from_outside(floor.port, _WARM_UP).rate * _ROUND_S)
        pairs = [
            (post_from_outside(ours.port, count).rate, post_from_outside(floor.port, count).rate)
            for _ in range(_ROUNDS)
        ]
        for contender in (ours, floor):
            expected, kept = _WARM_UP + _ROUNDS * count, contender.rows()
            assert kept == expected, f"{contender.table}: {kept} rows of {expected} answered"
    our_rate, floor_rate = (median(rates) for rates in zip(*pairs, strict=True))
    ratio = median(mine / theirs for mine, theirs in pairs)
    note = f"{our_rate:.0f}/s of {floor_rate:.0f}/s, median of {_ROUNDS}"
    return Figure(f"inbound.{engine}.ratio", ratio, note)


@contextmanager
def _gateway(engine: str, url: str, folder: Path) -> Iterator[_Contender]:
    size = {"GATEWAY_WEB__WORKERS": str(_WORKERS[engine]), "GATEWAY_WEB__THREADS": str(_THREADS)}
    environ = gateway_environ(url, folder, **TWILIO_ENV, **size)
    gateway(environ, "migrate")
    port = free_port()
    command = [GATEWAY, "web", "--port", str(port)]
    with serving(command, environ, port, folder / f"gateway-{engine}.log"):
        yield _Contender(port, url, "messages")


@contextmanager
def _floor(engine: str, url: str, folder: Path) -> Iterator[_Contender]:
    """Under the very server of `gateway web`, with as many processes and threads."""
    database = open_engine(url)
    MESSAGES.metadata.create_all(database)
    database.dispose()
    port = free_port()
    options = {
        "bind": f"127.0.0.1:{port}",
        "worker-class": "gthread",
        "workers": _WORKERS[engine],
        "threads": _THREADS,
        "timeout": 60,
        "keep-alive": 15,
        "backlog": 1024,
        "log-level": "warning",
    }
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket"]
    command += [f"--{name}={value}" for name, value in options.items()]
    environ = {"FLOOR_DATABASE_URL": url, "FLOOR_TOKEN": TOKEN, "FLOOR_PUBLIC_URL": PUBLIC_URL}
    command.append("bench.floor_app:create_app()")
    with serving(command, bare_environ() | environ, port, folder / f"floor-{engine}.log"):
        yield _Contender(port, url, MESSAGES.name)
