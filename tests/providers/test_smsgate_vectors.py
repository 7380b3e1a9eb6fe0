"""What SMS Gateway for Android really posts, through the real doors."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from .door import Door, opened, vectors

DEVIATIONS: dict[str, str] = {}
STATES = {"sent": "submitted", "delivered": "delivered", "failed": "failed"}


@pytest.fixture(scope="module")
def opened_door() -> Iterator[Door]:
    options = {"username": "u", "password": "p", "signature_secret": "k3yk3yk3"}
    with opened("smsgate", "SO", **options) as door:
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    opened_door.forget()
    return opened_door


@pytest.mark.parametrize("vector", vectors("smsgate.json", "inbound", "status"))
def test_an_event_comes_through_the_door(vector: dict[str, Any], door: Door) -> None:
    expect = vector["expect"]
    door.now = datetime.fromtimestamp(vector["auth"]["now"], UTC)
    answers = {door.post(vector).status_code for _ in range(vector.get("repeat", 1))}
    assert answers == {expect["http_status"]}
    messages, receipts = door.messages(), door.receipts()
    if expect["outcome"] == "message":
        (message,) = messages
        assert (message.body, message.sender) == (expect["text"], expect["from"])
    else:
        assert messages == []
    said = [(one.provider_id, one.state, one.error_code) for one in receipts]
    told = expect.get("statuses", [])
    cancelled = "cancelled" if vector["label"] == "cancelled" else None
    assert said == [
        (one["external_id"], STATES[one["status"]], one.get("error", cancelled)) for one in told
    ]
