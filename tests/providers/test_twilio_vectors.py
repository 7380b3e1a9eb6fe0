"""Requests that Twilio really makes and answers that it really gives, through the real doors."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.flow import take_in
from gateway.flow.receipts import ReceiptSweep
from gateway.providers.base import NotAuthentic
from gateway.store.tables import Delivery

from .door import ACCOUNT, PUBLIC_URL, Door, opened, vectors
from .making import make_request, make_twilio
from .proofs import twilio as proof
from .through import check_sent, company, describe, same_request, why

# Vectors whose subject is not ours.
SKIPPED = {
    "whatsapp": "WhatsApp: we send SMS",
    "attachments": "we send no attachments",
}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "unsigned": "courier believes SignalWire unsigned; Twilio always signs: without, it is nobody",
    "twatestcases/receive-valid-2": "courier takes a WhatsApp button's words; we read the Body",
    "plain-stop-no-optouttype": "Twilio's default keywords answer a STOP too, and then refuse our "
    "confirmation, harmlessly; where they are switched off ours is the only one",
    "status-invalid-status": "courier answers 400; an unknown word is kept, with no state",
    "no-sid": "courier counts a 2xx without sid as sent; we cannot follow it up, so it is in doubt",
    "long-send": "courier cuts at 160 characters; we hand over up to 1,600, Twilio cuts",
}
STATES = {
    "wired": "submitted",
    "sent": "submitted",
    "delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "errored": "failed",  # courier would repeat it: our `transient`
}
PERSON = "+252615550009"  # where a receipt names nobody


def _outbound() -> list[Any]:
    params = vectors("twilio.json", "outbound")
    return [pytest.param(p.values[0], id=p.id, marks=_marks(p.values[0])) for p in params]


def _marks(vector: dict[str, Any]) -> list[pytest.MarkDecorator]:
    message = vector["message"]
    subjects = {
        "whatsapp": not message["to"].startswith("tel:"),
        "attachments": bool(message.get("attachments")),
    }
    return [pytest.mark.skip(reason=SKIPPED[name]) for name, is_so in subjects.items() if is_so]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Door]:
    options = {"account_sid": "AC1", "auth_token": "6789", "sender_id": "2020"}
    with opened("twilio", country="US", **options) as door:
        yield door


@pytest.fixture
def door(gateway: Door) -> Door:
    gateway.forget()
    return gateway


@pytest.mark.parametrize("vector", vectors("twilio_signature.json"))
def test_a_signature_is_judged_as_twilio_s_own_libraries_judge_it(vector: dict[str, Any]) -> None:
    body = None if vector["body"] is None else vector["body"].encode()
    request = make_request(
        vector["url"],
        vector["params"],
        headers={"X-Twilio-Signature": vector["signature"]},
        body=body,
    )
    provider = make_twilio(options={"auth_token": vector["auth_token"]})
    if vector["expect"]["valid"]:
        assert provider.read_receipt(request) == []
    else:
        with pytest.raises(NotAuthentic):
            provider.read_receipt(request)


@pytest.mark.parametrize("vector", vectors("twilio.json", "inbound"))
def test_an_inbound_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    describe(door, "twilio", vector, options={"account_sid": "AC1"})
    if vector["expect"]["outcome"] == "message+start":
        _post(door, _changed(vector, Body="STOP", OptOutType="STOP", MessageSid="SM0"))
        assert door.subscriber(vector["expect"]["from"]).state == "stopped"
    for _ in range(vector.get("repeat", 1)):
        answer = _post(door, vector)
        if _is_refused(answer, vector):
            assert door.messages() == []
            return
        _check_acknowledgement(answer, vector)
    _check_message(door, vector)
    _check_opt(door, vector)


@pytest.mark.parametrize("vector", vectors("twilio.json", "status"))
def test_a_receipt_is_kept_and_moves_its_message(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    delivery = _submitted(vector, door, httpserver)
    answer = _post(door, vector)
    if _is_refused(answer, vector) or vector["expect"]["outcome"] == "ignored":
        assert door.receipts() == []
        assert _state(door, delivery) == "submitted"
    elif _is(vector, "status-invalid-status"):
        assert answer.status_code == 200
        assert [receipt.state for receipt in door.receipts()] == [None]
        assert _state(door, delivery) == "submitted"
    else:
        _check_acknowledgement(answer, vector)
        _check_receipt(door, vector, delivery)
    if "then" in vector:
        assert _post(door, _changed(vector, **vector["then"]["form"])).status_code == 200
        assert len(door.receipts()) == 2
        assert _state(door, delivery) == vector["then"]["final_status"]


@pytest.mark.parametrize("vector", _outbound())
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    vector = _uncut(vector) if _is(vector, "long-send") else vector
    path = "/" + vector["request"]["url"].partition("://")[2].partition("/")[2]
    prefix = path.partition("/2010-04-01/")[0]
    describe(door, "twilio", vector, base_url=httpserver.url_for(prefix or "/").rstrip("/"))
    seen = company(httpserver, vector)
    delivery = door.send(vector["message"]["to_number"], vector["message"]["text"])
    (request,) = seen
    assert (request.method, request.path) == (vector["request"]["method"], path)
    assert request.headers["Authorization"] == _basic(vector["channel"]["config"])
    callback = f"{PUBLIC_URL}/sms/{ACCOUNT}/receipt?reference={delivery.reference}"
    same_request(request, vector["request"], StatusCallback=callback)
    if _is(vector, "no-sid"):
        assert (delivery.state, delivery.doubtful) == ("unknown", True)
        assert why(door, delivery) == "HandoverUnknown no-sid"
    else:
        _check_outcome(door, vector, delivery)


def _post(door: Door, vector: dict[str, Any]) -> TestResponse:
    """Sends it to our address, with Twilio's proof for that address where the vector is signed.

    The query is a part of the path, as in a request that travelled: Twilio signs it too.
    """
    auth, made, headers = vector["auth"], vector["request"], dict(vector["request"]["headers"])
    kind = "receipt" if vector["direction"] == "status" else "inbound"
    query = made.get("query_string") or urlencode(made["query"])
    path = f"/sms/{ACCOUNT}/{kind}" + (f"?{query}" if query else "")
    if auth["mode"] not in ("absent", "invalid"):
        form = _form(_changed(vector, Body="Msg") if auth["mode"] == "tampered" else vector)
        told = proof(auth["signed_url"], form, auth["auth_token"])[auth["header"]]
        assert told == made["headers"][auth["header"]], "we do not sign as Twilio does"
        headers |= proof(PUBLIC_URL + path, form, auth["auth_token"])
    return door.client.open(
        path,
        method=made["method"],
        data=made.get("raw", ""),
        headers=headers,
        base_url=PUBLIC_URL,
    )


def _is_refused(answer: TestResponse, vector: dict[str, Any]) -> bool:
    """Whether the vector is to be refused; asserts that it was, without a word."""
    if vector["auth"]["mode"] in ("absent", "invalid", "tampered"):
        is_theirs = vector["channel"]["type"] == "SW"  # a deviation: see "unsigned"
        assert is_theirs or vector["expect"]["outcome"] == "auth_rejected"
        status = 403
    elif vector["expect"]["outcome"] == "rejected" and not _is(vector, "status-invalid-status"):
        status = 400
    else:
        return False
    assert (answer.status_code, answer.text) == (status, "")
    return True


def _check_acknowledgement(answer: TestResponse, vector: dict[str, Any]) -> None:
    assert answer.status_code == vector["expect"]["http_status"]
    assert answer.mimetype == "text/xml"
    assert vector["expect"].get("body_contains", "<Response/>") in answer.text


def _check_message(door: Door, vector: dict[str, Any]) -> None:
    sent, expect = dict(_form(vector)) or vector["request"]["query"], vector["expect"]
    (message,) = [one for one in door.messages() if one.provider_id != "SM0"]
    text = expect.get("text", sent.get("Body"))
    assert message.provider_id == expect.get("external_id", sent["MessageSid"])
    assert message.sender == expect.get("from", sent["From"]).removeprefix("whatsapp:")
    assert message.recipient == sent["To"].removeprefix("whatsapp:")
    assert message.body == (sent["Body"] if _is(vector, "twatestcases/receive-valid-2") else text)
    assert message.opt == (sent["OptOutType"].lower() if "OptOutType" in sent else None)
    assert message.media == len(expect.get("attachments", ()))


def _check_opt(door: Door, vector: dict[str, Any]) -> None:
    """A STOP is obeyed before it is answered, a START once it is read."""
    expect = vector["expect"]
    if expect["outcome"] in ("message+stop", "message+start"):
        assert door.subscriber(expect["from"]).state == "stopped"
        take_in.process_waiting(door.runtime, 10)
        stays = expect["outcome"] == "message+stop"
        assert (door.subscriber(expect["from"]).state == "stopped") == stays
    if expect.get("must_not_reply"):
        with door.runtime.database.reading() as session:
            kinds = session.scalars(select(Delivery.kind)).all()
        assert kinds == (["confirmation"] if _is(vector, "plain-stop-no-optouttype") else [])


def _submitted(vector: dict[str, Any], door: Door, httpserver: HTTPServer) -> Delivery:
    """The message of ours of which the vector's receipt speaks."""
    form = dict(_form(vector))
    said = {"status": 201, "body": json.dumps({"sid": form.get("MessageSid", "SM0")})}
    company(httpserver, {"responses": [said]})
    address = httpserver.url_for("")
    describe(door, "twilio", vector, options={"account_sid": "AC1"}, base_url=address)
    delivery = door.send(form.get("To", PERSON), "Flood: go uphill now")
    assert delivery.state == "submitted"
    return delivery


