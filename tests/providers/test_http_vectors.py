"""What RapidPro's settings of local aggregators make of messages, through our `http`."""

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

NO_PICTURES = "we send no attachments"
NO_CUTTING = "courier cuts at max_length; we hand over whole texts and refuse what is too long"
NO_BUTTONS = "an SMS has no buttons to answer with"
SKIPPED = {
    "send-attachment": NO_PICTURES,
    "send-attachment-2": NO_PICTURES,
    "send-quick-replies": NO_BUTTONS,
    "send-quick-replies-2": NO_BUTTONS,
    "long-send": NO_CUTTING,
    "long-send-2": NO_CUTTING,
    "send-long-message-xml": NO_CUTTING,
}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "receive-invalid-date": "we read no date, so a bad one loses no message",
    "stopped-event-invalid-urn": "a sender who is no number is kept as a notice, not refused",
}
# Courier says the event in the path; ours say it in the query of the one address.
EVENTS = {"stopped": {"event": "stopped"}}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened(
        "http", "US", sender_id="2020", send_url="https://sms.example.org/{{to}}/{{text}}"
    ) as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


def _describe(door: Door, vector: dict[str, Any], base_url: str = "") -> None:
    config = vector["channel"]["config"]
    options = (
        {} if "send_url" in config else {"send_url": "https://sms.example.org/{{to}}/{{text}}"}
    )
    if "headers" in config:
        options["headers"] = "\n".join(
            f"{name}: {value}" for name, value in config["headers"].items()
        )
    describe(door, "http", vector, base_url=base_url, options=options)


@pytest.mark.parametrize("vector", vectors("external.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    _describe(door, vector)
    answer = door.post(vector, query=EVENTS.get(vector["request"]["path_suffix"]))
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)
    if answer.status_code == 200 and "mo_response" in vector["channel"]["config"]:
        assert answer.text == vector["expect"]["body_contains"]
        assert answer.content_type == "text/xml"


@pytest.mark.parametrize("vector", vectors("external.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    _describe(door, vector)
    answer = door.post(vector, query={"status": vector["request"]["path_suffix"]})
    if vector["expect"]["outcome"] == "not_found":  # courier knows no such path
        assert answer.status_code == 400
    else:
        check_receipt(door, vector, answer)


@pytest.mark.parametrize("vector", vectors("external.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    seen = company(httpserver, vector)
    _describe(door, vector, base_url=httpserver.url_for(""))
    check_sent(door, vector, door.send(vector["message"]["to_number"], vector["message"]["text"]))
    (made,) = seen
    assert made.method == vector["channel"]["config"]["method"]
    wanted = dict(vector["request"])
    if made.method == "GET":
        del wanted["headers"]  # courier names the type of a body that is not there
    same_request(made, wanted)
    for name, value in vector["channel"]["config"].get("headers", {}).items():
        assert made.headers[name] == value


def test_a_text_over_max_length_is_refused_rather_than_cut(door: Door) -> None:
    vector = next(
        one.values[0] for one in vectors("external.json", "outbound") if "long-send" in str(one.id)
    )
    _describe(door, vector)
    delivery = door.send(vector["message"]["to_number"], vector["message"]["text"])
    assert (delivery.state, delivery.error_code) == ("failed", "too-long")
