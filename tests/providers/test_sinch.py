"""Sinch: what its vectors leave out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
)
from gateway.providers.sinch import CODES, REFUSALS, Sinch

from .making import NOW, make_request, make_sms
from .proofs import sinch

KEY = "shh"
URL = "https://alerts.example.org/sms/main/inbound"
RECEIPT_URL = "https://alerts.example.org/sms/main/receipt?reference=d1"
BATCHES = "/xms/v1/p1/batches"
MESSAGE = {"type": "mo_text", "id": "m1", "from": "254700000001", "to": "2020", "body": "Mto"}
REPORT = {"type": "recipient_delivery_report_sms", "batch_id": "b1", "status": "Delivered"}


def make_sinch(base_url: str = "", **options: str) -> Sinch:
    given = {"service_plan_id": "p1", "auth_token": "t", "signature_secret": KEY} | options
    config = ProviderConfig("main", "sinch", "+15005550006", base_url, 2.0, options=given)
    return Sinch(config, clock=lambda: NOW)


def signed(document: Any, url: str = URL, key: str = KEY, **changes: str) -> Any:
    body = json.dumps(document).encode()
    return make_request(url, body=body, headers=sinch(body, key) | changes)


def receipts(url: str = URL, **changes: Any) -> Any:
    return make_sinch().read_receipt(signed(REPORT | changes, url))


def test_missing_options_are_all_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"service_plan_id, auth_token, sender_id"):
        Sinch(ProviderConfig("main", "sinch"))
    with pytest.raises(ValueError, match="region"):
        make_sinch(region="eu.evil.example/")


# --- who made this webhook? ---------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Sinch-Webhook-Signature": ""},
        {"X-Sinch-Webhook-Signature": "é"},
        {"X-Sinch-Webhook-Signature-Nonce": "2"},
        {"X-Sinch-Webhook-Signature-Nonce": ""},
        {"X-Sinch-Webhook-Signature-Timestamp": "1634579354"},
        {"X-Sinch-Webhook-Signature-Algorithm": "HmacMD5"},
    ],
)
def test_a_webhook_whose_proof_was_changed_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        make_sinch().read_inbound(signed(MESSAGE, **headers))


def test_another_key_and_a_changed_body_are_refused() -> None:
    with pytest.raises(NotAuthentic):
        make_sinch().read_inbound(signed(MESSAGE, key="other"))
    good = signed(MESSAGE)
    with pytest.raises(NotAuthentic):
        make_sinch().read_inbound(make_request(URL, body=b"{}", headers=good.headers))


def test_without_a_key_a_webhook_is_believed_by_the_secret_of_its_address() -> None:
    provider = make_sinch(signature_secret="", webhook_secret="hush")
    body = json.dumps(MESSAGE).encode()
    with pytest.raises(NotAuthentic):
        provider.read_inbound(make_request(URL, body=body))
    assert provider.read_inbound(make_request(f"{URL}?key=hush", body=body))
    assert make_sinch(signature_secret="").read_inbound(make_request(URL, body=body))


# --- one address for both -----------------------------------------------------------------


def test_each_reading_passes_over_what_the_other_reads() -> None:
    provider = make_sinch()
    assert provider.ONE_DOOR
    assert provider.read_receipt(signed(MESSAGE)) == []
    assert provider.read_inbound(signed(REPORT)) == []
    assert provider.read_inbound(signed({"type": "something_new"})) == []
    with pytest.raises(Unreadable, match="type is missing"):
        provider.read_inbound(signed({}))


@pytest.mark.parametrize(
    ("changes", "text", "media"),
    [
        ({}, "Mto", 0),
        ({"body": ""}, "", 0),
        ({"type": "mo_binary", "body": "AAEC", "udh": "06"}, "", 1),
        ({"type": "mo_media", "body": {"message": "Ona", "media": [{}, {}]}}, "Ona", 2),
        ({"type": "mo_media", "body": {"subject": "x"}}, "", 1),
    ],
)
def test_every_kind_of_message_is_read(changes: dict[str, Any], text: str, media: int) -> None:
    (sms,) = make_sinch().read_inbound(signed(MESSAGE | changes))
    assert (sms.provider_id, sms.sender, sms.recipient) == ("m1", "+254700000001", "2020")
    assert (sms.text, sms.media) == (text, media)


@pytest.mark.parametrize("name", ["id", "from"])
def test_a_message_without_what_makes_it_one_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable, match=f"{name} is missing"):
        make_sinch().read_inbound(signed(MESSAGE | {name: None}))


# --- what became of ours? -----------------------------------------------------------------


@pytest.mark.parametrize(("status", "state"), Sinch.STATES.items())
def test_every_status_has_its_state(status: str, state: str | None) -> None:
    (found,) = receipts(status=status.capitalize())
    assert (found.state, found.provider_id) == (state, "b1")


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_told_apart(code: str) -> None:
    (found,) = receipts(status="Aborted", code=int(code))
    assert (found.error_code, found.transient) == (code, CODES[code][1])
    (well,) = receipts(status="Delivered", code=int(code))
    assert (well.error_code, well.transient) == (None, False)


def test_a_receipt_carries_our_reference_from_its_body_or_address() -> None:
    assert receipts(client_reference="d2", url=RECEIPT_URL)[0].reference == "d2"
    assert receipts(url=RECEIPT_URL)[0].reference == "d1"
    with pytest.raises(Unreadable, match="batch_id"):
        receipts(batch_id=None)


def test_a_summary_is_read_status_by_status() -> None:
    summary = {
        "type": "delivery_report_sms",
        "batch_id": "b1",
        "client_reference": "d1",
        "statuses": [{"code": 0, "count": 1, "status": "Delivered"}, "odd", {"code": 1}],
        "total_message_count": 1,
    }
    (found,) = make_sinch().read_receipt(signed(summary))
    assert (found.state, found.reference, found.error_code) == ("delivered", "d1", None)


# --- handing over -------------------------------------------------------------------------


def test_a_message_leaves_as_a_batch_of_its_own(httpserver: HTTPServer) -> None:
    httpserver.expect_request(BATCHES, method="POST").respond_with_json({"id": "b1"}, 201)
    sms = make_sms(receipt_url=RECEIPT_URL, expires_at=NOW + timedelta(minutes=30))
    assert make_sinch(httpserver.url_for("")).send(sms) == Submission("b1")
    ((request, _),) = httpserver.log
    assert request.headers["Authorization"] == "Bearer t"
    assert request.get_json() == {
        "from": "15005550006",
        "to": ["254700000002"],
        "body": "Flood: go uphill now",
        "client_reference": "d-1",
        "delivery_report": "per_recipient",
        "callback_url": RECEIPT_URL,
        "expire_at": "2026-11-20T06:30:00.000Z",
    }


def test_an_address_that_nobody_signs_carries_its_secret(httpserver: HTTPServer) -> None:
    httpserver.expect_request(BATCHES).respond_with_json({"id": "b1"}, 201)
    provider = make_sinch(httpserver.url_for(""), signature_secret="", webhook_secret="hush")
    provider.send(make_sms(receipt_url=RECEIPT_URL))
    assert httpserver.log[0][0].get_json()["callback_url"] == f"{RECEIPT_URL}&key=hush"


def test_a_text_beyond_the_limit_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected):
        make_sinch(nobody_there).send(make_sms(text="x" * 2001))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        *((400, {"code": code, "text": "no"}, kind) for code, kind in REFUSALS.items()),
        (
            400,
            {
                "code": "syntax_invalid_parameter_format",
                "text": "Invalid parameter 'to': 254700000002",
            },
            BadRecipient,
        ),
        (401, {}, Misconfigured),
        (403, {"code": "new_code"}, Misconfigured),
        (400, {"code": "Call +254700000002"}, Rejected),
        (429, {"code": "forbidden"}, Throttled),
        (500, {"code": "forbidden"}, ProviderDown),
        (503, {}, ProviderDown),
        (504, {}, HandoverUnknown),
        (201, {"id": ""}, HandoverUnknown),
    ],
)
def test_every_refusal_is_told_apart(
    status: int, body: Any, kind: type[SendError], httpserver: HTTPServer
) -> None:
    httpserver.expect_request(BATCHES).respond_with_json(body, status)
    with pytest.raises(SendError) as caught:
        make_sinch(httpserver.url_for("")).send(make_sms())
    assert type(caught.value) is kind
    assert "2547" not in caught.value.code


# --- asking -------------------------------------------------------------------------------


def look_up(httpserver: HTTPServer, *batches: Any) -> Any:
    httpserver.expect_request(BATCHES, method="GET").respond_with_json(
        {"count": len(batches), "page": 0, "page_size": 30, "batches": list(batches)}
    )
    return make_sinch(httpserver.url_for("")).look_up(make_sms(), NOW)


def test_a_batch_is_found_by_our_reference(httpserver: HTTPServer) -> None:
    assert look_up(httpserver, {"id": "b1", "client_reference": "d-1"}) == Submission("b1")
    args = httpserver.log[0][0].args
    assert (args["client_reference"], args["start_date"]) == ("d-1", "2026-11-20T05:55:00.000Z")


def test_no_batch_means_that_it_was_never_taken(httpserver: HTTPServer) -> None:
    assert look_up(httpserver) is None


def test_an_answer_that_was_not_filtered_leaves_the_doubt(httpserver: HTTPServer) -> None:
    with pytest.raises(HandoverUnknown):
        look_up(httpserver, {"id": "b1", "client_reference": "other"})
