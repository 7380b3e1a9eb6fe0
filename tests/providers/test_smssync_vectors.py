"""What SMSSync really posts, through the real doors; and its polls, asked of the provider."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gateway.providers.base import NotAuthentic, Outgoing, ProviderConfig
from gateway.providers.smssync import SmsSync

from .door import Door, opened, vectors
from .making import make_request

SECRET = "s3cr3t key"
DEVIATIONS = {
    "receive-with-reply": "a reply goes through the queue like any message, to the next poll: "
    "in the answer nobody would count it, pace it or know whether it left",
}
STATES = {"delivered": "delivered", "failed": "failed", "delivered_or_sent": "submitted"}
ALL = vectors("smssync.json")
POSTED = [one for one in ALL if one.values[0]["direction"] == "inbound"]
POLLS = [one for one in ALL if one.values[0]["direction"] != "inbound"]


@pytest.fixture(scope="module")
def opened_door() -> Iterator[Door]:
    with opened("smssync", "SO", secret=SECRET) as door:
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    opened_door.forget()
    return opened_door


@pytest.mark.parametrize("vector", POSTED)
def test_a_message_comes_through_the_door(vector: dict[str, Any], door: Door) -> None:
    expect, label = vector["expect"], vector["label"]
    for _ in range(vector.get("repeat", 1)):
        answer = door.post(vector)
        assert answer.status_code == expect.get("http_status", 403)
        if "json" in expect and label not in DEVIATIONS:
            assert answer.get_json() == expect["json"]
    messages = door.messages()
    if expect["outcome"] in ("auth_rejected", "rejected"):
        assert messages == []
        return
    (message,) = messages
    assert message.body == expect.get("text", message.body)
    assert message.provider_id == expect.get("external_id", message.provider_id)
    assert message.sender == expect.get("from", message.sender)


@pytest.mark.parametrize("vector", POLLS)
def test_a_poll_is_read_and_answered(vector: dict[str, Any]) -> None:
    made, expect = vector["request"], vector["expect"]
    provider = SmsSync(ProviderConfig("main", "smssync", options={"secret": SECRET}))
    request = make_request(
        f"https://alerts.example.org/sms/main/inbound?{made['query_string']}",
        parse_qsl(made.get("raw", "")) if "form" in made else (),
        method=made["method"],
        body=made.get("raw", "").encode(),
    )
    if expect.get("outcome") == "auth_rejected":
        with pytest.raises(NotAuthentic):
            provider.read_poll(request)
        return
    poll = provider.read_poll(request)
    assert poll is not None
    wanted = expect.get("json", {}).get("payload", {}).get("messages", ())
    given = [Outgoing(one["to"], one["message"], one["uuid"]) for one in wanted]
    answer = provider.answer_poll(poll, given)
    assert answer.status == expect["http_status"]
    assert json.loads(answer.body) == expect.get("json", json.loads(answer.body))
    for receipt, said in zip(poll.receipts, expect.get("statuses", ()), strict=True):
        assert receipt.reference == said["message_ref"]
        assert receipt.state == STATES[said["status"]]
        assert receipt.error_code == said.get("error_code")
        assert receipt.transient or not said.get("retryable")
