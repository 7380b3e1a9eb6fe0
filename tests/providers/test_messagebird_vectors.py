"""Requests that MessageBird really makes and answers that it gives, through the real doors."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import NotAuthentic, ProviderConfig
from gateway.providers.messagebird import MessageBird

from .company import answered, heard, told
from .company import hand_over as send
from .door import ACCOUNT, PUBLIC_URL, Door, vectors
from .making import make_request
from .proofs import claims_of, messagebird

SECRET = "my_super_secret"
HEADER = "MessageBird-Signature-JWT"
SKIPPED = {
    "send-with-text-and-image": "we send no attachments",
    "send-with-image-only": "we send no attachments",
    "send-with-pdf": "we send no attachments",
}
# Where we knowingly do not do as the vector says: nowhere but in who is believed. Courier's address
# in the token lacks the query, and it believes every report; both are marked as not to copy.


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Door, HTTPServer]]:
    options = {"auth_token": "authtoken", "secret": SECRET, "sender_id": "18005551212"}
    with answered("messagebird", country="US", **options) as both:
        yield both


@pytest.fixture
def door(opened: tuple[Door, HTTPServer]) -> Door:
    opened[0].forget()
    return opened[0]


def proof(vector: dict[str, Any], door: Door) -> dict[str, str]:
    """The vector's own token, made for our address and by the key that its mode says."""
    auth, made = vector["auth"], vector["request"]
    query = made.get("query_string") or urlencode(made.get("query") or {})
    kind = "receipt" if vector["direction"] == "status" else "inbound"
    url = f"{PUBLIC_URL}/sms/{ACCOUNT}/{kind}" + (f"?{query}" if query else "")
    old = made["headers"].get(HEADER)
    changes = {"payload_hash": claims_of(old)["payload_hash"]} if old else {}
    key = "another key" if auth["mode"] == "wrong-secret" else SECRET
    return messagebird(url, made.get("raw", "").encode(), key, door.now.timestamp(), **changes)


@pytest.mark.parametrize("vector", vectors("messagebird.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    expect, absent = vector["expect"], vector["auth"]["mode"] == "absent"
    answer = door.post(vector, headers=None if absent else proof(vector, door))
    if expect["outcome"] == "auth_rejected":
        assert answer.status_code == 403
    else:
        assert answer.status_code == expect["http_status"]
    if expect["outcome"] == "message":
        heard(door, expect)
        assert answer.text == expect["body_contains"]
    else:
        assert not door.messages()


@pytest.mark.parametrize("vector", vectors("messagebird.json", "status"))
def test_a_report_is_kept_where_it_is_signed(vector: dict[str, Any], door: Door) -> None:
    assert door.post(vector).status_code == 403
    answer = door.post(vector, headers=proof(vector, door))
    assert answer.status_code == vector["expect"]["http_status"]
    told(door, vector["expect"])


@pytest.mark.parametrize("vector", vectors("messagebird.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, opened: tuple[Door, HTTPServer]
) -> None:
    request = send(door, opened[1], vector)
    wanted, said = dict(vector["request"]["json"]), dict(request.get_json())
    wanted.pop("reference")
    assert len(said.pop("reference")) == 32
    assert said.pop("reportUrl").startswith(f"{PUBLIC_URL}/sms/{ACCOUNT}/receipt?reference=")
    assert {name: said.get(name) for name in wanted} == wanted
    assert set(said) - set(wanted) <= {"datacoding", "validity"}
    headers = vector["request"]["headers"]
    assert {name: request.headers[name] for name in headers} == headers


@pytest.mark.parametrize("vector", vectors("messagebird_jwt.json"))
def test_a_token_is_judged_as_messagebird_s_own_library_judges_it(vector: dict[str, Any]) -> None:
    options = {"auth_token": "k", "secret": vector["secret"]}
    made = vector["request"]
    request = make_request(
        made["url"],
        method=made["method"],
        headers=made["headers"],
        body=(made["raw"] or "").encode(),
        received_at=datetime.fromisoformat(vector["now"]),
    )
    provider = MessageBird(ProviderConfig("main", "messagebird", "2020", options=options))
    if vector["expect"]["valid"]:
        assert provider.read_receipt(request) == []
    else:
        with pytest.raises(NotAuthentic):
            provider.read_receipt(request)
