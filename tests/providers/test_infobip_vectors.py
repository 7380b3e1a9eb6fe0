"""Requests that Infobip really makes and answers that it really gives, through the real doors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .door import PUBLIC_URL, Door, opened, vectors
from .outcomes import document, handed_over, includes

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
def test_a_message_is_handed_over(
    vector: dict[str, Any], httpserver: HTTPServer, doors: Callable[..., Door]
) -> None:
    request, delivery = handed_over(vector, httpserver, doors, "infobip")
    (message,) = document(request)["messages"]
    (wanted,) = vector["request"]["json"]["messages"]
    address = wanted["webhooks"]["delivery"]["url"]
    ours = message["webhooks"]["delivery"]["url"]
    assert ours.startswith(f"{PUBLIC_URL}/sms/main/receipt?reference={delivery.reference}")
    courier_id = wanted["destinations"][0]["messageId"]
    includes(message, wanted, {address: ours, courier_id: delivery.reference})
