"""Telnyx: whose webhooks are believed, what they say, and what its error codes mean."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.telnyx import HOPELESS, PASSING, REFUSALS, Telnyx

from .making import NOW, make_request, make_sms

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
URL = "https://alerts.example.org/sms/main/receipt?reference=d-1"


def make_telnyx(base_url: str = "", **options: str) -> Telnyx:
    given = {"api_key": "t", "public_key": PUBLIC} | options
    config = ProviderConfig("main", "telnyx", "+18445550001", base_url, 2.0, options=given)
    return Telnyx(config)


def signed(
    document: Any, *, age_s: int = 0, key: Ed25519PrivateKey = KEY, url: str = URL
) -> WebhookRequest:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    stamp = str(int((NOW - timedelta(seconds=age_s)).timestamp()))
    signature = base64.b64encode(key.sign(stamp.encode() + b"|" + body)).decode()
    headers = {"Telnyx-Timestamp": stamp, "Telnyx-Signature-Ed25519": signature}
    return make_request(url, headers=headers, body=body)


def event(event_type: str, **payload: Any) -> dict[str, Any]:
    return {"data": {"event_type": event_type, "payload": {"id": "t-1"} | payload}}


def received(text: str) -> dict[str, Any]:
    sender, to = {"phone_number": "+18665550001"}, [{"phone_number": "+18445550001"}]
    return event("message.received", **{"from": sender, "to": to, "text": text})


def receipt_of(status: str, code: str = "") -> Receipt:
    errors = [{"code": code}] if code else []
    to = [{"phone_number": "+18665550001", "status": status}]
    finalized = event("message.finalized", to=to, errors=errors)
    (receipt,) = make_telnyx().read_receipt(signed(finalized))
    return receipt


# --- settings -----------------------------------------------------------------------------


def test_keys_and_a_sender_are_wanted() -> None:
    with pytest.raises(ValueError, match="api_key, public_key, messaging_profile_id or sender_id"):
        Telnyx(ProviderConfig("main", "telnyx"))


@pytest.mark.parametrize("key", ["%%%", "c2hvcnQ=", "é"])
def test_a_public_key_that_is_none_is_refused_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="public_key is not 32 bytes in base64"):
        make_telnyx(public_key=key)


# --- is it genuine? -----------------------------------------------------------------------


@pytest.mark.parametrize("age_s", [-300, 0, 300])
def test_five_minutes_between_the_clocks_are_borne(age_s: int) -> None:
    assert make_telnyx().read_inbound(signed(received("Moto"), age_s=age_s))


@pytest.mark.parametrize("age_s", [-301, 301, 10**8])
def test_an_old_request_is_not_believed_again(age_s: int) -> None:
    with pytest.raises(NotAuthentic):
        make_telnyx().read_inbound(signed(received("Moto"), age_s=age_s))


@pytest.mark.parametrize(
    "headers",
    [
        {"Telnyx-Timestamp": ""},
        {"Telnyx-Timestamp": "9" * 400},
        {"Telnyx-Timestamp": "١٢٣"},
        {"Telnyx-Signature-Ed25519": ""},
        {"Telnyx-Signature-Ed25519": "é"},
        {"Telnyx-Signature-Ed25519": "c2hvcnQ="},
    ],
)
def test_whatever_the_headers_hold_nothing_breaks(headers: dict[str, str]) -> None:
    good = signed(received("Moto"))
    request = make_request(URL, headers=dict(good.headers) | headers, body=good.body)
    for read in (make_telnyx().read_inbound, make_telnyx().read_receipt):
        with pytest.raises(NotAuthentic):
            read(request)


def test_another_key_or_body_is_not_believed() -> None:
    other = signed(received("Moto"), key=Ed25519PrivateKey.generate())
    good = signed(received("Moto"))
    changed = make_request(URL, headers=dict(good.headers), body=good.body + b" ")
    for request in (other, changed):
        with pytest.raises(NotAuthentic):
            make_telnyx().read_inbound(request)


# --- what does it say? --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "opt"),
    [
        ("STOP", "stop"),
        (" Stop  All ", "stop"),
        ("quit", "stop"),
        ("Unstop", "start"),
        ("STOP PLEASE", None),
        ("", None),
        ("HELP", None),
    ],
)
def test_what_telnyx_did_itself_is_told(text: str, opt: str | None) -> None:
    (sms,) = make_telnyx().read_inbound(signed(received(text)))
    assert (sms.opt, sms.text) == (opt, text)


@pytest.mark.parametrize(
    ("told", "text", "opt"),
    [
        ("STOP", "ACHA", "stop"),
        ("START", "NDIO", "start"),
        ("HELP", "MSAADA", "help"),
        (None, "STOP", "stop"),
        ("OTHER", "ACHA", None),
        ({}, "ACHA", None),
    ],
)
def test_a_word_of_the_profile_s_own_is_known_by_what_telnyx_says(
    told: Any, text: str, opt: str | None
) -> None:
    document = received(text)
    document["data"]["payload"]["autoresponse_type"] = told
    (sms,) = make_telnyx().read_inbound(signed(document))
    assert (sms.opt, sms.text) == (opt, text)


def test_each_door_passes_over_what_is_the_other_s() -> None:
    provider = make_telnyx()
    assert provider.read_receipt(signed(received("Moto"))) == []
    assert provider.read_inbound(signed(event("message.finalized"))) == []
    assert provider.read_inbound(signed({"data": {"event_type": "call.initiated"}})) == []


@pytest.mark.parametrize("document", [b"{", [], {}, {"data": {}}, event("message.received")])
def test_what_lacks_the_main_thing_is_unreadable(document: Any) -> None:
    with pytest.raises(Unreadable):
        make_telnyx().read_inbound(signed(document))


def test_a_receipt_without_an_id_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        make_telnyx().read_receipt(signed(event("message.sent", id=None)))
    assert make_telnyx().read_receipt(signed(event("message.sent", to=[]))) == []


@pytest.mark.parametrize(("status", "state"), Telnyx.STATES.items())
def test_every_documented_status_has_its_state(status: str, state: str | None) -> None:
    receipt = receipt_of(status)
    assert (receipt.state, receipt.reference) == (state, "d-1")


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_documented_code_of_a_receipt_has_its_meaning(code: str) -> None:
    receipt = receipt_of("delivery_failed", code)
    assert (receipt.state, receipt.error_code) == ("failed", code)
    assert receipt.opted_out == (code == "40300")
    assert receipt.bad_recipient == (code in HOPELESS)
    assert receipt.transient == (code in PASSING)


def test_a_stop_is_a_failure_whatever_the_status() -> None:
    assert receipt_of("queued", "40300").state == "failed"


# --- what goes out ------------------------------------------------------------------------


def test_a_message_leaves_with_its_profile_and_its_key(httpserver: HTTPServer) -> None:
    data = {"id": "t-1", "cost": {"amount": "0.0051", "currency": "USD"}}
    httpserver.expect_request("/v2/messages").respond_with_json({"data": data})
    provider = make_telnyx(httpserver.url_for("/"), messaging_profile_id="p-1")
    assert provider.send(make_sms(receipt_url=URL)) == Submission("t-1", 0.0051)
    ((request, _),) = httpserver.log
    assert request.headers["Idempotency-Key"] == "d-1"
    assert request.json == {
        "from": "+18445550001",
        "messaging_profile_id": "p-1",
        "to": "+254700000002",
        "text": "Flood: go uphill now",
        "webhook_url": URL,
    }


@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
def test_every_documented_code_of_a_refusal_has_its_meaning(
    code: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    found = {"errors": [{"code": code, "detail": "to +254700000002"}]}
    httpserver.expect_request("/v2/messages").respond_with_json(found, 400)
    with pytest.raises(SendError) as caught:
        make_telnyx(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), str(caught.value)) == (kind, code)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, {"data": {}}, HandoverUnknown, "no-id"),
        (200, {"data": {"id": [7]}}, HandoverUnknown, "no-id"),
        (200, [], HandoverUnknown, "unreadable-answer"),
        (422, {"errors": [{"code": "99999"}]}, Rejected, "99999"),
        (400, {"errors": [{"code": "to +254700000002"}]}, Rejected, "http-400"),
        (403, {"errors": "odd"}, Misconfigured, "http-403"),
        (403, "<html>blocked by your operator", ProviderDown, "http-403"),
        (500, "<html>", ProviderDown, "http-500"),
        (502, {"errors": []}, HandoverUnknown, "http-502"),
    ],
)
def test_other_answers_are_judged_by_status_and_speaker(
    status: int, body: Any, kind: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request("/v2/messages").respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_telnyx(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_throttling_passes_on_the_advice(httpserver: HTTPServer) -> None:
    found = {"errors": [{"code": "40318"}]}
    headers = {"Retry-After": "9"}
    httpserver.expect_request("/v2/messages").respond_with_json(found, 429, headers=headers)
    with pytest.raises(Throttled) as caught:
        make_telnyx(httpserver.url_for("")).send(make_sms())
    assert (caught.value.code, caught.value.retry_after_s) == ("40318", 9)


def test_a_text_that_is_too_long_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected, match="40302"):
        make_telnyx(nobody_there).send(make_sms(text="x" * 1531))


def test_the_balance_is_what_may_still_be_spent(httpserver: HTTPServer) -> None:
    data = {"available_credit": "90.5", "balance": "-9.5", "currency": "USD"}
    httpserver.expect_request("/v2/balance").respond_with_json({"data": data})
    assert make_telnyx(httpserver.url_for("")).balance() == Balance(90.5, "USD")


def test_a_balance_that_is_no_sum_is_not_believed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v2/balance").respond_with_json({"data": {"balance": "much"}})
    with pytest.raises(HandoverUnknown):
        make_telnyx(httpserver.url_for("")).balance()
