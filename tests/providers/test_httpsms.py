"""A phone with httpSMS: what it posts, what it is asked, and what it fails at."""

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
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.httpsms import FAILURES, HttpSms

from .making import NOW, make_request, make_sms
from .test_httpsms_vectors import token

KEY = "signing-key-123"
URL = "https://alerts.example.org/sms/main/inbound"
OWNER = "+252615559999"
RECEIVED = {
    "id": "e-1",
    "type": "message.phone.received",
    "data": {
        "message_id": "m-1",
        "owner": OWNER,
        "contact": "+252615550001",
        "content": "Daad ayaa jira",
        "encrypted": False,
    },
}


def make(base_url: str = "", sender_id: str = OWNER, **options: str) -> HttpSms:
    given = {"api_key": "k", "signature_secret": KEY} | options
    return HttpSms(ProviderConfig("desk", "httpsms", sender_id, base_url, 1.0, given))


def posted(event: object, key: str = KEY, **changes: Any) -> WebhookRequest:
    now = NOW.timestamp()
    claims = {"iss": "api.httpsms.com", "aud": [URL], "nbf": now - 600, "exp": now + 600}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    headers = {"Authorization": f"Bearer {token(claims, key)}"}
    return make_request(URL, headers=headers, body=json.dumps(event).encode())


def happened(kind: str, **data: object) -> WebhookRequest:
    return posted({"id": "e-2", "type": kind, "data": {"id": "m-2", "request_id": "d-1"} | data})


def test_a_message_is_read_and_its_missing_facts_are_named() -> None:
    (sms,) = make().read_inbound(posted(RECEIVED))
    assert (sms.provider_id, sms.sender, sms.recipient) == ("m-1", "+252615550001", OWNER)
    assert make().read_receipt(posted(RECEIVED)) == []
    with pytest.raises(Unreadable, match="contact"):
        make().read_inbound(posted(RECEIVED | {"data": {"message_id": "m-1"}}))


@pytest.mark.parametrize(
    "change",
    [
        {"aud": ["https://alerts.example.org/sms/other/inbound"]},
        {"aud": None},
        {"iss": "someone"},
        {"iss": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": NOW.timestamp() - 1},
        {"nbf": NOW.timestamp() + 1},
        {"key": "another"},
    ],
)
def test_a_token_that_is_not_for_us_or_not_for_now_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic):
        make().read_inbound(posted(RECEIVED, **change))


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer a.b.c", "Basic dTpw", "Bearer \ud800.x.y"])
def test_no_token_at_all_is_refused(said: str) -> None:
    with pytest.raises(NotAuthentic):
        make().read_receipt(make_request(URL, headers={"Authorization": said}, body=b"{}"))


@pytest.mark.parametrize(("kind", "state"), HttpSms.STATES.items())
def test_every_event_has_its_state_or_says_nothing_of_ours(kind: str, state: str | None) -> None:
    receipts = make().read_receipt(happened(kind))
    assert [one.state for one in receipts] == ([state] if state else [])
    assert all(one.reference == "d-1" for one in receipts)


def test_a_message_that_its_server_tries_once_more_has_not_failed() -> None:
    (receipt,) = make().read_receipt(happened("message.send.expired", is_final=False))
    assert receipt.state == "submitted"
    (receipt,) = make().read_receipt(happened("message.send.expired", is_final=True))
    assert (receipt.state, receipt.error_code, receipt.transient) == ("failed", "EXPIRED", True)


@pytest.mark.parametrize("word", [word for word in FAILURES if word not in ("EXPIRED", "OTHER")])
def test_every_failure_of_the_app_is_told_with_whether_it_passes(word: str) -> None:
    (receipt,) = make().read_receipt(happened("message.send.failed", error_message=word))
    assert (receipt.error_code, receipt.transient) == (word, FAILURES[word])


def test_a_sentence_that_may_quote_a_number_is_not_kept() -> None:
    said = "cannot send to +252615550001"
    (receipt,) = make().read_receipt(happened("message.send.failed", error_message=said))
    assert receipt.error_code == "OTHER"


def test_a_receipt_of_nothing_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        make().read_receipt(happened("message.phone.sent", id=None, request_id=None))


def test_a_message_goes_out_from_the_phone_with_our_reference(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/v1/messages/send",
        method="POST",
        headers={"x-api-key": "k"},
        json={
            "from": OWNER,
            "to": "+254700000002",
            "content": "Flood: go uphill now",
            "request_id": "d-1",
        },
    ).respond_with_json({"status": "success", "data": {"id": "m-7"}})
    assert make(httpserver.url_for("/v1")).send(make_sms()).provider_id == "m-7"


def test_a_look_up_finds_our_reference_among_the_latest(httpserver: HTTPServer) -> None:
    query = {"owner": OWNER, "contact": "+254700000002", "limit": "20"}
    found = [{"id": "m-8", "request_id": None}, {"id": "m-7", "request_id": "d-1"}]
    httpserver.expect_request("/messages", query_string=query).respond_with_json(
        {"status": "success", "data": found}
    )
    provider = make(httpserver.url_for(""))
    taken = provider.look_up(make_sms(), NOW)
    assert taken is not None
    assert taken.provider_id == "m-7"
    assert provider.look_up(make_sms(reference="d-2"), NOW) is None


@pytest.mark.parametrize(("age_min", "is_sure"), [(0, False), (6, True)])
def test_a_full_page_settles_nothing_unless_it_reaches_back_far_enough(
    httpserver: HTTPServer, age_min: int, is_sure: bool
) -> None:
    made = (NOW - timedelta(minutes=age_min)).isoformat()
    page = [{"id": f"m-{n}", "request_id": f"x-{n}", "created_at": made} for n in range(20)]
    httpserver.expect_request("/messages").respond_with_json({"data": page})
    provider = make(httpserver.url_for(""))
    if is_sure:
        assert provider.look_up(make_sms(), NOW) is None
    else:
        with pytest.raises(HandoverUnknown):
            provider.look_up(make_sms(), NOW)


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (422, {"to": ["must be a valid E.164 phone number"]}, BadRecipient),
        (422, {"from": ["no phone found"]}, Misconfigured),
        (422, {"content": ["too long"]}, Rejected),
        (422, {"limit": ["?"]}, Rejected),
        (400, None, Rejected),
        (401, "Make sure your API key is set", Misconfigured),
        (402, None, Misconfigured),
        (404, None, Misconfigured),
        (429, None, Throttled),
        (500, None, HandoverUnknown),
        (503, None, ProviderDown),
    ],
)
def test_each_refusal_is_told_as_what_it_is(
    httpserver: HTTPServer, status: int, data: object, kind: type[SendError]
) -> None:
    answer = {"status": "error", "message": "no", "data": data}
    httpserver.expect_request("/messages/send").respond_with_json(answer, status)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert type(caught.value) is kind


@pytest.mark.parametrize("text", ["", "x" * 2049])
def test_a_text_that_it_cannot_take_is_rejected_before_it_leaves(text: str) -> None:
    with pytest.raises(Rejected, match="text-length"):
        make("http://127.0.0.1:9").send(make_sms(text=text))


def test_settings_that_lack_something_name_all_of_it() -> None:
    with pytest.raises(ValueError, match="api_key, signature_secret or secret, sender_id"):
        make(sender_id="", api_key="", signature_secret="")
