"""What a Jasmin really says, through the doors and the sender."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .door import Door, opened, vectors
from .through import (
    check_inbound,
    check_kept,
    check_receipt,
    check_sent,
    company,
    describe,
    same_request,
)

DEVIATIONS = {
    "invalid-urn/documented-case": "a sender who is no number is kept as a notice, not refused",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("jasmin", sender_id="2020", username="u", password="p") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


@pytest.mark.parametrize("vector", vectors("jasmin.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if any(vector["name"].endswith(end) for end in DEVIATIONS):
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)
    assert answer.status_code != 200 or answer.text == "ACK/Jasmin"


@pytest.mark.parametrize("vector", vectors("jasmin.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    check_receipt(door, vector, answer)
    assert answer.status_code != 200 or answer.text == "ACK/Jasmin"


@pytest.mark.parametrize("vector", vectors("jasmin.json", "outbound"))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    seen = company(httpserver, vector)
    describe(door, "jasmin", vector, base_url=httpserver.url_for(""))
    delivery = door.send(vector["message"]["to_number"], vector["message"]["text"])
    check_sent(door, vector, delivery)
    (made,) = seen
    receipt = f"https://alerts.example.org/sms/main/receipt?reference={delivery.reference}"
    same_request(made, vector["request"], **{"dlr-url": receipt})
