"""Requests that Vonage really makes and answers that it really gives, through the real doors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import NotAuthentic, ProviderConfig
from gateway.providers.vonage import Vonage

from .door import PUBLIC_URL, Door, opened, vectors
from .making import make_request
from .outcomes import handed_over, includes

SKIPPED = {"send-attachment": "we send no attachments"}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "invalid-urn": "courier answers 400, which comes back for a day; an operator's notice is kept",
    "error-status": "courier fails a message for too many connections; they pass, so it waits",
}
WAITS = {"outcome": "retry", "error": {"kind": "throttled", "code": "10", "retryable": True}}
STATES = {
    "wired": "submitted",
    "sent": "submitted",
    "delivered": "delivered",
    "failed": "failed",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    options = {"api_key": "abcd1234", "api_secret": "secret", "sender_id": "2020"}
    with opened("vonage", country="SO", **options) as opened_door:
        yield opened_door


@pytest.fixture(autouse=True)
def _empty(door: Door) -> None:
    door.forget()


WHOLE = [
    param for param in vectors("vonage.json", "inbound") if "concat" not in param.values[0]["name"]
]


@pytest.mark.parametrize("vector", WHOLE)
def test_an_inbound_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    expect, deviates = vector["expect"], vector["name"].rpartition("/")[2] in DEVIATIONS
    assert door.post(vector).status_code == (200 if deviates else expect["http_status"])
    if expect["outcome"] == "ignored":
        assert door.messages() == []
        return
    (message,) = door.messages()
    given = vector["request"].get("json") or vector["request"].get("form")
    given = given or vector["request"]["query"]
    assert message.provider_id == expect.get("external_id", given["messageId"])
    assert message.sender == expect.get("from", given["msisdn"])
    assert message.body == expect.get("text", given["text"])


def test_the_parts_of_a_long_message_are_told_as_such() -> None:
    """The doors join them; here both vectors are read as the doors would read them."""
    one, two = (v.values[0] for v in vectors("vonage.json") if "concat" in v.values[0]["name"])
    provider = Vonage(ProviderConfig("m", "vonage", "2020", options={"api_key": "a", **SECRET}))
    told = [
        sms
        for vector in (one, two)
        for sms in provider.read_inbound(make_request(body=vector["request"]["raw"].encode()))
    ]
    assert [(sms.part.reference, sms.part.number, sms.part.total) for sms in told if sms.part] == [
        ("1a2b", 1, 2),
        ("1a2b", 2, 2),
    ]
    assert "".join(sms.text for sms in told) == two["expect"]["text"]
    assert {sms.sender for sms in told} == {two["expect"]["from"]}


SECRET = {"api_secret": "secret"}


@pytest.mark.parametrize("vector", vectors("vonage.json", "status"))
def test_a_receipt_is_kept(vector: dict[str, Any], door: Door) -> None:
    expect = vector["expect"]
    assert door.post(vector).status_code == expect["http_status"]
    (kept,) = door.receipts()
    (told,) = expect["statuses"]
    assert (kept.provider_id, kept.state) == (told["external_id"], STATES[told["status"]])
    assert kept.error_code == told.get("error_code")
    assert kept.opted_out == (expect["outcome"] == "status+stop")


@pytest.mark.parametrize("vector", vectors("vonage.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], httpserver: HTTPServer, doors: Callable[..., Door]
) -> None:
    config = vector["channel"]["config"]
    ours = {name.removeprefix("nexmo_"): value for name, value in config.items()}
    vector = vector | {"channel": vector["channel"] | {"config": ours}}
    if vector["name"].endswith("error-status"):  # a deviation
        vector = vector | {"expect": WAITS}
    request, delivery = handed_over(vector, httpserver, doors, "vonage")
    told, wanted = request.form.to_dict(), vector["request"]["form"]
    includes(told, wanted, {wanted["callback"]: f"{PUBLIC_URL}/sms/main/receipt"})
    assert told["client-ref"] == delivery.reference


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("vector", vectors("vonage_signature.json"))
def test_a_signature_is_judged_as_vonage_makes_it(vector: dict[str, Any], named: bool) -> None:
    options = {"api_key": "abcd1234", "signature_secret": vector["secret"]}
    options |= {"signature_method": vector["method"]} if named else {}
    provider = Vonage(ProviderConfig("main", "vonage", "2020", options=options))
    params = vector["params"]
    request = make_request(
        f"{PUBLIC_URL}/sms/main/inbound?{urlencode(params)}",
        method="GET",
        received_at=datetime.fromtimestamp(int(params["timestamp"]), UTC),
    )
    if vector["expect"]["valid"]:
        assert len(provider.read_inbound(request)) == ("msisdn" in params)
    else:
        with pytest.raises(NotAuthentic):
            provider.read_inbound(request)