def _check_receipt(door: Door, vector: dict[str, Any], delivery: Delivery) -> None:
    (receipt,), expect = door.receipts(), vector["expect"]
    (status,) = expect["statuses"]
    assert receipt.provider_id == status["external_id"]
    assert receipt.state == STATES[status["status"]]
    code = status.get("error_code") or next((e["code"] for e in expect.get("errors", ())), None)
    assert receipt.error_code == code
    assert receipt.transient == status.get("retryable", status["status"] == "errored")
    assert receipt.bad_recipient == status.get("invalid_number", False)
    assert receipt.opted_out == (expect["outcome"] == "status+stop")
    stopped = door.subscriber(dict(_form(vector)).get("To", PERSON)).state == "stopped"
    assert stopped == receipt.opted_out
    assert _state(door, delivery) == ("queued" if receipt.transient else receipt.state)


def _check_outcome(door: Door, vector: dict[str, Any], delivery: Delivery) -> None:
    check_sent(door, vector, delivery)
    error = why(door, delivery).partition(" ")[0]
    if error in ("BadRecipient", "RecipientOptedOut", "Rejected"):
        assert delivery.state == "failed"
    elif vector["expect"]["outcome"] != "sent":
        assert delivery.state == "queued"  # an account that is wrong can be put right
    stopped = door.subscriber(vector["message"]["to_number"]).state == "stopped"
    assert stopped == (vector["expect"]["outcome"] == "opted_out")


