"""Requests that Telnyx really makes and answers that it really gives, through the real doors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .door import PUBLIC_URL, Door, opened, vectors
from .outcomes import document, handed_over, includes

PUBLIC_KEY = "KoKtxk2CG/fKWueyYur/QEgRulutpWIhyl0q+XqLT4c="  # the vectors' own
STATES = {
    "wired": "submitted",
    "sent": "submitted",
    "delivered": "delivered",
    "failed": "failed",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    options = {"api_key": "KEY0123", "public_key": PUBLIC_KEY, "sender_id": "+18445550001"}
    with opened("telnyx", country="US", **options) as opened_door:
        yield opened_door


@pytest.fixture(autouse=True)
def _empty(door: Door) -> None:
    door.forget()


@pytest.mark.parametrize("vector", vectors("telnyx.json", "inbound"))
def test_an_inbound_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    door.now, expect = datetime.fromtimestamp(vector["auth"]["now"], UTC), vector["expect"]
    for _ in range(vector.get("repeat", 1)):
        assert door.post(vector).status_code == expect["http_status"]
    kept = door.messages()
    if expect["outcome"] in ("auth_rejected", "rejected"):
        assert kept == []
        return
    (message,) = kept
    payload = vector["request"]["json"]["data"]["payload"]
    assert message.provider_id == expect.get("external_id", payload["id"])
    assert message.sender == expect.get("from", payload["from"]["phone_number"])
    assert message.body == expect.get("text", payload["text"])
    assert message.media == len(payload["media"])
    stopped = door.subscriber(message.sender).state == "stopped"
    assert stopped == (expect["outcome"] == "message+stop")


@pytest.mark.parametrize("vector", vectors("telnyx.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    door.now, expect = datetime.fromtimestamp(vector["auth"]["now"], UTC), vector["expect"]
    assert door.post(vector).status_code == expect["http_status"]
    (kept,) = door.receipts()
    (told,) = expect["statuses"]
    assert (kept.provider_id, kept.state) == (told["external_id"], STATES[told["status"]])
    assert kept.error_code == told.get("error_code")
    assert kept.opted_out == (expect["outcome"] == "status+stop")
    assert door.messages() == []


@pytest.mark.parametrize("vector", vectors("telnyx.json", "outbound"))
def test_a_message_is_handed_over(
    vector: dict[str, Any], httpserver: HTTPServer, doors: Callable[..., Door]
) -> None:
    request, delivery = handed_over(vector, httpserver, doors, "telnyx")
    told, wanted = document(request), vector["request"]["json"]
    assert told["webhook_url"] == (f"{PUBLIC_URL}/sms/main/receipt?reference={delivery.reference}")
    includes(told, wanted, {wanted["webhook_url"]: told["webhook_url"]})
    assert set(told) == set(wanted)
    assert request.headers["Idempotency-Key"] == delivery.reference
