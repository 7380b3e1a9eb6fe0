"""A fast client: posts signed messages, all different, over persistent connections.

One process with one selector and requests made beforehand, so that the server is what is measured.
"""

import json
import random
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from bench.servers import ROOT
from tests.signed import inbound_form, signature

PATH = "/sms/twilio/inbound"
CONNECTIONS = 16
_GOES = 6
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.I | re.M)
_LONGEST_ANSWER_S = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many messages were answered with 2xx, and how long that took."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.answered / self.seconds


def post_from_outside(port: int, count: int) -> Outcome:
    """Posts from a process of its own; raises RuntimeError when an answer is not 2xx."""
    command = [sys.executable, "-m", "bench.load", str(port), str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the client failed: {done.stderr[-2000:]}")
    return Outcome(**json.loads(done.stdout))


def post_all(port: int, requests: Sequence[bytes]) -> Outcome:
    """Keeps every connection busy until each request has been answered.

    In several goes with fresh connections: a connection stays with the process that took it, so
    one unlucky go leaves a process idle. What opening them takes is not counted.
    """
    took: list[float] = []
    seconds = sum(_one_go(port, requests[first::_GOES], took) for first in range(_GOES))
    took.sort()
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    return Outcome(len(took), seconds, p50, p99)


def signed_requests(count: int) -> Iterator[bytes]:
    """Whole HTTP requests, each with a message of its own."""
    for number in range(count):
        sender = f"+2547{random.randrange(10**8):08}"
        form = inbound_form(f"Armed men are coming to Moa now, we saw {number} of them", sender)
        body = urlencode(form)
        yield (
            f"POST {PATH} HTTP/1.1\r\n"
            "Host: gateway.example.org\r\n"
            "User-Agent: TwilioProxy/1.1\r\n"
            "Accept: */*\r\n"
            f"X-Twilio-Signature: {signature(PATH, form)}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
            f"{body}"
        ).encode()


def _one_go(port: int, requests: Sequence[bytes], took: list[float]) -> float:
    """Adds what each answer took; returns the seconds from the first request to the last answer."""
    waiting = iter(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = _Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began = time.perf_counter()
        for key in list(selector.get_map().values()):
            _send_next(selector, key.data, waiting)
        while selector.get_map():
            for key, _ in selector.select(_LONGEST_ANSWER_S) or _nothing_came():
                if key.data.receive():
                    took.append(time.perf_counter() - key.data.sent_at)
                    _send_next(selector, key.data, waiting)
        return time.perf_counter() - began


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _LONGEST_ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._came = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Whether the answer is whole now; raises RuntimeError for any but 2xx."""
        piece = self.socket.recv(65536)
        self._came += piece
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if end else None
        if length is None or len(body) < int(length[1]):
            if not piece or (end and length is None):
                raise RuntimeError(f"cut off or without a length: {self._came[:200]!r}")
            return False
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"refused: {self._came[:200]!r}")
        self._came = b""
        return True


def _send_next(
    selector: selectors.BaseSelector, connection: _Connection, waiting: Iterator[bytes]
) -> None:
    request = next(waiting, None)
    if request is None:
        selector.unregister(connection.socket)
        connection.socket.close()
    else:
        connection.send(request)


def _nothing_came() -> list[tuple[selectors.SelectorKey, int]]:
    raise RuntimeError(f"no answer for {_LONGEST_ANSWER_S} s")


if __name__ == "__main__":
    port, count = map(int, sys.argv[1:])
    print(json.dumps(asdict(post_all(port, list(signed_requests(count))))))
