"""Stand-in SMS companies in a process of their own, of Infobip's shape; they note what they took.

`python -m tests.stand_in N` opens N of them, prints their ports as JSON, and ends with its
standard input. Each is told how to behave at `/control`; `tests/companies.py` is its other end.
"""

import asyncio
import json
import os
import random
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.I)
_POSTMEN, _AGAIN_S = 8, 1.0
_OUT_OF_ORDER = {
    "requestError": {"serviceException": {"messageId": "GENERAL_ERROR", "text": "Out of order."}}
}
_NO_KEY = {
    "requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "No such login."}}
}


@dataclass
class Behaviour:
    """What `/control` may change at any time.

    ``mode``: ok, error500, hang (never answers), reset (the connection breaks after the request),
    drip (the answer comes a byte at a time, each after ``drip_s``) or unknown (it takes messages,
    and knows of none when it is asked). ``takes``: which part of the messages it took in spite of
    hang, reset or drip. ``receipt_s``: seconds until it posts that a message was delivered; below
    0 it never does. ``repeats``: whether a reference that it has already is refused, or taken.
    """

    mode: str = "ok"
    latency_s: float = 0.05
    takes: float = 0.0
    receipt_s: float = -1.0
    repeats: str = "refused"
    drip_s: float = 0.5

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Raises KeyError for a name that is none of these."""
        kinds = {one.name: type(one.default) for one in fields(self)}
        for name, value in wanted.items():
            setattr(self, name, kinds[name](value))


@dataclass
class Company:
    """One company: it answers as its behaviour says, and remembers."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    taken: list[tuple[str, str, float]] = field(default_factory=list)  # reference, number, moment
    asked: list[str] = field(default_factory=list)
    requests: int = 0
    sample: dict[str, str] = field(default_factory=dict)  # the last request to send, word for word
    receipts: "asyncio.Queue[tuple[str, bytes]]" = field(default_factory=asyncio.Queue)
    _numbers: dict[str, str] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def answer(self, head: bytes, body: bytes, transport: asyncio.Transport) -> None:
        """Answers one request, now, later or never."""
        method, target, _ = head.split(b" ", 2)
        path = urlsplit(target.decode("latin-1"))
        if path.path.startswith("/control"):
            transport.write(_response(200, self._control(path.path, path.query, body)))
            return
        doors: Mapping[tuple[bytes, str], Callable[[], tuple[int, object]]] = {
            (b"POST", "/sms/3/messages"): lambda: self._send(head, body),
            (b"GET", "/sms/3/logs"): lambda: self._logs(path.query),
            (b"GET", "/account/1/balance"): lambda: (200, {"balance": 1000.0, "currency": "EUR"}),
        }
        self.requests += 1
        door = doors.get((method, path.path))
        if door is None:
            status, said = 404, _NO_KEY
        elif b"\r\nauthorization:" not in head.lower():
            status, said = 401, _NO_KEY
        elif self.behaviour.mode == "error500":
            status, said = 500, _OUT_OF_ORDER
        else:
            status, said = door()
        self._say(_response(status, said), transport)

    def _say(self, answer: bytes, transport: asyncio.Transport) -> None:
        loop, mode = asyncio.get_running_loop(), self.behaviour.mode
        if mode == "reset":
            loop.call_later(self.behaviour.latency_s, _reset, transport)
        elif mode == "drip":
            self._drip(answer, transport)
        elif mode != "hang":
            loop.call_later(self.behaviour.latency_s, _write, answer, transport)

    def _drip(self, answer: bytes, transport: asyncio.Transport) -> None:
        if answer and not transport.is_closing():
            transport.write(answer[:1])
            later = asyncio.get_running_loop().call_later
            later(self.behaviour.drip_s, self._drip, answer[1:], transport)

    def _send(self, head: bytes, body: bytes) -> tuple[int, object]:
        try:
            (message,) = json.loads(body)["messages"]
            (to,) = message["destinations"]
            reference, number = str(to["messageId"]), str(to["to"])
        except (ValueError, KeyError, TypeError):
            return 400, _OUT_OF_ORDER
        self.sample = {"head": head.decode("latin-1"), "body": body.decode()}
        if self.behaviour.repeats == "refused" and reference in self._numbers:
            return 200, {"messages": [{"messageId": reference, "status": _REPEATED}]}
        if self._takes():
            self.taken.append((reference, number, time.monotonic()))
            self._numbers[reference] = number
            self._post_receipt(message, reference)
        return 200, {"messages": [{"messageId": reference, "status": _PENDING}]}

    def _takes(self) -> bool:
        if self.behaviour.mode in ("hang", "reset", "drip"):
            return self._chance.random() < self.behaviour.takes
        return True

    def _logs(self, query: str) -> tuple[int, object]:
        wanted = parse_qs(query).get("messageId", [])
        self.asked += wanted
        known = () if self.behaviour.mode == "unknown" else self._numbers
        found = [
            {"messageId": one, "to": self._numbers[one], "status": _DELIVERED, "error": _NO_ERROR}
            for one in wanted
            if one in known
        ]
        return 200, {"results": found}

    def _post_receipt(self, message: Mapping[str, Any], reference: str) -> None:
        url = message.get("webhooks", {}).get("delivery", {}).get("url")
        if self.behaviour.receipt_s < 0 or not url:
            return
        result = {"messageId": reference, "status": _DELIVERED, "error": _NO_ERROR}
        said = (url, json.dumps({"results": [result]}).encode())
        loop = asyncio.get_running_loop()
        loop.call_later(self.behaviour.receipt_s, self.receipts.put_nowait, said)

    def _control(self, path: str, query: str, body: bytes) -> object:
        if path == "/control/taken":
            return self.taken[int(parse_qs(query)["from"][0]) :]
        if path == "/control/asked":
            return self.asked
        if path == "/control/sample":
            return self.sample
        self.behaviour.change(json.loads(body or b"{}"))
        return {"taken": len(self.taken), "asked": len(self.asked), "requests": self.requests}


