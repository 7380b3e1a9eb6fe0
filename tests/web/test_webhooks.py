"""The webhooks: authentic, exactly once, kept before answered; strangers learn nothing."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gateway.flow import take_in
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Message, Receipt
from tests.make import settings_for
from tests.signed import TWILIO_ENV, inbound_form, post_signed, signature

INBOUND, RECEIPT = "/sms/twilio/inbound", "/sms/twilio/receipt"
HOSTILE = {
    "long": "attack at Moa " * 715,
    "emoji": "🔥🔫🏃‍♀️" * 20,
    "control characters": "armed\x00men\x07near\x1b[31mMoa\u202e",
    "html": "<script>alert(1)</script><b>Moa</b>",
    "formula": '=HYPERLINK("http://example.org";"Moa")',
    "empty": "",
    "blank": " \t\n ",
}


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    runtime = build_runtime(settings_for(database_url, tmp_path, **TWILIO_ENV))
    yield runtime
    runtime.database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_signed_message_is_kept_and_answered_in_twiml(
    client: FlaskClient, runtime: Runtime
) -> None:
    answer = post_signed(client, INBOUND, inbound_form("armed men near Moa"))
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    assert b"<Response" in answer.data
    assert [message.body for message in _messages(runtime)] == ["armed men near Moa"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "ééé"}, {"X-Twilio-Signature": "eA=="}],
    ids=["unsigned", "empty", "not ascii", "wrong"],
)
def test_a_forged_message_gets_a_bare_403(
    client: FlaskClient, runtime: Runtime, headers: dict[str, str]
) -> None:
    answer = post_signed(client, INBOUND, inbound_form("come out, it is safe"), headers=headers)
    assert (answer.status_code, answer.data) == (403, b"")
    assert _messages(runtime) == []


def test_a_signature_is_made_for_the_public_address_and_no_header_changes_that(
    client: FlaskClient,
) -> None:
    form = inbound_form("armed men")
    headers = {
        "X-Twilio-Signature": signature(INBOUND, form),
        "Host": "evil.example.com",
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Proto": "http",
    }
    assert post_signed(client, INBOUND, form, headers=headers).status_code == 200


def test_a_body_changed_on_the_way_is_refused(client: FlaskClient, runtime: Runtime) -> None:
    form = inbound_form("armed men near Moa")
    headers = {"X-Twilio-Signature": signature(INBOUND, form)}
    changed = form | {"Body": "all is quiet in Moa"}
    assert post_signed(client, INBOUND, changed, headers=headers).status_code == 403
    assert _messages(runtime) == []


@pytest.mark.parametrize("body", [b"\xff\xfe\x00bad", b"{", b"a" * 10_000, b"=&=&=", b""])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "x/y"])
def test_rubbish_is_refused_and_never_an_error_of_ours(
    client: FlaskClient, body: bytes, kind: str
) -> None:
    for path in (INBOUND, RECEIPT):
        answer = client.post(path, data=body, content_type=kind)
        assert (answer.status_code, answer.data) == (403, b"")


def test_a_body_over_256_kib_gets_413(client: FlaskClient, runtime: Runtime) -> None:
    answer = post_signed(client, INBOUND, inbound_form("a" * 257 * 1024))
    assert answer.status_code == 413
    assert _messages(runtime) == []


def test_an_unknown_account_gets_404_and_so_does_the_one_of_exercises(client: FlaskClient) -> None:
    for account in ("nobody", "exercise", "simulator"):
        assert client.post(f"/sms/{account}/inbound", data={"id": "1"}).status_code == 404


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_is_kept_as_it_came_and_read_without_failing(
    client: FlaskClient, runtime: Runtime, text: str
) -> None:
    assert post_signed(client, INBOUND, inbound_form(text)).status_code == 200
    take_in.process_waiting(runtime, 10)
    (message,) = _messages(runtime)
    assert (message.body, message.state) == (text, "processed")


@pytest.mark.parametrize("sender", ["MPESA", "20880", "", "+", "Safe-Home"])
def test_a_sender_that_is_no_phone_is_kept_as_a_notice_and_never_answered(
    client: FlaskClient, runtime: Runtime, sender: str
) -> None:
    answer = post_signed(client, INBOUND, inbound_form("You have received KES 50", sender))
    if not sender:
        assert answer.status_code in (200, 400)
        return
    assert answer.status_code == 200
    take_in.process_waiting(runtime, 10)
    (message,) = _messages(runtime)
    assert (message.kind, message.sender, message.subscriber_id) == ("notice", sender, None)


def test_the_same_message_delivered_again_is_one_message(
    client: FlaskClient, runtime: Runtime
) -> None:
    form = inbound_form("armed men near Moa")
    for _ in range(3):
        assert post_signed(client, INBOUND, form).status_code == 200
    assert len(_messages(runtime)) == 1


def test_two_deliveries_in_the_same_instant_are_one_message(app: Flask, runtime: Runtime) -> None:
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            form, gate = inbound_form("armed men near Moa"), threading.Barrier(2)

            def deliver(form: dict[str, str] = form, gate: threading.Barrier = gate) -> int:
                gate.wait()
                return post_signed(app.test_client(), INBOUND, form).status_code

            assert [run.result() for run in [threads.submit(deliver) for _ in range(2)]] == [
                200
            ] * 2
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 20


def test_an_unknown_status_is_kept_and_acknowledged(client: FlaskClient, runtime: Runtime) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "teleported", "To": "+254700000123"}
    assert post_signed(client, RECEIPT, form).status_code == 200
    with runtime.database.reading() as session:
        receipt = session.scalars(select(Receipt)).one()
    assert (receipt.status, receipt.state, receipt.delivery_id) == ("teleported", None, None)


def test_a_receipt_with_a_nul_is_kept_and_not_asked_for_again(
    client: FlaskClient, runtime: Runtime
) -> None:
    form = {"MessageSid": "SM\x001", "MessageStatus": "deliv\x00ered", "To": "+254700000123"}
    path = f"{RECEIPT}?reference=%00abc"
    assert post_signed(client, path, form).status_code == 200
    with runtime.database.reading() as session:
        assert session.scalars(select(Receipt)).one().provider_id == "SM1"


def test_a_form_with_a_nul_is_refused(client: FlaskClient) -> None:
    assert client.get("/signin?next=%00").status_code == 400
    assert client.post("/signin", data={"name": "a\x00b", "password": "x"}).status_code == 400


def test_a_lost_database_gets_503_so_that_the_company_tries_again(
    client: FlaskClient, runtime: Runtime
) -> None:
    form = inbound_form("armed men near Moa")
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE messages RENAME TO gone")
    answer = post_signed(client, INBOUND, form)
    assert (answer.status_code, answer.data) == (503, b"")
    assert answer.headers["Retry-After"]
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO messages")
    assert post_signed(client, INBOUND, form).status_code == 200
    assert len(_messages(runtime)) == 1


def test_a_message_by_get_is_signed_over_its_address(client: FlaskClient, runtime: Runtime) -> None:
    path = f"{INBOUND}?MessageSid=SM7&From=%2B254700000123&Body=armed+men&To=%2B15005550006"
    headers = {"X-Twilio-Signature": signature(path, {})}
    assert client.get(path, headers=headers).status_code == 200
    assert client.get(path + "&x=1", headers=headers).status_code == 403
    assert len(_messages(runtime)) == 1


def _messages(runtime: Runtime) -> list[Message]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))
