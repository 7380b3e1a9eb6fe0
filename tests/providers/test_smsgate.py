"""A phone with SMS Gateway for Android: what it posts, what it is asked, and what it fails at."""

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

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
from gateway.providers.smsgate import FAILURES, SmsGate

from .making import NOW, make_request, make_sms

KEY = "k3yk3yk3"
EVENT = {
    "id": "Ey6ECgOkVVFjz3CL48B8C",
    "event": "sms:received",
    "payload": {
        "messageId": "a1b2c3d4",
        "sender": "+252615550001",
        "recipient": None,
        "message": "Daad ayaa jira",
    },
}


def make(base_url: str = "", **options: str) -> SmsGate:
    given = {"username": "u", "password": "p", "signature_secret": KEY} | options
    config = ProviderConfig("desk", "smsgate", "", base_url, 1.0, given)
    return SmsGate(config, clock=lambda: NOW)


def posted(
    event: object, at: datetime = NOW, stamp: str = "", signed_with: str = KEY
) -> WebhookRequest:
    body, stamp = json.dumps(event).encode(), stamp or str(int(at.timestamp()))
    signature = hmac.new(signed_with.encode(), body + stamp.encode(), "sha256").hexdigest()
    headers = {"X-Signature": signature, "X-Timestamp": stamp}
    return make_request(headers=headers, body=body)


def happened(kind: str, **payload: object) -> WebhookRequest:
    facts = {"messageId": "d-1", "recipient": "+252615550001"} | payload
    return posted({"id": "e-1", "event": kind, "payload": facts})


def test_a_message_is_named_by_its_event_since_message_ids_repeat() -> None:
    (sms,) = make().read_inbound(posted(EVENT))
    assert (sms.provider_id, sms.sender, sms.text) == (
        "Ey6ECgOkVVFjz3CL48B8C", "+252615550001", "Daad ayaa jira",
    )  # fmt: skip
    assert make().read_receipt(posted(EVENT)) == []


def test_an_old_app_names_the_sender_phone_number() -> None:
    event = EVENT | {"payload": {"phoneNumber": "6505551212", "message": "x"}}
    assert make().read_inbound(posted(event))[0].sender == "6505551212"


def test_an_mms_is_kept_with_its_words_and_the_count_of_its_files() -> None:
    facts = {"sender": "+252615550001", "body": "sawir", "attachments": [{}, {}]}
    (sms,) = make().read_inbound(posted(EVENT | {"event": "mms:downloaded", "payload": facts}))
    assert (sms.text, sms.media) == ("sawir", 2)
    facts = {"sender": "+252615550001", "subject": None}
    (sms,) = make().read_inbound(posted(EVENT | {"event": "mms:received", "payload": facts}))
    assert (sms.text, sms.media) == ("", 1)


def test_a_batch_is_kept_message_by_message_whatever_is_broken_in_it() -> None:
    facts = [
        {"messageId": "1f", "sender": "+252615550004", "message": "Biyo"},
        {"messageId": "1f", "message": "of nobody"},
        "no message",
        {"messageId": "1f", "phoneNumber": "0615550005", "message": "Daad"},
    ]
    batch = {"id": "e-9", "event": "sms:batch:received", "payload": {"messages": facts}}
    read = [(sms.provider_id, sms.sender, sms.text) for sms in make().read_inbound(posted(batch))]
    assert read == [("e-9:1", "+252615550004", "Biyo"), ("e-9:4", "0615550005", "Daad")]
    assert make().read_receipt(posted(batch)) == []


@pytest.mark.parametrize(("kind", "text"), [("downloaded", "sawir"), ("received", "")])
def test_a_batch_of_mms_is_kept_too(kind: str, text: str) -> None:
    facts = {"sender": "+252615550004", "body": "sawir", "attachments": [{}]}
    batch = {"id": "e-9", "event": f"mms:batch:{kind}", "payload": {"messages": [facts]}}
    (sms,) = make().read_inbound(posted(batch))
    assert (sms.text, sms.media) == (text, 1)


@pytest.mark.parametrize("payload", [{}, {"messages": None}, {"messages": [{"message": "x"}]}])
def test_a_batch_without_a_message_that_can_be_read_is_asked_for_again(payload: object) -> None:
    with pytest.raises(Unreadable):
        make().read_inbound(
            posted({"id": "e-9", "event": "sms:batch:received", "payload": payload})
        )


def test_an_empty_batch_is_none_to_keep() -> None:
    empty = {"id": "e-9", "event": "sms:batch:received", "payload": {"messages": []}}
    assert make().read_inbound(posted(empty)) == []


@pytest.mark.parametrize(
    "kind",
    ["sms:data-received", "sms:batch:data-received", "system:ping", "app:started", "", "new"],
)
def test_other_events_are_neither_message_nor_receipt(kind: str) -> None:
    assert make().read_inbound(happened(kind)) == []
    assert make().read_receipt(happened(kind)) == []


@pytest.mark.parametrize("late_s", [-301, 301])
def test_a_signature_of_another_time_is_refused(late_s: int) -> None:
    with pytest.raises(NotAuthentic):
        make().read_inbound(posted(EVENT, NOW + timedelta(seconds=late_s)))
    assert make(tolerance_s="600").read_inbound(posted(EVENT, NOW + timedelta(seconds=late_s)))


@pytest.mark.parametrize("stamp", ["-5", "1e9", "٣٣٣", "9" * 40])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(NotAuthentic):
        make().read_inbound(posted(EVENT, stamp=stamp))


def test_the_key_may_be_called_the_secret() -> None:
    assert make(signature_secret="", secret=KEY).read_inbound(posted(EVENT))


