"""Requests that Infobip really makes and answers that it really gives, through the real doors."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from .door import Door, answers, opened, vectors

SKIPPED = {"send-mms-with-attachment": "we send no attachments"}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "receive-missing-text-key": "courier ignores an empty text; its words stand in cleanText",
    "invalid-urn": "courier answers 400; an operator's notice is kept, so that none comes again",
    "status-expired": "courier says sent; the vector recommends failed",
    "status-group-name-unexpected": "courier answers 400; an unknown word is kept, with no state",
}
STATES = {"sent": "submitted", "delivered": "delivered", "failed": "failed"}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("infobip", country="US", api_key="KEY") as opened_door:
        yield opened_door


@pytest.fixture(autouse=True)
def _empty(door: Door) -> None:
    door.forget()


def _deviates(vector: dict[str, Any]) -> bool:
    return vector["name"].rpartition("/")[2] in DEVIATIONS


@pytest.mark.parametrize("vector", vectors("infobip.json", "inbound"))
def test_an_inbound_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer, expect = door.post(vector), vector["expect"]
    assert answer.status_code == 200
    (sent,) = vector["request"]["json"]["results"]
    (kept,) = door.messages()
    assert kept.provider_id == expect.get("external_id", sent["messageId"])
    assert kept.sender == expect.get("from") or _deviates(vector)
    assert kept.body == expect.get("text", sent["text"] or sent["cleanText"])


@pytest.mark.parametrize("vector", vectors("infobip.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer, expect = door.post(vector), vector["expect"]
    if _deviates(vector):
        assert answer.status_code == 200
        (kept,) = door.receipts()
        assert kept.state == expect.get("recommended_status")
        return
    assert answer.status_code == expect["http_status"]
    told = [(one.provider_id, one.state) for one in door.receipts()]
    statuses = expect.get("statuses", ())
    assert told == [(one["external_id"], STATES[one["status"]]) for one in statuses]


@pytest.mark.parametrize("vector", vectors("infobip.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(vector: dict[str, Any], httpserver: HTTPServer) -> None:
    (answer,), seen, expect = answers(vector), [], vector["expect"]

    def company(request: Request) -> Response:
        seen.append(request)
        return answer

    httpserver.expect_request("/sms/3/messages").respond_with_handler(company)
    channel, message = vector["channel"], vector["message"]
    options = channel["config"] | {"sender_id": channel["address"]}
    with opened("infobip", base_url=httpserver.url_for(""), **options) as door:
        delivery = door.send(message["to_number"], message["text"])
    (request,) = seen
    assert request.method == vector["request"]["method"]
    for name, value in vector["request"]["headers"].items():
        assert request.headers[name] == value
    _is_as_wanted(request.json["messages"], vector["request"]["json"]["messages"], delivery)
    if expect["outcome"] == "sent":
        assert delivery.state == "submitted"
        assert delivery.provider_id in (*expect["external_ids"], delivery.reference)
    else:
        assert delivery.state == ("queued" if expect["error"]["retryable"] else "failed")


def _is_as_wanted(told: Any, wanted: Any, delivery: Any) -> None:
    """Everything of the vector but courier's own id and address; ours may hold more."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            _is_as_wanted(told[name], value, delivery)
    elif isinstance(wanted, list):
        assert len(told) == len(wanted)
        for one, other in zip(told, wanted, strict=True):
            _is_as_wanted(one, other, delivery)
    elif wanted == "0191e180-7d60-7000-aded-7d8b151cbd5b":
        assert told == delivery.reference
    elif str(wanted).startswith("https://localhost/"):
        assert told.startswith("https://alerts.example.org/sms/main/receipt?")
    else:
        assert told == wanted
