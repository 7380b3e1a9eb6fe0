"""Receipts on PostgreSQL: against bare statements, and a minute of 1,000 a second."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from subprocess import Popen
from tempfile import TemporaryDirectory

from sqlalchemy import bindparam, insert, text, update

from bench.figures import Figure
from bench.servers import (
    GATEWAY,
    ROOT,
    durable_postgresql,
    free_port,
    gateway,
    gateway_environ,
    serving,
)
from gateway.dispatch.receipts import as_row
from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.plumbing.logs import configure_logs
from gateway.providers.base import Receipt as Said
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import Delivery, Receipt
from tests.make import settings_for

_ROUNDS, _THREADS, _SOME = 3, 8, 3_000
_RATE, _SECONDS, _BATCH = 1_000, 60, 20  # receipts a second, and of one request
_ACCOUNT, _KEY = "infobip", "bench-webhook-key"
_ENVIRON = {
    "GATEWAY_PROVIDERS__INFOBIP__TYPE": "infobip",
    "GATEWAY_PROVIDERS__INFOBIP__API_KEY": "bench",
    "GATEWAY_PROVIDERS__INFOBIP__WEBHOOK_SECRET": _KEY,
    "GATEWAY_WEB__WORKERS": "1",
}
_QUIET = 40

# Messages that the company has taken, each to a person of its own.
_PEOPLE = """
INSERT INTO subscribers (id, pseudonym, state, focal_point, reliability, drills, path, created_at)
SELECT n, 'Heron-' || n, 'subscribed', false, 'F', false, '', now()
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
"""
_SENT = """
INSERT INTO deliveries (id, kind, alert_id, subscriber_id, round, language, reference, state,
                        priority, distance_m, path, due_at, attempts, account, provider_id,
                        doubtful, created_at, submitted_at)
SELECT n, 'alert', 1, n, 0, 'en', md5(n::text), 'submitted', 0, 0, '', now(), 1, :account,
       md5(n::text), false, now(), now()
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
"""
_REFERENCES = "SELECT reference FROM deliveries WHERE id BETWEEN :first AND :last ORDER BY id"


def figures() -> Iterator[Figure]:
    """The ratio, then how the minute went.

    The ratio: receipts a second, one a webhook as most companies post them, each on disk before
    its answer, until all are applied with their moves; the floor, over as many threads and the same
    connections, writes the receipt and the state of its delivery in one transaction and no more.
    The minute goes through the HTTP door of one `gateway web` process, in lists as Infobip posts
    them, while one `gateway worker` applies.
    """
    configure_logs(_QUIET)
    with durable_postgresql() as server:
        with _runtime(server.new_database()) as runtime:
            pairs = [(_ours(runtime), _floor(runtime)) for _ in range(_ROUNDS)]
        ours, floor = (median(rates) for rates in zip(*pairs, strict=True))
        ratio = median(mine / theirs for mine, theirs in pairs)
        note = f"{ours:.0f}/s of {floor:.0f}/s, median of {_ROUNDS}"
        yield Figure("receipts.postgresql.ratio", ratio, note)
        yield from _minute(server.new_database())


@contextmanager
def _runtime(url: str) -> Iterator[Runtime]:
    with TemporaryDirectory(prefix="bench-") as folder:
        runtime = build_runtime(settings_for(url, Path(folder), **_ENVIRON))
        migrate.upgrade(runtime.database)
        try:
            yield runtime
        finally:
            runtime.database.close()


def _sent(runtime: Runtime, count: int) -> Sequence[str]:
    """So many more messages in the hands of the company; their references."""
    with runtime.database.engine.begin() as connection:
        known = connection.execute(text("SELECT max(id) FROM deliveries")).scalar() or 0
        span = {"first": known + 1, "last": known + count}
        connection.execute(text(_PEOPLE), span)
        connection.execute(text(_SENT), span | {"account": _ACCOUNT})
        references = connection.execute(text(_REFERENCES), span).scalars().all()
    with runtime.database.engine.connect().execution_options(
        isolation_level="AUTOCOMMIT"
    ) as connection:
        connection.execute(text("VACUUM ANALYZE deliveries"))
    return references


def _said(reference: str) -> Said:
    return Said(reference, "DELIVERED_TO_HANDSET", "delivered", reference=reference)


def _ours(runtime: Runtime) -> float:
    """Receipts a second, until the last one is applied."""
    references = _sent(runtime, _SOME)
    sweep, over = ReceiptSweep(runtime), threading.Event()

    def keep(reference: str) -> None:
        keep_receipts(runtime, _ACCOUNT, [_said(reference)], runtime.clock())

    def apply() -> None:
        while not over.is_set():
            sweep.apply()
            over.wait(0.2)
        sweep.apply()

    applying = threading.Thread(target=apply)
    began = time.perf_counter()
    applying.start()
    _in_threads(keep, references)
    over.set()
    applying.join()
    took = time.perf_counter() - began
    assert _open(runtime) == 0, "a receipt was not applied"
    return len(references) / took


def _floor(runtime: Runtime) -> float:
    """The same number by an INSERT and an UPDATE by id each, in one transaction."""
    references, now = _sent(runtime, _SOME), datetime.now(UTC)
    with runtime.database.engine.connect() as connection:
        last = connection.execute(text("SELECT max(id) FROM deliveries")).scalar_one()
    ids = dict(zip(references, range(last - len(references) + 1, last + 1), strict=True))
    settle = update(Delivery.__table__).where(Delivery.__table__.c.id == bindparam("one"))
    settle = settle.values(state="delivered", settled_at=now)
    keep = insert(Receipt.__table__)

    def write(reference: str) -> None:
        row = as_row(_ACCOUNT, _said(reference), now) | {"delivery_id": ids[reference]}
        with runtime.database.engine.begin() as connection:
            connection.execute(keep, row)
            connection.execute(settle, {"one": ids[reference]})

    began = time.perf_counter()
    _in_threads(write, references)
    return len(references) / (time.perf_counter() - began)


def _in_threads(work: Callable[[str], None], references: Sequence[str]) -> None:
    def some(mine: Sequence[str]) -> None:
        for reference in mine:
            work(reference)

    threads = [
        threading.Thread(target=some, args=(references[number::_THREADS],))
        for number in range(_THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _open(runtime: Runtime) -> int:
    """Messages of which no final receipt was applied."""
    query = text("SELECT count(*) FROM deliveries WHERE state = 'submitted'")
    with runtime.database.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


@dataclass
class _Minute:
    """What became of requests offered on schedule."""

    port: int
    answers: list[float] = field(default_factory=list)  # seconds each took
    late: list[float] = field(default_factory=list)  # seconds behind its moment
    refused: int = 0

    def offer(self, requests: Sequence[bytes], began: float, first: int) -> None:
        """Every _THREADS-th request at its moment, over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        path = f"/sms/{_ACCOUNT}/receipt?key={_KEY}"
        for number in range(first, len(requests), _THREADS):
            moment = began + number * _BATCH / _RATE
            time.sleep(max(0.0, moment - time.perf_counter()))
            sent = time.perf_counter()
            kind = {"Content-Type": "application/json"}
            connection.request("POST", path, requests[number], kind)
            answer = connection.getresponse()
            answer.read()
            self.refused += answer.status != 200
            self.answers.append(time.perf_counter() - sent)
            self.late.append(sent - moment)
        connection.close()


