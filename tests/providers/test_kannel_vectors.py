"""What a Kannel really says, through the doors and the sender."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer

from .door import Door, opened, vectors
from .through import (
    STATES,
    check_inbound,
    check_kept,
    check_sent,
    company,
    describe,
    same_request,
)

DEVIATIONS = {
    "invalid-urn": "a sender who is no number is kept as a notice, not refused",
    "status-unknown": "66 is final: courier ignores it, and the vector recommends not to",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("kannel", sender_id="2020", username="u", password="p") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


def _describe(door: Door, vector: dict[str, Any], base_url: str = "") -> None:
    login = {"username": "Username", "password": "Password"}
    describe(door, "kannel", vector, base_url=base_url, options=login)


@pytest.mark.parametrize("vector", vectors("kannel.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    _describe(door, vector)
    answer = door.post(vector)
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)
    assert answer.status_code != 200 or answer.data == b""  # it would be sent to the phone


@pytest.mark.parametrize("vector", vectors("kannel.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    _describe(door, vector)
    answer = door.post(vector)
    assert answer.status_code == 200
    states = [receipt.state for receipt in door.receipts()]
    expect = vector["expect"]
    if "recommended_status" in expect:
        assert states == [expect["recommended_status"]]
    else:
        assert states == [STATES[one["status"]] for one in expect.get("statuses", ())]


@pytest.mark.parametrize("vector", vectors("kannel.json", "outbound"))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    seen = company(httpserver, vector)
    _describe(door, vector, base_url=httpserver.url_for(""))
    delivery = door.send(vector["message"]["to_number"], vector["message"]["text"])
    check_sent(door, vector, delivery)
    (made,) = seen
    wanted = dict(vector["request"]["query"])
    wanted.pop("priority", "")  # answers are not urgent; test_kannel has one that is
    text = wanted.pop("text")
    sent = dict(parse_qsl(made.query_string.decode(), encoding="latin-1"))
    if isinstance(text, dict):
        assert sent["text"].encode("latin-1").hex() == text["hex_utf16be"]
    else:
        assert sent["text"] == text
    receipt = f"https://alerts.example.org/sms/main/receipt?reference={delivery.reference}"
    ours = {"dlr-url": f"{receipt}&status=%d", "text": made.args["text"]}
    same_request(made, {"query": wanted}, **ours)
