"""A phone with SMSSync: what it posts, how it polls, and what it tells of its sending."""

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings

from gateway.providers.base import (
    NotAuthentic,
    Poll,
    ProviderConfig,
    ProviderDown,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.smssync import FAILURES, SmsSync

from .contract import GARBAGE
from .making import make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
REFERENCE = "a" * 32


def make() -> SmsSync:
    return SmsSync(ProviderConfig("desk", "smssync", options={"secret": "hush"}))


def asked(method: str = "GET", body: object = None, **query: str) -> WebhookRequest:
    content = json.dumps(body).encode() if body is not None else b""
    return make_request(f"{URL}?{urlencode(query)}", method=method, body=content)


def told(**result: object) -> Any:
    body = {"message_result": [{"uuid": REFERENCE} | result]}
    poll = make().read_poll(asked("POST", body, task="result", secret="hush"))
    assert poll is not None
    (receipt,) = poll.receipts
    return receipt


def test_a_message_is_no_poll_and_a_poll_is_no_message() -> None:
    message = make_request(URL, {"from": "+252615550001", "message": "x", "secret": "hush"})
    assert make().read_poll(message) is None
    assert len(make().read_inbound(message)) == 1
    assert make().read_inbound(asked(task="send", secret="hush")) == []


def test_a_message_without_the_secret_is_refused() -> None:
    for secret in ("", "hush "):
        with pytest.raises(NotAuthentic):
            make().read_inbound(make_request(URL, {"from": "+252615550001", "secret": secret}))


@pytest.mark.parametrize("body", [b"", b"[]", b"<payload>", b"<html/>", b"{"])
def test_a_body_that_is_nothing_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        make().read_inbound(make_request(URL, body=body))


def test_an_xml_message_fetches_nothing_from_elsewhere() -> None:
    body = (
        b'<!DOCTYPE payload [<!ENTITY x SYSTEM "file:///etc/hostname">]><payload>'
        b"<from>+252615550001</from><message>a&x;b</message><secret>hush</secret></payload>"
    )
    with pytest.raises(Unreadable):
        make().read_inbound(make_request(URL, body=body))


def test_a_poll_is_given_messages_in_the_apps_own_words() -> None:
    provider = make()
    poll = provider.read_poll(asked(task="send", secret="hush"))
    assert poll is not None
    assert poll.most > 0
    answer = provider.answer_poll(poll, [make_sms(reference=REFERENCE)])
    assert (answer.status, json.loads(answer.body)) == (200, {"payload": {
        "task": "send",
        "secret": "hush",
        "messages": [
            {"to": "+254700000002", "message": "Flood: go uphill now", "uuid": REFERENCE}
        ],
    }})  # fmt: skip
    nothing = json.loads(provider.answer_poll(poll, []).body)
    assert nothing["payload"]["messages"] == []


@pytest.mark.parametrize("query", [{}, {"secret": ""}, {"secret": "hush2"}])
@pytest.mark.parametrize("task", ["send", "result"])
def test_a_poll_without_the_secret_is_refused(task: str, query: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        make().read_poll(asked(task=task, **query))


def test_what_the_phone_has_queued_is_said_back_to_it_and_its_result_awaited() -> None:
    provider = make()
    body = {"queued_messages": [REFERENCE, 7, "+252615550001"]}
    taken = provider.read_poll(asked("POST", body, task="sent"))  # the app sends no secret here
    assert taken == Poll(taken=(REFERENCE,))
    assert json.loads(provider.answer_poll(taken, []).body) == {"message_uuids": [REFERENCE]}

    asks = provider.read_poll(asked(task="result", secret="hush"))
    assert asks == Poll()
    assert json.loads(provider.answer_poll(asks, []).body) == {"message_uuids": [REFERENCE]}

    result = [{"uuid": REFERENCE, "sent_result_code": 1}]
    tells = provider.read_poll(
        asked("POST", {"message_result": result}, task="result", secret="hush")
    )
    assert tells is not None
    assert json.loads(provider.answer_poll(tells, []).body)["payload"]["success"] is True
    assert json.loads(provider.answer_poll(Poll(), []).body) == {"message_uuids": []}


def test_only_what_may_still_leave_is_said_back() -> None:
    assert json.loads(make().answer_poll(Poll(taken=("b",)), []).body) == {"message_uuids": ["b"]}


@pytest.mark.parametrize("code", FAILURES)
def test_every_code_of_android_fails_the_message(code: str) -> None:
    receipt = told(sent_result_code=int(code), delivered_result_code=-1)
    assert (receipt.state, receipt.error_code) == ("failed", code)
    assert (receipt.transient, receipt.reference) == (FAILURES[code], REFERENCE)


@pytest.mark.parametrize(
    ("sent", "delivered", "state"),
    [
        ("SMS sent", "SMS delivered", "delivered"),
        ("SMS sent", "SMS not delivered", "submitted"),
        ("SMS sent", "", "submitted"),
        ("", "", "submitted"),
        ("Failed to send SMS", "", "failed"),
        ("No service", "", "failed"),
    ],
)
def test_version_3_tells_by_sentences_since_its_codes_are_always_0(
    sent: str, delivered: str, state: str
) -> None:
    receipt = told(
        sent_result_code=0,
        delivered_result_code=0,
        sent_result_message=sent,
        delivered_result_message=delivered,
    )
    assert receipt.state == state


def test_results_posted_to_the_other_address_are_receipts_too() -> None:
    body = {"message_result": [{"uuid": REFERENCE}]}
    request = asked("POST", body, task="result", secret="hush")
    assert [one.reference for one in make().read_receipt(request)] == [REFERENCE]
    assert make().read_receipt(make_request(URL, {"from": "x"})) == []


@pytest.mark.parametrize(
    ("task", "body"),
    [
        ("sent", {}), ("sent", {"queued_messages": "x"}), ("result", {"message_result": "[" * 9}),
        ("result", {"message_result": 5}), ("reboot", {}),
    ],
)  # fmt: skip
def test_a_poll_that_tells_nothing_is_unreadable(task: str, body: object) -> None:
    with pytest.raises(Unreadable):
        make().read_poll(asked("POST", body, task=task, secret="hush"))


@given(request=GARBAGE)
@settings(max_examples=100, deadline=None)
def test_garbage_never_breaks_a_poll(request: WebhookRequest) -> None:
    provider = make()
    with contextlib.suppress(NotAuthentic, Unreadable):
        poll = provider.read_poll(request)
        if poll is not None:
            provider.answer_poll(poll, []).body.encode()


def test_nobody_can_call_the_phone() -> None:
    with pytest.raises(ProviderDown, match="waits-for-its-phone"):
        make().send(make_sms())