_PENDING = {
    "groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED",
    "description": "Message sent to next instance",
}  # fmt: skip
_REPEATED = {
    "groupId": 5, "groupName": "REJECTED", "id": 51, "name": "REJECTED_DUPLICATE_MESSAGE_ID",
    "description": "Duplicate message ID",
}  # fmt: skip
_DELIVERED = {
    "groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET",
    "description": "Message delivered to handset",
}  # fmt: skip
_NO_ERROR = {
    "groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "description": "No Error",
    "permanent": False,
}  # fmt: skip


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as a company's API needs."""

    def __init__(self, company: Company) -> None:
        self._company, self._came = company, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while True:
            head, end, rest = self._came.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if not end or len(rest) < size:
                return
            self._came = rest[size:]
            self._company.answer(head, rest[:size], self._transport)


def _response(status: int, said: object) -> bytes:
    body = json.dumps(said).encode()
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _write(answer: bytes, transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.write(answer)


def _reset(transport: asyncio.Transport) -> None:
    """A closing without a farewell: the other end reads "connection reset by peer"."""
    peer = transport.get_extra_info("socket")
    if peer is not None and not transport.is_closing():
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _post_for_ever(receipts: "asyncio.Queue[tuple[str, bytes]]") -> None:
    """Posts one receipt after the other over one connection, each until it hears 2xx."""
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while True:
        url, body = await receipts.get()
        try:
            parts = urlsplit(url)
            line = line or await asyncio.open_connection(parts.hostname, parts.port or 80)
            done = await _post(line, parts.netloc, url.partition(parts.netloc)[2], body)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            done = False
        if not done:
            if line is not None:
                line[1].close()
            line = None
            asyncio.get_running_loop().call_later(_AGAIN_S, receipts.put_nowait, (url, body))


async def _post(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], host: str, target: str, body: bytes
) -> bool:
    reader, writer = line
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(answer)
    if length is None:
        raise ValueError("an answer without a length")
    await reader.readexactly(int(length[1]))
    return answer.startswith(b"HTTP/1.1 2")


async def _serve(count: int) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    companies = [Company() for _ in range(count)]
    servers = [
        await loop.create_server(lambda one=one: _Connection(one), "127.0.0.1", 0, backlog=1024)  # type: ignore[misc]
        for one in companies
    ]
    postmen = [
        asyncio.create_task(_post_for_ever(one.receipts))
        for one in companies
        for _ in range(_POSTMEN)
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    loop.add_reader(0, lambda: None if os.read(0, 1024) else over.set())
    await over.wait()
    for postman in postmen:
        postman.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
