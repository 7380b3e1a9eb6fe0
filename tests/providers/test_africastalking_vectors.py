"""Requests that Africa's Talking really makes and answers that it gives, by the real doors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .door import Door, opened, vectors
from .outcomes import handed_over

SKIPPED = {"send-attachment": "we send no attachments"}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "invalid-date": "courier answers 400 for a date it cannot read; we lose no message for that",
    "status-invalid": "courier answers 400; an unknown word is kept, with no state",
}
STATES = {"sent": "submitted", "delivered": "delivered", "failed": "failed"}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("africastalking", username="Username", api_key="KEY") as opened_door:
        yield opened_door


@pytest.fixture(autouse=True)
def _empty(door: Door) -> None:
    door.forget()


def _deviates(vector: dict[str, Any]) -> bool:
    return vector["name"].rpartition("/")[2] in DEVIATIONS


@pytest.mark.parametrize("vector", vectors("africastalking.json", "inbound"))
def test_an_inbound_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer, expect = door.post(vector), vector["expect"]
    assert answer.status_code == 200
    (kept,) = door.messages()
    if expect["outcome"] == "stop":
        (event,) = expect["events"]
        assert kept.sender == event["urn"].removeprefix("tel:")
        assert kept.opt == "stop"
        assert door.subscriber(kept.sender).state == "stopped"
        return
    form = vector["request"]["form"]
    assert kept.provider_id == expect.get("external_id", form["id"])
    assert kept.sender == expect.get("from", form["from"])
    assert kept.body == expect.get("text", form["text"])


@pytest.mark.parametrize("vector", vectors("africastalking.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer, expect = door.post(vector), vector["expect"]
    if _deviates(vector):
        assert answer.status_code == 200
        (kept,) = door.receipts()
        assert kept.state is None
        return
    assert answer.status_code == expect["http_status"]
    if expect["outcome"] == "rejected":
        assert door.receipts() == []
        return
    (kept,) = door.receipts()
    (told,) = expect["statuses"]
    assert (kept.provider_id, kept.state) == (told["external_id"], STATES[told["status"]])
    assert kept.error_code == told.get("error")
    assert kept.opted_out == (expect["outcome"] == "status+stop")


@pytest.mark.parametrize("vector", vectors("africastalking.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], httpserver: HTTPServer, doors: Callable[..., Door]
) -> None:
    request, _ = handed_over(vector, httpserver, doors, "africastalking")
    ours = {"bulkSMSMode": "1", "enqueue": "1"}
    assert request.form.to_dict() == vector["request"].get("form", {}) | ours
