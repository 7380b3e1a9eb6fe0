"""Clickatell: what its vectors leave out."""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    BadRecipient,
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
)
from gateway.providers.clickatell import PASSING, REFUSALS, Clickatell

from .contract import BAD_ANSWERS
from .making import NOW, make_request, make_sms

SEND = "/messages/http/send"
SECRET = "KEY-thatNobodyMayRead=="
MESSAGE = {"messageId": "m1", "fromNumber": "254700000001", "toNumber": "2020", "text": "Mto"}


def make_clickatell(base_url: str = "", timeout_s: float = 2.0, **options: str) -> Clickatell:
    given = {"api_key": SECRET} | options
    config = ProviderConfig("main", "clickatell", "2020", base_url, timeout_s, options=given)
    return Clickatell(config, clock=lambda: NOW)


def posted(document: Any, query: str = "") -> Any:
    url = f"https://alerts.example.org/sms/main/inbound{query}"
    return make_request(url, body=json.dumps(document).encode())


def read(text: str, charset: str | None) -> str:
    (sms,) = make_clickatell().read_inbound(posted(MESSAGE | {"text": text, "charset": charset}))
    return sms.text


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ValueError, match="api_key"):
        Clickatell(ProviderConfig("main", "clickatell"))


# --- reading ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "charset", "meant"),
    [
        ("ten%EDa+50%25+%2B+m%E1s", "ISO-8859-1", "tenía 50% + más"),
        ("100% sure", "iso-8859-1", "100% sure"),
        ("%05%E9%05%D5%00+%00%2B", "UTF-16BE", "\u05e9\u05d5 +"),
        ("%12%30%00+%12%40", "UTF-16BE", "\u1230 \u1240"),
        ("%D8%3D%DE%00", "UTF-16BE", "😀"),
        ("%D8%3D", "UTF-16BE", "\ufffd"),
        ("%00M%00t%00o%", "UTF-16BE", "Mto\ufffd"),
        ("Ma’aan", "ISO-8859-1", "Ma’aan"),
        ("1+1=2 %21", "UTF-8", "1+1=2 %21"),
        ("1+1=2", None, "1+1=2"),
        ("", "ISO-8859-1", ""),
    ],
)
def test_a_text_is_read_by_its_bytes_and_charset(
    text: str, charset: str | None, meant: str
) -> None:
    assert read(text, charset) == meant


@pytest.mark.parametrize("name", ["messageId", "fromNumber"])
def test_a_message_without_what_makes_it_one_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable, match=f"{name} is missing"):
        make_clickatell().read_inbound(posted(MESSAGE | {name: None}))


def test_both_doors_ask_for_the_secret_of_the_address() -> None:
    provider = make_clickatell(webhook_secret="hush")
    report = {"messageId": "m1", "statusCode": 4}
    for query in ("", "?key=other"):
        with pytest.raises(NotAuthentic):
            provider.read_inbound(posted(MESSAGE, query))
        with pytest.raises(NotAuthentic):
            provider.read_receipt(posted(report, query))
    assert provider.read_inbound(posted(MESSAGE, "?key=hush"))
    assert provider.read_receipt(posted(report, "?key=hush"))


@pytest.mark.parametrize(("status", "state"), Clickatell.STATES.items())
def test_every_status_has_its_state(status: str, state: str | None) -> None:
    for said in (int(status), status, status.zfill(3)):
        document = {"messageId": "m1", "statusCode": said, "clientMessageId": "d1"}
        (found,) = make_clickatell().read_receipt(posted(document))
        assert (found.provider_id, found.reference, found.state) == ("m1", "d1", state)
        assert found.error_code == (status if state == "failed" else None)
        assert found.transient == (status in PASSING)


