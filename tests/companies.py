"""Stand-in companies as a test holds them: opened, told how to behave, asked what they took."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).resolve().parent.parent


class Taken(NamedTuple):
    """A message that a company has: our reference, the number, and when it came (monotonic)."""

    reference: str
    to: str
    at: float


@dataclass(frozen=True, slots=True)
class Company:
    """One stand-in of `tests/stand_in.py`."""

    port: int

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.port}"

    def behave(self, mode: str = "ok", **how: float | str) -> None:
        """From now on; `how` are the others of `stand_in.Behaviour`."""
        self._ask("/control", {"mode": mode} | how)

    def count(self) -> int:
        """How many messages it took."""
        return int(self._ask("/control")["taken"])

    def taken(self, first: int = 0) -> list[Taken]:
        """What it took, in that order."""
        return [Taken(*row) for row in self._ask(f"/control/taken?from={first}")]

    def asked(self) -> list[str]:
        """The references that it was asked about."""
        return list(self._ask("/control/asked"))

    def sample(self) -> dict[str, str]:
        """Head and body of the last request to send a message, word for word."""
        return dict(self._ask("/control/sample"))

    def _ask(self, path: str, wanted: Mapping[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST" if wanted else "GET", path, json.dumps(wanted or {}))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def companies(count: int = 1) -> Iterator[list[Company]]:
    """So many companies in one process of their own, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stand_in", str(count)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield [Company(port) for port in json.loads(process.stdout.readline())]
    finally:
        process.communicate()  # closes its standard input, which ends it


def accounts(settings: Mapping[str, object] = {}, /, **roads: Company) -> dict[str, str]:
    """The environment of a gateway with one account a company, preferred in their names' order.

    `settings` count for each account.
    """
    environ: dict[str, str] = {}
    for name, company in roads.items():
        own: dict[str, object] = {
            "type": "infobip",
            "base_url": company.url,
            "api_key": "made-up",
            "sender_id": "20880",
            "rate_per_second": 1000,
        }
        for key, value in (own | dict(settings)).items():
            environ[f"GATEWAY_PROVIDERS__{name}__{key}".upper()] = str(value)
    return environ
