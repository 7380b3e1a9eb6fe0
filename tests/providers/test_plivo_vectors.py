"""Requests that Plivo really makes and answers that it really gives, through the real doors."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import NotAuthentic, ProviderConfig
from gateway.providers.plivo import Plivo

from .company import answered, heard, told
from .company import hand_over as send
from .door import ACCOUNT, PUBLIC_URL, Door, vectors
from .making import make_request
from .proofs import plivo_v2, plivo_v3

TOKEN = "AuthToken"
SKIPPED = {
    "long-send": "courier cuts at 160 characters; Plivo cuts and charges, up to 1,600",
    "send-attachment": "we send no attachments",
}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "invalid-status-address": "courier refuses another number than the channel's; an account has "
    "many, the signature proves the account, and a message refused for its number would be lost",
    "unkown-status": "courier keeps nothing; an unknown word is kept, with no state",
}


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Door, HTTPServer]]:
    with answered("plivo", auth_id="AuthID", auth_token=TOKEN, sender_id="2020") as both:
        yield both


@pytest.fixture
def door(opened: tuple[Door, HTTPServer]) -> Door:
    opened[0].forget()
    return opened[0]


def deviates(vector: dict[str, Any]) -> bool:
    return any(name in vector["name"] for name in DEVIATIONS)


def url_of(vector: dict[str, Any]) -> str:
    kind = "receipt" if vector["direction"] == "status" else "inbound"
    return f"{PUBLIC_URL}/sms/{ACCOUNT}/{kind}"


def form_of(vector: dict[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(vector["request"].get("raw", ""), keep_blank_values=True)


@pytest.mark.parametrize("version", ["V2", "V3"])
@pytest.mark.parametrize("vector", vectors("plivo.json", "inbound", "status"))
def test_a_signed_request_is_kept(vector: dict[str, Any], version: str, door: Door) -> None:
    url = url_of(vector)
    proof = plivo_v2(url, TOKEN) if version == "V2" else plivo_v3(url, form_of(vector), TOKEN)
    answer = door.post(vector, headers=proof)
    if deviates(vector):
        assert answer.status_code == 200
        states = ["submitted" if "status=sent" in vector["request"]["raw"].lower() else None]
        assert [one.state for one in door.receipts()] == states
        return
    assert answer.status_code == vector["expect"]["http_status"]
    assert answer.text == ""
    if vector["direction"] == "status":
        told(door, vector["expect"])
    else:
        heard(door, vector["expect"])


@pytest.mark.parametrize("vector", vectors("plivo.json", "inbound", "status"))
def test_an_unsigned_request_is_refused(vector: dict[str, Any], door: Door) -> None:
    assert door.post(vector).status_code == 403
    assert door.post(vector, headers=plivo_v2(url_of(vector), "other")).status_code == 403
    assert not door.messages()
    assert not door.receipts()


@pytest.mark.parametrize("vector", vectors("plivo.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, opened: tuple[Door, HTTPServer]
) -> None:
    request = send(door, opened[1], vector)
    wanted, said = dict(vector["request"]["json"]), dict(request.get_json())
    assert wanted.pop("url")
    assert said.pop("url").startswith(f"{PUBLIC_URL}/sms/{ACCOUNT}/receipt?reference=")
    assert {name: said.get(name) for name in wanted} == wanted
    assert set(said) - set(wanted) <= {"message_expiry"}
    headers = vector["request"]["headers"]
    assert {name: request.headers[name] for name in headers} == headers


@pytest.mark.parametrize("vector", vectors("plivo_signature.json"))
def test_a_signature_is_judged_as_plivo_s_own_library_judges_it(vector: dict[str, Any]) -> None:
    config = ProviderConfig(
        "main", "plivo", "2020", options={"auth_id": "MA1", "auth_token": vector["auth_token"]}
    )
    request = make_request(
        vector["url"], vector["params"], method=vector["method"], headers=vector["headers"]
    )
    if vector["expect"]["valid"]:
        assert Plivo(config).read_receipt(request) == []
    else:
        with pytest.raises(NotAuthentic):
            Plivo(config).read_receipt(request)
