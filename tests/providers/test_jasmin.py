"""Jasmin: its letters, its words, its sentences."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    Balance,
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
from gateway.providers.jasmin import HOPELESS, REFUSALS, TRANSIENT, Jasmin

from .making import NOW, make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
MESSAGE = {"id": "m1", "from": "254700000001", "to": "2020"}


def make(base_url: str = "", **options: str) -> Jasmin:
    login = {"username": "u", "password": "p"}
    config = ProviderConfig("main", "jasmin", "2020", base_url, 2.0, options=login | options)
    return Jasmin(config, clock=lambda: NOW)


def sent(httpserver: HTTPServer, **sms: Any) -> dict[str, str]:
    httpserver.expect_request("/send").respond_with_data('Success "m1"')
    assert make(httpserver.url_for("")).send(make_sms(**sms)) == Submission("m1")
    found: dict[str, str] = httpserver.log[-1][0].args.to_dict()
    return found


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"content": "Maji"}, "Maji"),
        ({"content": "\x00\x1b\x65 5"}, "@€ 5"),
        ({"content": "x", "binary": "1b3c05", "coding": "0"}, "[é"),
        ({"content": "a\x1b"}, "a"),
        ({"content": "\x1b\x1b"}, " "),
        ({"content": "\x1bZ"}, "Z"),
        ({"content": "café", "coding": "0"}, "café"),  # no GSM bytes, so somebody read them already
        ({"content": "??", "binary": "018ad83dde00", "coding": "8"}, "Ɗ😀"),
        ({"content": "kept", "binary": "zz", "coding": "8"}, "kept"),
        ({"content": "", "binary": "636166e9", "coding": "3"}, "café"),
        ({"content": "as it is", "coding": "1"}, "as it is"),
        ({"content": "", "coding": ""}, ""),
    ],
)
def test_a_message_is_read_in_its_letters(fields: dict[str, str], text: str) -> None:
    (sms,) = make().read_inbound(make_request(URL, MESSAGE | fields))
    assert (sms.provider_id, sms.sender, sms.recipient) == ("m1", "254700000001", "2020")
    assert sms.text == text


def test_other_letters_go_out_as_their_bytes(httpserver: HTTPServer) -> None:
    query = sent(httpserver, text="Ɗa", urgent=True, expires_at=NOW + timedelta(minutes=90))
    assert (query["coding"], query["hex-content"]) == ("8", "018a0061")
    assert (query["priority"], query["validity-period"]) == ("2", "90")
    assert "content" not in query
    assert "dlr" not in query


def test_what_jasmin_would_cut_is_refused() -> None:
    with pytest.raises(Rejected, match="too-long"):
        make().send(make_sms(text="x" * (5 * 153 + 1)))
    with pytest.raises(ValueError, match="long_content_max_parts"):
        make(long_content_max_parts="none")


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        *((403, f'Error "{words}: it says"', kind, code) for words, kind, code in REFUSALS),
        (400, 'Error "Mandatory argument [to] is not found."', Rejected, "http-400"),
        (500, "", ProviderDown, "http-500"),
        (429, "", Throttled, "http-429"),
        (401, "Failed Sending", Misconfigured, "http-401"),
        (200, 'Success ""', HandoverUnknown, "unreadable-answer"),
        (200, "<html>", HandoverUnknown, "unreadable-answer"),
    ],
)
def test_an_answer_that_is_no_yes(
    status: int, body: str, error: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/send").respond_with_data(body, status)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (error, code)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        *(({"message_status": word.upper()}, state) for word, state in Jasmin.STATES.items()),
        ({"message_status": "ESME_RINVSRCADR"}, "failed"),
        ({"message_status": "NEWWORD"}, None),
        ({"message_status": "NEWWORD", "dlvrd": "001"}, "delivered"),
        ({"dlvrd": "001"}, "delivered"),
        ({"dlvrd": "1", "err": "000"}, "delivered"),
        ({"dlvrd": "000", "err": "001"}, "failed"),
    ],
)
def test_every_word_of_a_receipt(fields: dict[str, str], state: str | None) -> None:
    (receipt,) = make().read_receipt(make_request(f"{URL}?reference=d-1", {"id": "m1"} | fields))
    assert (receipt.provider_id, receipt.reference, receipt.state) == ("m1", "d-1", state)
    word = fields.get("message_status", "").lower()
    assert (receipt.transient, receipt.bad_recipient) == (word in TRANSIENT, word in HOPELESS)
    assert receipt.error_code == (fields.get("err") if state == "failed" else None)


@pytest.mark.parametrize("fields", [{}, {"id": "m1"}, {"message_status": "DELIVRD"}])
def test_a_receipt_that_says_too_little_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        make().read_receipt(make_request(URL, fields))


def test_the_balance_is_asked_beside_the_address_for_sending(httpserver: HTTPServer) -> None:
    asked = httpserver.expect_request("/balance", query_string={"username": "u", "password": "p"})
    asked.respond_with_data('{"balance": 100.5, "sms_count": "ND"}')
    provider = make(httpserver.url_for(""), currency="KES")
    assert provider.balance() == Balance(100.5, "KES")
    asked.respond_with_data('{"balance": "ND", "sms_count": "ND"}')  # not limited
    assert provider.balance() is None
    asked.respond_with_data("<html>")
    with pytest.raises(HandoverUnknown):
        provider.balance()


def test_a_secret_of_the_address_is_wanted_when_there_is_one() -> None:
    provider = make(webhook_secret="hush")
    assert provider.read_inbound(make_request(f"{URL}?key=hush", MESSAGE))
    with pytest.raises(NotAuthentic):
        provider.read_inbound(make_request(URL, MESSAGE))
    with pytest.raises(NotAuthentic):
        provider.read_receipt(make_request(URL, {"id": "m1", "dlvrd": "1"}))
