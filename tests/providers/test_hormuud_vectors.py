"""What Hormuud really says, through the doors and the sender."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from .door import Door, opened, vectors
from .through import check_inbound, check_kept, check_sent, company, describe, same_request

SKIPPED = {"send-attachment": "we send no attachments"}
DEVIATIONS = {"invalid-urn": "a sender who is no number is kept as a notice, not refused"}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("hormuud", sender_id="2020", username="u", password="p") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


@pytest.mark.parametrize("vector", vectors("hormuud.json", "inbound"))
def test_a_message_is_kept(vector: dict[str, Any], door: Door) -> None:
    answer = door.post(vector)
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)


@pytest.mark.parametrize("vector", vectors("hormuud.json", "outbound", skipped=SKIPPED))
def test_a_message_is_handed_over(
    vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    if not vector["responses"][0]["url"].endswith("/token"):  # courier has the token still
        token = Response('{"access_token": "ghK_Wt4lshZhN"}')
        httpserver.expect_oneshot_request("/token").respond_with_response(token)
    seen = company(httpserver, vector)
    describe(door, "hormuud", vector, base_url=httpserver.url_for(""))
    check_sent(door, vector, door.send(vector["message"]["to_number"], vector["message"]["text"]))
    for made, wanted in zip(seen, vector.get("requests", [vector["request"]]), strict=True):
        assert made.method == wanted["method"]
        assert wanted["url"].endswith(made.path)
        same_request(made, wanted)