def test_another_key_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        make().read_receipt(posted(EVENT, signed_with="another"))


@pytest.mark.parametrize("event", [[], {"id": "x", "event": "sms:received"}, {**EVENT, "id": ""}])
def test_an_event_without_its_facts_is_unreadable(event: object) -> None:
    with pytest.raises(Unreadable):
        make().read_inbound(posted(event))


def test_a_receipt_without_a_message_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        make().read_receipt(happened("sms:sent", messageId=None))


@pytest.mark.parametrize(("kind", "state"), SmsGate.STATES.items())
def test_every_event_of_a_message_has_its_state(kind: str, state: str) -> None:
    (receipt,) = make().read_receipt(happened(kind))
    assert (receipt.provider_id, receipt.reference) == ("d-1", "d-1")
    assert receipt.state == state


@pytest.mark.parametrize("code", [code for code in FAILURES if code.startswith("RESULT_")])
def test_every_result_of_android_is_told_with_whether_it_passes(code: str) -> None:
    (receipt,) = make().read_receipt(happened("sms:failed", reason=f"Send result: {code}"))
    assert (receipt.error_code, receipt.transient) == (code, FAILURES[code])


@pytest.mark.parametrize(
    ("reason", "code", "transient", "bad"),
    [
        ("TTL expired", "expired", False, False),
        ("Can't send message: No SIMs found", "no-sim", True, False),
        ("Can't send message: Invalid phone number +252615550001", "bad-number", False, True),
        ("Delivery result from SC +252610000000: 65", "tp-status-65", False, False),
        ("Delivery result from SC +252610000000: 97", "tp-status-97", True, False),
        ("Send result: RESULT_NEW_IN_ANDROID_20", "RESULT_NEW_IN_ANDROID_", False, False),
        ("Something about +252615550001", "other", False, False),
        (None, "other", False, False),
    ],
)
def test_a_sentence_becomes_a_code_that_quotes_no_number(
    reason: str | None, code: str, transient: bool, bad: bool
) -> None:
    (receipt,) = make().read_receipt(happened("sms:failed", reason=reason))
    assert (receipt.error_code, receipt.transient, receipt.bad_recipient) == (code, transient, bad)


def test_a_warning_goes_out_with_our_reference_before_the_phone_s_own_limits(
    httpserver: HTTPServer,
) -> None:
    seen: list[Request] = []
    httpserver.expect_request(re.compile(".*")).respond_with_handler(
        lambda request: _seen(seen, request, 202, {"id": "d-1", "state": "Pending"})
    )
    provider = make(httpserver.url_for("/3rdparty/v1/"), device_id="dev", sim_number="2")
    expires = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert provider.send(make_sms(urgent=True, expires_at=expires)).provider_id == "d-1"
    (request,) = seen
    assert (request.method, request.path) == ("POST", "/3rdparty/v1/messages")
    assert request.authorization is not None
    assert request.authorization.username == "u"
    assert request.get_json() == {
        "id": "d-1",
        "textMessage": {"text": "Flood: go uphill now"},
        "phoneNumbers": ["+254700000002"],
        "withDeliveryReport": True,
        "priority": 100,
        "validUntil": "2026-11-20T07:00:00.000+00:00",
        "deviceId": "dev",
        "simNumber": 2,
    }


def test_what_the_phone_has_already_is_not_sent_twice(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/messages").respond_with_json({"message": "duplicate id"}, 409)
    assert make(httpserver.url_for("")).send(make_sms()).provider_id == "d-1"


def test_a_look_up_finds_it_by_our_reference_or_knows_that_it_is_not_there(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/messages/d-1").respond_with_json({"id": "d-1", "state": "Sent"})
    httpserver.expect_request("/messages/d-2").respond_with_data("", 404)
    provider = make(httpserver.url_for(""))
    found = provider.look_up(make_sms(), NOW)
    assert found is not None
    assert found.provider_id == "d-1"
    assert provider.look_up(make_sms(reference="d-2"), NOW) is None


@pytest.mark.parametrize(
    ("status", "sentence", "kind"),
    [
        (400, "invalid phone number in row 1", BadRecipient),
        (400, "failed to select device: not found", Misconfigured),
        (400, "message already expired", Rejected),
        (401, "Unauthorized", Misconfigured),
        (403, "Forbidden", Misconfigured),
        (404, "Not found", Misconfigured),
        (429, "Too many requests", Throttled),
        (500, "failed to handle request", HandoverUnknown),
        (503, "queue limits exceeded: too many pending messages", ProviderDown),
    ],
)
def test_each_refusal_is_told_as_what_it_is(
    httpserver: HTTPServer, status: int, sentence: str, kind: type[SendError]
) -> None:
    httpserver.expect_request("/messages").respond_with_json({"message": sentence}, status)
    with pytest.raises(kind) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert isinstance(caught.value, kind)
    assert (type(caught.value) is HandoverUnknown) == (kind is HandoverUnknown)


@pytest.mark.parametrize("text", ["", "x" * 65_536])
def test_a_text_that_the_phone_cannot_take_is_rejected_before_it_leaves(text: str) -> None:
    with pytest.raises(Rejected, match="text-length"):
        make("http://127.0.0.1:9").send(make_sms(text=text))


@pytest.mark.parametrize(
    "options",
    [{"signature_secret": ""}, {"username": ""}, {"sim_number": "4"}, {"tolerance_s": "soon"}],
)
def test_settings_that_cannot_work_are_named(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        make(**options)


def _seen(seen: list[Request], request: Request, status: int, said: Any) -> Response:
    request.get_data(cache=True)
    seen.append(request)
    return Response(json.dumps(said), status, content_type="application/json")
