"""No number, text or secret of any provider's traffic gets into logs, errors, rows or figures."""

import json
import logging
import re
import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway.dispatch.outbox import Text, queue_answer
from gateway.dispatch.routing import path_of
from gateway.flow.polling import answer
from gateway.flow.sending import Sender
from gateway.providers import PROVIDERS, build
from gateway.providers.base import Outgoing, Poll, PolledProvider, Provider, ProviderConfig
from gateway.subscribers.membership import subscriber_of
from tests.providers.making import NOW
from tests.providers.street import OPEN, House, Street, opened_all

TEXT = "zephyrdome at Brontowilda"
TOKEN = "hushhushaccesstoken"
TO = "+254711987654"
SECRETS = re.compile(
    rb"zephyrdome|brontowilda|hushhush|(?:\+|%2b)?2547\d{8}|0711987654|711987654", re.IGNORECASE
)
# Fields whose values companies make up: names of messages, words and numbers of a state.
_NAMES = re.compile(r"id|ref|status|state|code|type|event", re.IGNORECASE)
YES = {
    "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600, "id": "1", "sid": "SM1",
    "messageId": "1", "message_id": "1", "status": "ok",
}  # fmt: skip


class Company(ThreadingHTTPServer):
    """Answers everything with one status, and quotes what it was sent."""

    daemon_threads = True
    status = 200


class _Desk(BaseHTTPRequestHandler):
    def handle_one_request(self) -> None:
        with suppress(OSError):
            super().handle_one_request()

    def do_POST(self) -> None:
        assert isinstance(self.server, Company)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        status = 200 if "token" in self.path.lower() else self.server.status
        quoted = f"{self.path} {body} {TO} {TEXT} {self.headers.get('Authorization')}"
        said: dict[str, Any] = YES if status == 200 else {"message": quoted, "error": quoted}
        if status != 200:
            said |= {
                "code": quoted,
                "detail": quoted,
                "errors": [{"title": quoted, "code": quoted}],
            }
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_PUT = do_POST

    def log_message(self, *_: Any) -> None:
        """The company's own log is none of ours."""


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with Company(("127.0.0.1", 0), _Desk) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture(scope="module")
def street(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, company: Company
) -> Iterator[Street]:
    url = f"http://127.0.0.1:{company.server_port}"
    with opened_all(migrated_sqlite, tmp_path_factory.mktemp("street"), url) as street:
        yield street


@pytest.fixture
def silent(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Fails when a marker is in what was given, in any log line, or was printed."""
    caplog.set_level(logging.DEBUG)

    def check(*told: str) -> None:
        printed = capfd.readouterr()
        logged = [record.getMessage() for record in caplog.records]
        logged += [caplog.handler.format(record) for record in caplog.records]
        found = "\n".join([*told, *logged, printed.out, printed.err])
        assert SECRETS.findall(found.encode("utf-8", "replace")) == []

    return check


def test_the_search_finds_what_is_planted() -> None:
    for planted in (TEXT, TO, TO[1:], f"%2B{TO[1:]}", "0711987654", "x hushhush0api y"):
        assert SECRETS.search(planted.upper().encode())


def test_every_type_lives_in_the_street_and_has_its_secrets_planted(street: Street) -> None:
    assert {house.case.type for house in street.houses} == set(PROVIDERS)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500, 503])
def test_no_answer_of_a_company_makes_us_tell(
    street: Street, company: Company, silent: Callable[..., None], status: int
) -> None:
    company.status = status
    url = f"http://127.0.0.1:{company.server_port}"
    silent(*(line for house in _proven(street) for line in _asked(house, url)))


def test_a_refused_connection_does_not(street: Street, silent: Callable[..., None]) -> None:
    silent(*(line for house in _proven(street) for line in _asked(house, "http://127.0.0.1:9")))


def test_a_company_that_never_answers_does_not(street: Street, silent: Callable[..., None]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        silent(*(line for house in _proven(street) for line in _asked(house, url)))


def test_an_address_that_is_none_does_not(street: Street, silent: Callable[..., None]) -> None:
    silent(*(line for house in _proven(street) for line in _asked(house, "http://[::1")))


def test_what_the_sender_records_and_shows_tells_nothing(
    street: Street, company: Company, silent: Callable[..., None]
) -> None:
    company.status = 400
    with street.runtime.database.writing() as session:
        for house in street.houses:
            number = house.prefix + "98765"
            path = path_of(street.runtime.settings.routes, number)
            person = subscriber_of(session, street.runtime.keys, number, street.now, path=path)
            queue_answer(session, person, Text("en", TEXT), street.now)
    sender = Sender(street.runtime)
    try:
        sender.send_due(3)
    finally:
        sender.close()
    for provider in street.runtime.providers.values():
        if isinstance(provider, PolledProvider):
            answer(street.runtime, provider, Poll(5))
    silent(*_shown(street))


@pytest.mark.parametrize("value", [TO, TEXT, f"hushhush {TO} {TEXT}", "\ud800" + TO])
def test_what_comes_in_good_or_bad_is_told_to_nobody(
    street: Street, silent: Callable[..., None], value: str
) -> None:
    clean = value.encode("utf-8", "replace").decode()
    for house in street.houses:
        flat = {word: "77" if _NAMES.search(word) else clean for word in house.case.words}
        headers = dict.fromkeys(house.case.headers, TO)
        nested = {"results": [flat], "payload": flat, "data": {"payload": flat}} | flat
        for door in ("inbound", "receipt"):
            path = f"/sms/{house.account}/{door}"
            said = [
                street.client.post(path, data=flat, headers=headers),
                street.client.post(path, json=nested, headers=headers),
                street.client.get(path, query_string=flat | {"key": "hushhush"}, headers=headers),
                street.client.post(path, data=clean + "{" * 9, content_type="application/json"),
            ]
            assert all(answer.status_code < 500 for answer in said), house.account
    silent(*_shown(street))


def _proven(street: Street) -> list[House]:
    """One account of each type, with its secrets."""
    return [house for house in street.houses if not house.account.endswith(OPEN)]


def _asked(house: House, url: str) -> list[str]:
    """What every call to the company tells, whether it succeeds or not."""
    case = house.case
    config = ProviderConfig(
        house.account, case.type, case.sender_id, url, 0.15, options=case.options
    )
    try:
        provider = build(config)
    except ValueError as error:
        return [str(error)]
    receipt_url = "https://alerts.example.org/sms/main/receipt?key=hushhush"
    sms = Outgoing(TO, TEXT, "0" * 32, receipt_url)
    calls: tuple[Callable[[Provider], object], ...] = (
        lambda it: it.send(sms),
        lambda it: it.look_up(sms, NOW),
        lambda it: it.balance(),
        lambda it: it.collect_receipts(NOW),
        lambda it: it.collect_inbound(NOW),
    )
    return [line for call in calls for line in _told(provider, call)] + [repr(config)]


def _told(provider: Provider, call: Callable[[Provider], object]) -> Iterator[str]:
    try:
        call(provider)
    except Exception as error:
        yield f"{error} {error!r} {getattr(error, 'code', '')}"
        yield "".join(traceback.format_exception(error, chain=True))
        context = error.__context__
        while context is not None:  # `from None` hides it, a debugger shows it
            yield f"{context} {context!r}"
            context = context.__context__


def _shown(street: Street) -> Iterator[str]:
    """What operators see, and what an intruder reads of the rows."""
    for path in ("/metrics", "/ready", "/live"):
        yield street.client.get(path).text
    with sqlite3.connect(street.file) as connection:
        yield "\n".join(connection.iterdump())