def _minute(url: str) -> Iterator[Figure]:
    with ExitStack() as stack:
        runtime = stack.enter_context(_runtime(url))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        requests = [_request(some) for some in _lists(_sent(runtime, _RATE * _SECONDS))]
        environ = gateway_environ(url, folder, **_ENVIRON)
        gateway(environ, "migrate")
        port = free_port()
        command = [GATEWAY, "web", "--port", str(port)]
        stack.enter_context(serving(command, environ, port, folder / "web.log"))
        stack.enter_context(_worker(environ, folder / "worker.log"))
        minute = _Minute(port)
        began = time.perf_counter() + 0.5
        offers = [
            threading.Thread(target=partial(minute.offer, requests, began, number))
            for number in range(_THREADS)
        ]
        for offer in offers:
            offer.start()
        for offer in offers:
            offer.join()
        ended = time.perf_counter()
        left = _open(runtime)
        while (waits := _open(runtime)) and time.perf_counter() < ended + 30:
            time.sleep(0.1)
        backlog_s = time.perf_counter() - ended
        assert minute.refused == 0, f"{minute.refused} requests were refused"
        assert waits == 0, f"{waits} receipts were not applied after 30 s"
    rate = _RATE * _SECONDS / (ended - began)
    yield Figure("receipts.offered_per_s", rate, f"HTTP, lists of {_BATCH}, for {_SECONDS} s")
    yield Figure("receipts.backlog_s", backlog_s, f"until none of {left} waits; 5 at most")
    p99 = sorted(minute.answers)[int(len(minute.answers) * 0.99)] * 1000
    worst = max(minute.late)
    yield Figure("receipts.answer_p99_ms", p99, f"a list; offered {worst:.2f} s late at worst")


@contextmanager
def _worker(environ: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w", encoding="utf-8") as said:
        process = Popen([GATEWAY, "worker"], stdout=said, stderr=said, env=environ, cwd=ROOT)
    try:
        yield
        said_so_far = log.read_text()
        assert process.poll() is None, f"the worker ended: {said_so_far[-2000:]}"
        assert "sweep failed" not in said_so_far, said_so_far[-2000:]
    finally:
        process.terminate()
        process.wait(20)


def _lists(references: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(references), _BATCH):
        yield references[start : start + _BATCH]


def _request(references: Sequence[str]) -> bytes:
    status = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
    error = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False}
    results = [
        {"messageId": reference, "to": "254700000000", "status": status, "error": error}
        for reference in references
    ]
    return json.dumps({"results": results}).encode()
