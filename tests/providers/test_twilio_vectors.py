"""Requests that Twilio really makes and answers that it really gives, against our Twilio."""

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    Outgoing,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Throttled,
    Unreadable,
    WebhookRequest,
)

from .making import make_request, make_twilio

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors"
if not FOLDER.is_dir():
    pytest.skip(f"no test vectors in {FOLDER}", allow_module_level=True)

# Vectors whose subject is not ours.
SKIPPED = {
    "unsigned": "SignalWire without a signature: not a provider of ours, and Twilio always signs",
    "button": "WhatsApp buttons: we read the Body alone",
    "whatsapp": "WhatsApp: we send SMS",
    "attachments": "we send no attachments",
    "split": "courier cuts at 160 characters; we hand over up to 1,600, Twilio cuts and charges",
}
# Where we knowingly do not do as the vector says.
DEVIATIONS = {
    "no-sid": "courier counts a 2xx without sid as sent; we cannot follow it up, so it is in doubt",
    "status-invalid-status": "courier answers 400; an unknown word is kept, with no state",
}
KINDS: dict[str, type[SendError]] = {
    "invalid_number": BadRecipient,
    "unreachable": BadRecipient,
    "config": Misconfigured,
    "channel_config": Misconfigured,
    "message_invalid": Rejected,
    "rejected_with_reason": Rejected,
    "contact_stopped": RecipientOptedOut,
    "throttled": Throttled,
    "connection_failed": ProviderDown,
    "response_status": Misconfigured,  # only ever 401 here
}
STATES = {
    "wired": "submitted",
    "sent": "submitted",
    "delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "errored": "failed",  # courier would repeat it: our `transient`
}


def _load(file: str, *directions: str) -> list[Any]:
    vectors = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    wanted = [vector for vector in vectors if vector["direction"] in directions]
    return [pytest.param(v, id=v["name"].partition("/")[2], marks=_marks(v)) for v in wanted]


def _marks(vector: dict[str, Any]) -> list[pytest.MarkDecorator]:
    kind = vector.get("channel", {}).get("type")
    fields = vector.get("request", {}).get("form") or {}
    message = vector.get("message", {"to": "tel:"})
    subjects = {
        "unsigned": kind == "SW" and vector.get("auth", {}).get("mode") == "absent",
        "button": kind == "TWA" and "ButtonText" in fields,
        "whatsapp": not message["to"].startswith("tel:"),
        "attachments": bool(message.get("attachments")),
        "split": len(vector.get("requests", ())) > 1,
    }
    return [pytest.mark.skip(reason=SKIPPED[name]) for name, is_so in subjects.items() if is_so]


def _request(vector: dict[str, Any]) -> WebhookRequest:
    made = vector["request"]
    pairs = parse_qsl(made.get("raw", ""), keep_blank_values=True)
    return make_request(
        vector["auth"]["signed_url"],
        pairs,
        method=made["method"],
        headers=made["headers"],
        body=made.get("raw", "").encode(),
    )


def _provider(vector: dict[str, Any], base_url: str = "") -> Any:
    config = {"account_sid": "AC1", **vector["channel"]["config"]}
    config.pop("send_url", None)
    return make_twilio(base_url, sender_id=vector["channel"]["address"], options=config)


@pytest.mark.parametrize("vector", _load("twilio_signature.json", "inbound"))
def test_a_signature_is_judged_as_twilio_s_own_libraries_judge_it(vector: dict[str, Any]) -> None:
    body = None if vector["body"] is None else vector["body"].encode()
    request = make_request(
        vector["url"],
        vector["params"],
        headers={"X-Twilio-Signature": vector["signature"]},
        body=body,
    )
    provider = make_twilio(options={"auth_token": vector["auth_token"]})
    if vector["expect"]["valid"]:
        assert provider.read_receipt(request) == []
    else:
        with pytest.raises(NotAuthentic):
            provider.read_receipt(request)


