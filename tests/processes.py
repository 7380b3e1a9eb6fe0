"""Real gateway processes for tests: started, flooded, killed without warning, started again."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import select

from gateway.store.database import Database
from gateway.store.tables import Message
from tests.make import TEST_ENV
from tests.signed import TWILIO_ENV, inbound_form, signature

T = TypeVar("T")
PROGRAM = (sys.executable, "-c", "from gateway.cli import main; main()")
# A Twilio account that nothing can be sent through: no test speaks to the outside.
MUTE_TWILIO = TWILIO_ENV | {
    "GATEWAY_PROVIDERS__TWILIO__BASE_URL": "http://127.0.0.1:9",
    "GATEWAY_POLICY__ACKNOWLEDGE": "off",
}
INBOUND = "/sms/twilio/inbound"
_NET = (OSError, http.client.HTTPException)
_START_S = 60


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """The variables of a process with test keys and no settings but these."""
    ours = {"GATEWAY_DATABASE__URL": database_url, "GATEWAY_VAR": str(folder / "var")}
    machine = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")}
    machine.pop("COVERAGE_PROCESS_START", None)
    return machine | TEST_ENV | ours | settings


def until(look: Callable[[], T], seconds: float = 30, what: str = "it") -> T:
    """What `look` finds, as soon as it finds something; bounded."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.05)
    return found


@dataclass
class Gateway:
    """One `gateway …` command with a process group of its own, its output in a file."""

    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path
    port: int | None = None
    program: Sequence[str] = PROGRAM
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """All that it ever wrote to stdout and stderr."""
        return self.folder / f"{self.command[0]}.log"

    def start(self) -> "Gateway":
        """Starts it and waits until it listens."""
        address = ("--port", str(self.port)) if self.port else ()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*self.program, *self.command, *address),
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if self.port:
            until(self._lives, _START_S, f"`gateway {self.command[0]}`")
        return self

    def kill(self) -> None:
        """kill -9 to the process and its children, amid whatever they do."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Asks it to end and waits; kill -9 when it does not. Returns its exit code."""
        return self._end(signal.SIGTERM)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        return self._request("GET", path, b"", {})

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer to a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._request("POST", path, urlencode(form).encode(), kind | headers)

    def post_signed(self, form: Mapping[str, str], path: str = INBOUND) -> tuple[int, bytes]:
        """A webhook as Twilio makes it."""
        signed = {"X-Twilio-Signature": signature(path, dict(form))}
        return self.post(path, form, **signed)

    def _request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _lives(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        with suppress(*_NET):
            return self.get("/live")[0] == 200
        return False

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            code = self.process.wait(30)
        self.process = None
        return code


@dataclass
class Flood:
    """Many messages from one company that delivers each until it hears 2xx, as companies do."""

    gateway: Gateway
    forms: Sequence[Mapping[str, str]]
    answered: list[str] = field(default_factory=list)
    retries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, threads: int, disturb: Callable[["Flood"], None], seconds: float = 240) -> None:
        """Delivers all while `disturb` does its worst in a thread of its own."""
        deadline = time.monotonic() + seconds
        with ThreadPoolExecutor(threads + 1) as pool:
            worst = pool.submit(disturb, self)
            for done in [pool.submit(self._deliver, form, deadline) for form in self.forms]:
                done.result()
            worst.result()

    def wait_for(self, count: int) -> None:
        """Returns when so many were answered."""
        until(lambda: len(self.answered) >= count, 120, f"answer {count}")

    def _deliver(self, form: Mapping[str, str], deadline: float) -> None:
        while time.monotonic() < deadline:
            with suppress(*_NET):
                status, _ = self.gateway.post_signed(form)
                if 200 <= status < 300:
                    with self._lock:
                        self.answered.append(form["MessageSid"])
                    return
                assert status >= 500, f"a good message was refused with {status}"
            with self._lock:
                self.retries += 1
            time.sleep(0.05)
        raise AssertionError("a message was never answered")


def reports(count: int, seed: int) -> list[dict[str, str]]:
    """Signed-to-be forms of as many messages, from many phones, in three languages."""
    chance = random.Random(seed)
    words = (
        "Armed men on motorbikes are near Moa now, we counted {n}",
        "Watu wenye silaha {n} wanakuja Moa sasa hivi",
        "Des hommes armés arrivent à Moa, ils sont {n}",
        "hello, how are you {n}",
    )
    return [
        inbound_form(
            chance.choice(words).format(n=number),
            sender=f"+2547{chance.randrange(10**8):08}",
            sid=f"SM{seed:08x}{number:024x}",
        )
        for number in range(count)
    ]


def killer(parts: Sequence[Gateway], kills: int, chance: random.Random) -> Callable[[Flood], None]:
    """Kills all parts -9 at so many random moments of a flood, and starts them again."""

    def disturb(flood: Flood) -> None:
        count = len(flood.forms)
        for at in sorted(chance.sample(range(1, max(kills + 1, count * 9 // 10)), kills)):
            flood.wait_for(at)
            time.sleep(chance.random() * 0.05)
            for part in parts:
                part.kill()
            for part in parts:
                part.start()

    return disturb


def rows(database: Database) -> tuple[Counter[str], Counter[str]]:
    """How many rows each provider id has, and how many messages are in each state."""
    with database.reading() as session:
        found = session.execute(select(Message.provider_id, Message.state)).all()
    return Counter(row.provider_id for row in found), Counter(row.state for row in found)


def all_processed(database: Database, count: int, seconds: float = 120) -> None:
    """Waits until nothing of so many messages is left to read."""
    until(lambda: rows(database)[1]["processed"] >= count, seconds, "the last message read")
