"""Requests that Sinch really makes, through the real doors."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.providers.base import ProviderConfig
from gateway.providers.sinch import Sinch

from .company import STATES, heard, told
from .door import Door, opened, vectors
from .making import make_request
from .proofs import sinch

SECRET = "shh"


@pytest.fixture(scope="module")
def opened_door() -> Iterator[Door]:
    options = {"service_plan_id": "p1", "auth_token": "t", "signature_secret": SECRET}
    with opened("sinch", country="SO", sender_id="2020", **options) as door:
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    opened_door.forget()
    return opened_door


@pytest.mark.parametrize("vector", vectors("sinch.json", "inbound"))
def test_a_message_is_kept_by_its_own_signature(vector: dict[str, Any], door: Door) -> None:
    assert door.post(vector).status_code == 200
    heard(door, vector["expect"])


@pytest.mark.parametrize("vector", vectors("sinch.json", "inbound"))
def test_a_message_changed_on_its_way_is_refused(vector: dict[str, Any], door: Door) -> None:
    changed = vector | {"request": vector["request"] | {"raw": vector["request"]["raw"] + " "}}
    assert door.post(changed).status_code == 403
    assert not door.messages()


@pytest.mark.parametrize("vector", vectors("sinch.json", "status"))
def test_a_report_is_kept_where_it_is_signed(vector: dict[str, Any], door: Door) -> None:
    assert door.post(vector).status_code == 403
    answer = door.post(vector, headers=sinch(vector["request"]["raw"].encode(), SECRET))
    assert answer.status_code == vector["expect"]["http_status"]
    told(door, vector["expect"])


@pytest.mark.parametrize("vector", vectors("sinch.json", "status"))
def test_without_a_key_to_check_it_an_unsigned_report_is_believed(vector: dict[str, Any]) -> None:
    options = {"service_plan_id": "p1", "auth_token": "t"}
    provider = Sinch(ProviderConfig("main", "sinch", "2020", options=options))
    request = make_request(body=vector["request"]["raw"].encode())
    (receipt,) = provider.read_receipt(request)
    (status,) = vector["expect"]["statuses"]
    assert (receipt.provider_id, receipt.state) == (
        status["external_id"],
        STATES[status["status"]],
    )
    assert provider.read_inbound(request) == []
