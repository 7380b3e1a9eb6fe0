"""Kannel: its letters, its bits, its sentences."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
)
from gateway.providers.kannel import Kannel

from .making import NOW, make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"


def make(base_url: str = "", **options: str) -> Kannel:
    login = {"username": "u", "password": "hush-hush"}
    config = ProviderConfig("main", "kannel", "2020", base_url, 2.0, options=login | options)
    return Kannel(config, clock=lambda: NOW)


def sent(httpserver: HTTPServer, provider: Kannel, **sms: Any) -> dict[str, str]:
    httpserver.expect_request("/cgi-bin/sendsms").respond_with_data("0: Accepted for delivery", 202)
    assert provider.send(make_sms(**sms)) == Submission("")
    found: dict[str, str] = httpserver.log[-1][0].args.to_dict()
    return found


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"username": ""}, "lacks: username"),
        ({"ignore_sent": "maybe"}, 'ignore_sent: write "yes" or "no"'),
        ({"max_messages": "0"}, "max_messages: write a whole number from 1"),
        ({"dlr_mask": "32"}, "dlr_mask: write a whole number from 1 to 31"),
    ],
)
def test_a_wrong_option_is_refused_at_start(options: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make(**options)


def test_a_warning_goes_first_and_not_beyond_its_time(httpserver: HTTPServer) -> None:
    query = sent(
        httpserver,
        make(httpserver.url_for(""), webhook_secret="é"),
        urgent=True,
        expires_at=NOW + timedelta(minutes=90),
        receipt_url="https://a.org/receipt?reference=d-1",
    )
    assert (query["priority"], query["validity"]) == ("1", "90")
    # Kannel reads codes such as %d, %C and %A in the address, and %% as a percent sign.
    called = re.sub("%(.)", lambda code: {"d": "8", "%": "%"}.get(code[1], "?"), query["dlr-url"])
    assert called == "https://a.org/receipt?reference=d-1&key=%C3%A9&status=8"


def test_a_plain_message_has_nothing_that_it_does_not_need(httpserver: HTTPServer) -> None:
    query = sent(httpserver, make(httpserver.url_for(""), use_national="yes"))
    assert set(query) == {"username", "password", "from", "to", "text"}
    assert query["to"] == "700000002"


@pytest.mark.parametrize(("options", "mask"), [({}, "27"), ({"dlr_mask": "3"}, "3")])
def test_receipts_are_asked_for_as_the_account_says(
    options: dict[str, str], mask: str, httpserver: HTTPServer
) -> None:
    provider = make(httpserver.url_for(""), **options)
    assert sent(httpserver, provider, receipt_url="https://a.org/receipt")["dlr-mask"] == mask


def test_what_needs_more_parts_than_kannel_sends_is_refused() -> None:
    with pytest.raises(Rejected, match="too-long"):
        make(max_messages="2").send(make_sms(text="x" * 307))


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (403, "Not routable. Do not try again.", Misconfigured, "not-routable"),
        (403, "Authorization failed for sendsms", Misconfigured, "authorization"),
        (503, "Temporal failure, try again later.", ProviderDown, "temporal-failure"),
        (400, "Sender missing and no global set, rejected", Rejected, "http-400"),
        (429, "", Throttled, "http-429"),
        (404, "", Misconfigured, "http-404"),
        (500, "", ProviderDown, "http-500"),
        (200, "<html>0: ", HandoverUnknown, "unreadable-answer"),
        (202, "", HandoverUnknown, "unreadable-answer"),
    ],
)
def test_an_answer_that_is_no_yes(
    status: int, body: str, error: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/cgi-bin/sendsms").respond_with_data(body, status)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (error, code)


@pytest.mark.parametrize(
    "body", ["0: Accepted for delivery", "3: Queued for later delivery", "Sent."]
)
def test_every_yes_is_one(body: str, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/cgi-bin/sendsms").respond_with_data(body, 202)
    assert make(httpserver.url_for("")).send(make_sms()) == Submission("")


@pytest.mark.parametrize(
    ("status", "state", "transient"),
    [
        *((status, state, status == "16") for status, state in Kannel.STATES.items()),
        ("12", "submitted", False),
        ("9", "delivered", False),
        ("32", None, False),
        ("0", None, False),
        ("delivered", None, False),
    ],
)
def test_every_bit_of_a_receipt(status: str, state: str | None, transient: bool) -> None:
    request = make_request(f"{URL}?reference=d-1&status={status}", method="GET")
    (receipt,) = make().read_receipt(request)
    assert (receipt.reference, receipt.status, receipt.state) == ("d-1", status, state)
    assert receipt.transient == transient


@pytest.mark.parametrize("query", ["status=1", "reference=d-1", ""])
def test_a_receipt_that_says_too_little_is_refused(query: str) -> None:
    with pytest.raises(Unreadable):
        make().read_receipt(make_request(f"{URL}?{query}", method="GET"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("message=caf%C3%A9&charset=UTF-8", "café"),
        ("message=caf%C3%A9", "café"),
        ("message=%01%8A%00a&charset=UTF-16BE", "Ɗa"),
        ("message=caf%E9&charset=ISO-8859-1", "café"),
        ("message=abc&charset=klingon", "abc"),
        ("message=%01&charset=UTF-16BE", "\x01"),  # half a letter: kept as it came
    ],
)
def test_a_message_is_read_in_its_letters(query: str, text: str) -> None:
    (sms,) = make().read_inbound(make_request(f"{URL}?sender=+254700000001&id=7&to=2020&{query}"))
    assert (sms.sender, sms.provider_id, sms.recipient) == ("+254700000001", "7", "2020")
    assert sms.text == text


def test_the_password_in_the_address_reaches_no_log(
    nobody_there: str, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("werkzeug", "pytest_httpserver"):  # the stand-in company may log what it likes
        caplog.set_level(logging.CRITICAL, logger)
    for base_url in (nobody_there, httpserver.url_for("")):
        with pytest.raises(SendError) as caught:
            make(base_url).send(make_sms())
        assert "hush-hush" not in f"{caught.value!r} {caught.value.__context__!r}"
    assert "hush-hush" not in caplog.text


def test_a_secret_of_the_address_is_wanted_when_there_is_one() -> None:
    provider = make(webhook_secret="hush")
    assert provider.read_inbound(make_request(f"{URL}?sender=1234567&key=hush"))
    with pytest.raises(NotAuthentic):
        provider.read_inbound(make_request(f"{URL}?sender=1234567"))
    with pytest.raises(NotAuthentic):
        provider.read_receipt(make_request(f"{URL}?reference=d-1&status=1"))