@pytest.mark.parametrize("document", [{"statusCode": 4}, {"messageId": "m1"}])
def test_a_receipt_of_nothing_is_unreadable(document: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        make_clickatell().read_receipt(posted(document))


# --- handing over -------------------------------------------------------------------------


def test_a_message_leaves_with_our_reference_and_its_validity(httpserver: HTTPServer) -> None:
    answer = {"messages": [{"apiMessageId": "c1", "accepted": True, "error": None}], "error": None}
    httpserver.expect_request(SEND, method="GET").respond_with_json(answer, 202)
    sms = make_sms(expires_at=NOW + timedelta(minutes=30))
    assert make_clickatell(httpserver.url_for("")).send(sms) == Submission("c1")
    assert httpserver.log[0][0].args.to_dict() == {
        "apiKey": SECRET,
        "to": "254700000002",
        "content": "Flood: go uphill now",
        "from": "2020",
        "clientMessageId": "d-1",
        "validityPeriod": "30",
    }


def refusal(httpserver: HTTPServer, status: int, body: Any) -> tuple[type[SendError], str]:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request(SEND).respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_clickatell(httpserver.url_for("")).send(make_sms())
    assert "2547" not in caught.value.code
    return type(caught.value), caught.value.code


@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
def test_every_known_code_is_told_apart_wherever_it_stands(
    code: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    inside = {"messages": [{"apiMessageId": None, "accepted": False, "errorCode": code}]}
    assert refusal(httpserver, 200, inside) == (kind, code)
    httpserver.clear()
    outside = {"error": {"code": int(code), "description": "254700000002"}}
    assert refusal(httpserver, 400, outside) == (kind, code)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"messages": [], "error": "From number is not related to it"}, Misconfigured),
        (200, {"messages": [], "error": "The From number is suspended"}, Misconfigured),
        (200, {"messages": [], "error": "Invalid API key"}, Misconfigured),
        (200, {"messages": [], "error": "Insufficient account balance"}, Misconfigured),
        (200, {"messages": [], "error": "No credit left"}, Misconfigured),
        (200, {"messages": [{"error": "Recipient opted out"}]}, RecipientOptedOut),
        (200, {"messages": [{"error": "Number is opted-out"}]}, RecipientOptedOut),
        (200, {"messages": [{"error": "Invalid recipient address"}]}, BadRecipient),
        (200, {"messages": [{"error": "Invalid destination address"}]}, BadRecipient),
        (200, {"messages": [], "error": "Rate limit reached"}, Throttled),
        (200, {"messages": [], "error": "Too many requests"}, Throttled),
        (200, {"messages": [], "error": "Call 254700000002"}, Rejected),
        (200, {"messages": [{"accepted": False, "apiMessageId": "c1"}]}, Rejected),
        (200, {"messages": []}, HandoverUnknown),
        (200, {"messages": "none"}, HandoverUnknown),
        (400, "Error", Rejected),
        (400, "<html>", ProviderDown),
        (401, {"error": "whatever"}, Misconfigured),
        (429, {"errorCode": "20"}, Throttled),
        (500, {"errorCode": "20"}, ProviderDown),
        (504, "", HandoverUnknown),
    ],
)
def test_every_refusal_is_told_apart(
    status: int, body: Any, kind: type[SendError], httpserver: HTTPServer
) -> None:
    assert refusal(httpserver, status, body)[0] is kind


@pytest.mark.parametrize("name", ["silence", "hang-up", "html 500", "portal", "html 200"])
def test_the_key_in_the_address_is_never_told(
    name: str,
    answering_raw: Callable[[bytes | None], str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = make_clickatell(answering_raw(BAD_ANSWERS[name]), timeout_s=0.2)
    sms = make_sms(text="A secret place")
    with pytest.raises(SendError) as caught:
        provider.send(sms)
    told = "".join(traceback.format_exception(caught.value, chain=True)) + caplog.text
    told += repr(caught.value.__context__) + "".join(capfd.readouterr()) + repr(provider)
    for secret in ("thatNobodyMayRead", "254700000002", "secret place", "secret+place"):
        assert secret not in told


def test_the_key_is_not_told_of_a_message_that_went_well(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(SEND).respond_with_json({"messages": [{"apiMessageId": "c1"}]})
    make_clickatell(httpserver.url_for("")).send(make_sms())
    ours = [record for record in caplog.records if not record.name.startswith("werkzeug")]
    assert "thatNobodyMayRead" not in "".join(record.getMessage() for record in ours)


def test_the_credit_left_is_told(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/public-client/balance", headers={"Authorization": SECRET}
    ).respond_with_json({"balance": 12.5, "currency": "USD"})
    assert make_clickatell(httpserver.url_for("")).balance() == Balance(12.5, "USD")