def _state(door: Door, delivery: Delivery) -> str:
    """What the message has come to, all receipts applied."""
    ReceiptSweep(door.runtime).apply()
    with door.runtime.database.reading() as session:
        return session.get_one(Delivery, delivery.id).state


def _is(vector: dict[str, Any], name: str) -> bool:
    """Whether it is the one of our deviations with this name."""
    assert name in DEVIATIONS
    return str(vector["name"]).endswith("/" + name)


def _form(vector: dict[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(vector["request"].get("raw", ""), keep_blank_values=True)


def _changed(vector: dict[str, Any], **fields: str) -> dict[str, Any]:
    """The vector with other fields, signed for them."""
    form = dict(_form(vector)) | fields
    auth, token = vector["auth"], vector["auth"]["auth_token"]
    headers = vector["request"]["headers"] | proof(auth["signed_url"], list(form.items()), token)
    return vector | {"request": vector["request"] | {"raw": urlencode(form), "headers": headers}}


def _uncut(vector: dict[str, Any]) -> dict[str, Any]:
    """One request with the whole text, and one answer."""
    form = vector["request"]["form"] | {"Body": vector["message"]["text"]}
    return vector | {
        "request": vector["request"] | {"form": form},
        "responses": vector["responses"][:1],
        "expect": vector["expect"] | {"external_ids": vector["expect"]["external_ids"][:1]},
    }


def _basic(config: dict[str, str]) -> str:
    pair = f"{config['account_sid']}:{config['auth_token']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