@pytest.mark.parametrize("vector", _load("twilio.json", "inbound"))
def test_an_inbound_message_is_read(vector: dict[str, Any]) -> None:
    provider, expect = _provider(vector), vector["expect"]
    if expect["outcome"] in ("auth_rejected", "rejected"):
        refusal = NotAuthentic if expect["outcome"] == "auth_rejected" else Unreadable
        with pytest.raises(refusal):
            provider.read_inbound(_request(vector))
        return
    (sms,) = provider.read_inbound(_request(vector))
    sent = dict(parse_qsl(vector["request"].get("raw", ""), keep_blank_values=True))
    sent = sent or vector["request"]["query"]
    assert sms.provider_id == expect.get("external_id", sent["MessageSid"])
    assert sms.sender == expect.get("from", sent["From"]).removeprefix("whatsapp:")
    assert sms.recipient == sent["To"].removeprefix("whatsapp:")
    assert sms.text == expect.get("text", sent.get("Body"))
    assert sms.media == len(expect.get("attachments", ()))
    assert sms.opt == (sent["OptOutType"].lower() if "OptOutType" in sent else None)
    _check_acknowledgement(provider, expect)


@pytest.mark.parametrize("vector", _load("twilio.json", "status"))
def test_a_receipt_is_read(vector: dict[str, Any]) -> None:
    provider, expect = _provider(vector), vector["expect"]
    receipts = provider.read_receipt(_request(vector))
    if expect["outcome"] == "ignored":
        assert receipts == []
        return
    (receipt,) = receipts
    if vector["name"].rpartition("/")[2] in DEVIATIONS:
        assert receipt.state is None
        return
    (status,) = expect["statuses"]
    assert receipt.provider_id == status["external_id"]
    assert receipt.state == STATES[status["status"]]
    assert receipt.opted_out == (expect["outcome"] == "status+stop")
    code = status.get("error_code") or next((e["code"] for e in expect.get("errors", ())), None)
    assert receipt.error_code == code
    assert receipt.transient == status.get("retryable", status["status"] == "errored")
    assert receipt.bad_recipient == status.get("invalid_number", False)
    _check_acknowledgement(provider, expect)


@pytest.mark.parametrize("vector", _load("twilio.json", "outbound"))
def test_a_message_is_handed_over(vector: dict[str, Any], httpserver: HTTPServer) -> None:
    answer, wanted, seen = vector["responses"][0], vector["request"], []

    def company(request: Request) -> Response:
        seen.append(request)
        return Response(answer["body"], answer["status"], answer["headers"])

    httpserver.expect_request(re.compile(".*")).respond_with_handler(company)
    prefix = wanted["url"].partition("/2010-04-01/")[0].partition("://")[2].partition("/")[2]
    provider = _provider(vector, base_url=httpserver.url_for("/" + prefix))
    sms = Outgoing(
        vector["message"]["to_number"],
        vector["message"]["text"],
        reference="d-1",
        receipt_url=wanted["form"].get("StatusCallback"),
    )
    _check_outcome(provider, sms, vector)
    (request,) = seen
    assert request.method == wanted["method"]
    assert request.path == "/" + wanted["url"].partition("://")[2].partition("/")[2]
    assert request.form.to_dict(flat=True) == wanted["form"]
    assert request.headers["Authorization"] == _basic(vector["channel"]["config"])


def _check_outcome(provider: Any, sms: Outgoing, vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    if vector["name"].rpartition("/")[2] == "no-sid":  # a deviation
        with pytest.raises(HandoverUnknown):
            provider.send(sms)
    elif expect["outcome"] == "sent":
        assert [provider.send(sms).provider_id] == expect["external_ids"]
    else:
        with pytest.raises(KINDS[expect["error"]["kind"]]) as caught:
            provider.send(sms)
        assert caught.value.code == expect["error"].get("code", caught.value.code)


def _check_acknowledgement(provider: Any, expect: dict[str, Any]) -> None:
    answer = provider.acknowledge()
    assert answer.status == expect["http_status"]
    if "body_contains" in expect:
        assert answer.content_type == "text/xml"
        assert expect["body_contains"] in answer.body


def _basic(config: dict[str, str]) -> str:
    pair = f"{config['account_sid']}:{config['auth_token']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
