"""What MTN really says, through the doors and the sender."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

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

SKIPPED = {"send-attachment": "we send no attachments"}
DEVIATIONS = {
    "receive-invalid-urn-message": "a sender who is no number is kept as a notice, not refused",
    "receive-uknown-status": "courier answers 400; an unknown word is kept, with no state",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("mtn", sender_id="2020", api_key="k", auth_token="t") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


def _deviates(vector: dict[str, Any]) -> bool:
    return any(f"/{name}" in vector["name"] for name in DEVIATIONS)


@pytest.mark.parametrize("vector", vectors("mtn.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if _deviates(vector):
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)


@pytest.mark.parametrize("vector", vectors("mtn.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if _deviates(vector):
        assert (answer.status_code, door.receipts()[0].state) == (200, None)
    else:
        check_receipt(door, vector, answer)


@pytest.mark.parametrize("vector", vectors("mtn.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    def token(request: Any) -> Response:
        form = {"client_id": "customer-key", "client_secret": "customer-secret123"}
        assert request.form.to_dict() == form
        return Response('{"access_token": "ACCESS_TOKEN", "expires_in": "3599"}')

    login = httpserver.expect_request(
        "/v1/oauth/access_token", query_string="grant_type=client_credentials"
    )
    login.respond_with_handler(token)
    # Whatever is refused with 401 is tried again with a new token, and refused again.
    twice = {**vector, "responses": vector["responses"] * 2}
    seen = company(httpserver, twice)
    describe(door, "mtn", vector, base_url=httpserver.url_for(""))
    delivery = door.send(vector["message"]["to_number"], vector["message"]["text"])
    check_sent(door, vector, delivery)
    refused = vector["responses"][0]["status"] == 401
    assert len(seen) == (2 if refused else 1)
    for made in seen:
        assert made.path == "/v2/messages/sms/outbound"
        same_request(made, vector["request"], clientCorrelator=delivery.reference)
