"""Requests that Clickatell really makes and answers that it gives, through the real doors."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .company import answered, heard, told
from .company import hand_over as send
from .door import Door, vectors

SKIPPED = {"send-attachment": "we send no attachments"}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "unexpected-status-report": "courier answers 400; an unknown word is kept, with no state",
}


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Door, HTTPServer]]:
    with answered("clickatell", api_key="API-KEY", sender_id="2020") as both:
        yield both


@pytest.fixture
def door(opened: tuple[Door, HTTPServer]) -> Door:
    opened[0].forget()
    return opened[0]


@pytest.mark.parametrize("vector", vectors("clickatell.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    assert answer.status_code == vector["expect"]["http_status"]
    if vector["expect"]["outcome"] == "message":
        heard(door, vector["expect"])
    else:
        assert not door.messages()


@pytest.mark.parametrize("vector", vectors("clickatell.json", "status"))
def test_a_report_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        assert answer.status_code == 200
        assert [(one.status, one.state) for one in door.receipts()] == [("-1", None)]
        return
    assert answer.status_code == vector["expect"]["http_status"]
    if vector["expect"]["outcome"] == "rejected":
        assert not door.receipts()
    else:
        told(door, vector["expect"])


@pytest.mark.parametrize("vector", vectors("clickatell.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, opened: tuple[Door, HTTPServer]
) -> None:
    request = send(door, opened[1], vector)
    wanted, said = vector["request"]["query"], request.args.to_dict()
    assert {name: said.get(name) for name in wanted} == wanted
    assert set(said) - set(wanted) <= {"clientMessageId", "validityPeriod"}
