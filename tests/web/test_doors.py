"""The doors of companies with habits of their own: one address for all, polls, garbage."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.flow import take_in
from gateway.providers import PROVIDERS
from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    NotAuthentic,
    Outgoing,
    Poll,
    PolledProvider,
    ProviderConfig,
    Receipt,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.reading import json_object
from gateway.runtime import Runtime
from gateway.store.tables import Message
from gateway.store.tables import Receipt as KeptReceipt
from tests.databases import fresh_database
from tests.providers.contract import GARBAGE
from tests.providers.street import Street, opened_all

INBOUND, RECEIPT = "/sms/simulator/inbound", "/sms/simulator/receipt"


class Courier(PolledProvider):
    """Posts `{messages, receipts, poll}` to one address."""

    type: ClassVar[str] = "courier"
    ONE_DOOR: ClassVar[bool] = True

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        return [
            InboundSms(name, "+254711000111", "1", "armed men near Moa")
            for name in self._listed(request, "messages")
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        return [Receipt(name, "ok", None) for name in self._listed(request, "receipts")]

    def read_poll(self, request: WebhookRequest) -> Poll | None:
        return Poll(5) if request.in_query("task") == "send" else None

    def answer_poll(self, poll: Poll, given: Sequence[Outgoing]) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", f"polled {poll.most}, given {len(given)}")

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(202, "text/plain", "thanks")

    def _listed(self, request: WebhookRequest, name: str) -> list[str]:
        if request.header("Authorization") != "Bearer it-is-me":
            raise NotAuthentic
        found = json_object(request.body).get(name, [])
        if not isinstance(found, list):
            raise Unreadable(f"{name} is no list")
        return found


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The doors know nothing of engines."""
    yield from fresh_database(request, tmp_path, "migrated")


@pytest.fixture
def courier(runtime: Runtime) -> Runtime:
    courier = Courier(ProviderConfig("simulator", "courier"))
    runtime.providers = {**runtime.providers, "simulator": courier}
    return runtime


@pytest.mark.parametrize("door", [INBOUND, RECEIPT])
def test_one_address_brings_messages_and_receipts_alike(
    courier: Runtime, client: FlaskClient, door: str
) -> None:
    answer = _post(client, door, {"messages": ["m1", "m2"], "receipts": ["r1"]})
    assert (answer.status_code, answer.text) == (202, "thanks")
    assert _kept(courier) == (["m1", "m2"], ["r1"])


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({}, 202),  # it says nothing, and that was understood
        ({"messages": 7, "receipts": ["r1"]}, 202),
        ({"messages": ["m1"], "receipts": 7}, 202),
        ({"messages": 7}, 400),
        ({"messages": 7, "receipts": 7}, 400),
        ([], 400),
    ],
)
def test_what_one_reader_cannot_read_may_be_the_other_s(
    courier: Runtime, client: FlaskClient, document: object, status: int
) -> None:
    assert _post(client, INBOUND, document).status_code == status


def test_a_stranger_at_the_one_address_gets_403(courier: Runtime, client: FlaskClient) -> None:
    answer = client.post(INBOUND, json={"messages": ["m1"]})
    assert (answer.status_code, answer.data) == (403, b"")
    assert _kept(courier) == ([], [])


@pytest.mark.parametrize("broken", ["messages", "receipts"])
def test_nothing_is_acknowledged_before_all_is_on_disk(
    courier: Runtime, client: FlaskClient, broken: str
) -> None:
    document = {"messages": ["m1"], "receipts": ["r1"]}
    with courier.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {broken} RENAME TO gone")
    answer = _post(client, INBOUND, document)
    assert (answer.status_code, answer.data) == (503, b"")
    assert answer.headers["Retry-After"]
    with courier.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE gone RENAME TO {broken}")
    assert _post(client, INBOUND, document).status_code == 202
    messages, receipts = _kept(courier)
    assert (messages, set(receipts)) == (["m1"], {"r1"})


@pytest.mark.parametrize("door", [INBOUND, RECEIPT])
def test_a_poll_is_answered_with_what_is_due(
    courier: Runtime, client: FlaskClient, door: str
) -> None:
    take_in.keep(
        courier, "simulator", [InboundSms("a", "+254711000111", "1", "HELP")], courier.clock()
    )
    take_in.process_waiting(courier, 9)
    assert client.get(f"{door}?task=send").text == "polled 5, given 1"
    assert client.get(f"{door}?task=send").text == "polled 5, given 0"


def test_a_poll_while_the_database_is_lost_gets_503(courier: Runtime, client: FlaskClient) -> None:
    with courier.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")
    assert client.get(f"{INBOUND}?task=send").status_code == 503


@pytest.fixture(scope="module")
def street(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with opened_all(migrated_sqlite, tmp_path_factory.mktemp("street")) as street:
        yield street


@pytest.mark.parametrize("type_", sorted(PROVIDERS))
@given(request=GARBAGE, door=st.sampled_from(["inbound", "receipt"]), is_form=st.booleans())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_garbage_at_the_door_is_never_an_error_of_ours(
    street: Street, type_: str, request: WebhookRequest, door: str, is_form: bool
) -> None:
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    for house in (house for house in street.houses if house.case.type == type_):
        answer = street.client.open(
            f"/sms/{house.account}/{door}",
            method="GET" if request.method == "GET" else "POST",
            query_string=dict(request.query),
            data=dict(request.form) if is_form else request.body,
            headers=_sendable(request.headers),
            content_type=kind,
        )
        assert answer.status_code < 500


def _sendable(headers: object) -> dict[str, str]:
    """Those that HTTP can carry at all."""
    assert isinstance(headers, dict)
    return {
        name: value
        for name, value in headers.items()
        if name.isascii() and name.isprintable() and name.strip() and "\n" not in value
        and "\r" not in value and value.isascii() and name.lower() != "content-length"
    }  # fmt: skip


def _post(client: FlaskClient, door: str, document: object) -> TestResponse:
    headers = {"Authorization": "Bearer it-is-me"}
    return client.post(door, data=json.dumps(document), headers=headers)


def _kept(runtime: Runtime) -> tuple[list[str], list[str]]:
    with runtime.database.reading() as session:
        messages = session.scalars(select(Message.provider_id).order_by(Message.id)).all()
        receipts = session.scalars(select(KeptReceipt.provider_id)).all()
    return list(messages), list(receipts)
