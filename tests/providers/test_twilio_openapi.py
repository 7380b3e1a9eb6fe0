"""Our Twilio against Twilio's own description of its interface."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import SendError, Submission
from gateway.providers.twilio import BODY_LIMIT, REFUSALS, Twilio

from .making import make_sms, make_twilio

FILE = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "twilio_messages.json"
if not FILE.is_file():
    pytest.skip(f"no description of Twilio at {FILE}", allow_module_level=True)

DESCRIPTION = json.loads(FILE.read_text(encoding="utf-8"))
CALLS = DESCRIPTION["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
URL = "/2010-04-01/Accounts/AC1/Messages.json"


def _examples(call: str, *, good: bool) -> list[Any]:
    return [
        pytest.param(int(status), example["value"], id=f"{status}-{name}")
        for status, answer in CALLS[call]["responses"].items()
        for name, example in answer["content"]["application/json"].get("examples", {}).items()
        if (int(status) < 300) == good
    ]


def test_every_status_and_limit_is_known() -> None:
    schemas = DESCRIPTION["components"]["schemas"]
    assert set(Twilio.STATES) == set(schemas["message_enum_status"]["enum"])
    assert f"{BODY_LIMIT:,}" in json.dumps(CALLS["post"]["requestBody"])


def test_we_send_only_fields_that_exist(httpserver: HTTPServer) -> None:
    httpserver.expect_request(URL).respond_with_json({"sid": "SM1"}, 201)
    options = {"messaging_service_sid": "MG1", "validity_seconds": "3600"}
    make_twilio(httpserver.url_for(""), options=options).send(make_sms(receipt_url="https://x/y"))
    ((request, _),) = httpserver.log
    form = CALLS["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert set(request.form) <= set(form["properties"])
    assert set(form["required"]) <= set(request.form)


@pytest.mark.parametrize(("status", "body"), _examples("post", good=True))
def test_every_example_of_success_is_a_submission(
    status: int, body: Any, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(URL).respond_with_json(body, status)
    assert make_twilio(httpserver.url_for("")).send(make_sms()) == Submission(body["sid"])


@pytest.mark.parametrize(("status", "body"), _examples("post", good=False))
def test_every_example_of_an_error_is_told_apart(
    status: int, body: Any, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(URL).respond_with_json(body, status)
    with pytest.raises(SendError) as caught:
        make_twilio(httpserver.url_for("")).send(make_sms())
    assert caught.value.code == str(body["code"])
    assert type(caught.value) is REFUSALS[caught.value.code]


@pytest.mark.parametrize(("status", "body"), _examples("get", good=True))
def test_every_example_of_a_list_can_be_looked_through(
    status: int, body: Any, httpserver: HTTPServer
) -> None:
    answer = body | {"next_page_uri": None}
    httpserver.expect_request(URL, method="GET").respond_with_json(answer, status)
    record = next(iter(answer["messages"]), {"body": "nothing", "status": "failed"})
    sms = make_sms(text=record["body"])
    found = make_twilio(httpserver.url_for("")).look_up(sms, datetime(2010, 1, 1, tzinfo=UTC))
    inbound = record.get("direction") == "inbound"
    expected = None if inbound or Twilio.STATES[record["status"]] == "failed" else record["sid"]
    assert found == (expected and Submission(expected))
