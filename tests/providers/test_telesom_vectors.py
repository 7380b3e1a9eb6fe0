"""What Telesom really says, through the doors and the sender."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import ProviderConfig
from gateway.providers.telesom import Telesom

from .door import ACCOUNT, Door, opened, vectors
from .through import check_inbound, check_kept, check_sent, company, describe, same_request

SKIPPED = {"send-attachment": "we send no attachments"}
DEVIATIONS = {"invalid-urn": "a sender who is no number is kept as a notice, not refused"}
THAT_DAY = datetime(2018, 4, 11, 18, 24, tzinfo=UTC)  # of which the vectors' keys are


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("telesom", sender_id="2020", username="u", password="p", secret="s") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


@pytest.mark.parametrize("vector", vectors("telesom.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)


@pytest.mark.parametrize("vector", vectors("telesom.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    seen = company(httpserver, vector)
    describe(door, "telesom", vector)
    config = ProviderConfig(
        ACCOUNT,
        "telesom",
        "2020",
        httpserver.url_for(""),
        2.0,
        options=vector["channel"]["config"],
    )
    providers: Any = door.runtime.providers
    providers[ACCOUNT] = Telesom(config, clock=lambda: THAT_DAY)
    check_sent(door, vector, door.send(vector["message"]["to_number"], vector["message"]["text"]))
    (made,) = seen
    assert (made.method, made.path) == ("POST", "/sendsms_other")
    same_request(made, vector["request"])
