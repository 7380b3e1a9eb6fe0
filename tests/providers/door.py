"""One account behind the real doors and the real sender, for what companies really say."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug import Request, Response
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.dispatch.outbox import Text, queue_answer
from gateway.flow.sending import Sender
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import (
    AccountState,
    AccountUse,
    Consent,
    Delivery,
    Message,
    MessagePart,
    Move,
    Receipt,
    Subscriber,
)
from gateway.subscribers.membership import subscriber_of
from tests.make import settings_for

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
ACCOUNT = "main"
PUBLIC_URL = "https://alerts.example.org"
_OWN = """
[providers.{account}]
type = "{type}"
[[routes]]
prefix = ""
accounts = ["{account}"]
"""
_TABLES = (
    *(Receipt, MessagePart, Consent, Message, Delivery),
    *(Subscriber, Move, AccountState, AccountUse),
)


def vectors(file: str, *directions: str, skipped: Mapping[str, str] | None = None) -> list[Any]:
    """Parameters for pytest, one a vector; `skipped` names some by the end of their name.

    Where the folder is missing the test module is skipped, visibly.
    """
    path = VECTORS / file
    if not path.is_file():
        pytest.skip(f"no test vectors in {VECTORS}", allow_module_level=True)
    found = json.loads(path.read_text(encoding="utf-8"))
    reasons = skipped or {}
    params = []
    for vector in found:
        if directions and vector.get("direction") not in directions:
            continue
        name = vector["name"].partition("/")[2] or vector["name"]
        why = next((reasons[end] for end in reasons if name.endswith(end)), "")
        params.append(pytest.param(vector, id=name, marks=[pytest.mark.skip(why)] if why else []))
    return params


@dataclass
class Door:
    """A gateway with one account; everything it kept is forgotten by `forget`."""

    runtime: Runtime
    client: FlaskClient
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: list[Request] = field(default_factory=list)

    def post(
        self,
        vector: Mapping[str, Any],
        door: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """The vector's request to our inbound or receipt door, with other headers if given."""
        made = vector["request"]
        door = door or ("receipt" if vector["direction"] == "status" else "inbound")
        target = made.get("query_string") or urlencode(made.get("query") or {})
        more = urlencode(query or {})
        body: dict[str, Any] = {"data": made.get("raw", "")}
        if "multipart" in made:
            body = {"data": made["multipart"], "content_type": "multipart/form-data"}
        given = {k: v for k, v in (made.get("headers") or {}).items() if "multipart" not in v}
        asked = "&".join(part for part in (target, more) if part)
        path = f"/sms/{ACCOUNT}/{door}"
        return self.client.open(
            path,
            method=made.get("method", "POST"),
            query_string=asked,
            # As real servers tell it, with the query; the test client leaves that out.
            environ_overrides={"RAW_URI": f"{path}?{asked}" if asked else path},
            headers=given | dict(headers or {}),
            base_url=PUBLIC_URL,
            **body,
        )

    def messages(self) -> list[Message]:
        """What was kept, the first one first."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def receipts(self) -> list[Receipt]:
        """What was kept, the first one first."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(Receipt).order_by(Receipt.id)))

    def send(self, to: str, text: str) -> Delivery:
        """The delivery of one text, after one attempt of the real sender."""
        with self.runtime.database.writing() as session:
            person = subscriber_of(session, self.runtime.keys, to, self.now)
            queue_answer(session, person, Text("en", text), self.now)
            session.flush()
            delivery_id = session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first()
        sender = Sender(self.runtime)
        try:
            sender.send_due(1)
        finally:
            sender.close()
        with self.runtime.database.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def subscriber(self, number: str) -> Subscriber:
        """The person with a number."""
        with self.runtime.database.writing() as session:
            return subscriber_of(session, self.runtime.keys, number, self.now)

    def forget(self) -> None:
        """All rows of the test before."""
        with self.runtime.database.writing() as session:
            for table in _TABLES:
                session.execute(delete(table))


@contextmanager
def opened(type_: str, country: str = "KE", **options: str) -> Iterator[Door]:
    """A gateway on SQLite whose one account is of this type; `options` as in the settings."""
    environ = {f"GATEWAY_PROVIDERS__MAIN__{key.upper()}": str(v) for key, v in options.items()}
    environ |= {"GATEWAY_PUBLIC_URL": PUBLIC_URL, "GATEWAY_COUNTRY": country}
    with TemporaryDirectory(prefix="door-") as folder:
        own = Path(folder) / "own.toml"
        own.write_text(_OWN.format(account=ACCOUNT, type=type_), encoding="utf-8")
        environ["GATEWAY_CONFIG"] = str(own)
        runtime = build_runtime(settings_for(f"sqlite:///{folder}/g.db", Path(folder), **environ))
        migrate.upgrade(runtime.database)
        door = Door(runtime, create_app(runtime).test_client())
        runtime.clock = lambda: door.now
        try:
            yield door
        finally:
            runtime.database.close()


def answers(vector: Mapping[str, Any]) -> Iterator[Response]:
    """The company's answers of an outbound vector, one a request."""
    for said in vector.get("responses", ()):
        yield Response(said.get("body", ""), said.get("status", 200), said.get("headers") or {})
