"""MTN: one address for everything, its words, its codes."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers import build
from gateway.providers.base import (
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Throttled,
    Unreadable,
)
from gateway.providers.mtn import TRANSIENT, Mtn

from .making import make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
REFERENCE = "0123456789abcdef0123456789ABCDEF"


def make(base_url: str = "", **options: str) -> Any:
    login = {"api_key": "k", "auth_token": "t"}
    return build(ProviderConfig("main", "mtn", "2020", base_url, 2.0, options=login | options))


def said(**fields: Any) -> Any:
    return make_request(URL, body=json.dumps(fields).encode())


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="api_key, auth_token, sender_id"):
        build(ProviderConfig("main", "mtn"))


def test_an_empty_message_is_no_receipt_and_both_doors_know() -> None:
    message = said(senderAddress="242060000001", receiverAddress="2020", message="", id=None)
    receipt = said(transactionId="x1", deliveryStatus="DELIVRD")
    (sms,) = make().read_inbound(message)
    assert (sms.provider_id, sms.text, sms.recipient) == ("", "", "2020")
    assert make().read_receipt(message) == []
    assert make().read_inbound(receipt) == []
    assert make().ONE_DOOR
    for read in (make().read_inbound, make().read_receipt):
        with pytest.raises(Unreadable):
            read(said(message="from nobody"))


@pytest.mark.parametrize(("word", "state"), [*Mtn.STATES.items(), ("blabla", None)])
def test_every_word_of_a_receipt(word: str, state: str | None) -> None:
    (receipt,) = make().read_receipt(said(transactionId="x1", deliveryStatus=word.upper()))
    assert (receipt.provider_id, receipt.state, receipt.reference) == ("x1", state, None)
    assert receipt.transient == (word in TRANSIENT)


def test_a_receipt_may_name_our_reference_alone() -> None:
    told = {"transactionId": None, "deliveryStatus": "EXPIRED"}
    (receipt,) = make().read_receipt(said(**told, clientCorrelator=REFERENCE))
    assert (receipt.provider_id, receipt.reference) == ("", REFERENCE)
    assert make().read_receipt(said(**told, clientCorrelator="somebody-elses")) == []


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (200, '{"statusCode": "4000"}', Rejected, "4000"),
        (200, '{"statusCode": "5000"}', ProviderDown, "5000"),
        (200, '{"statusCode": "a sentence"}', Rejected, "refused"),
        (200, "{}", HandoverUnknown, "unreadable-answer"),
        (201, "<html>", HandoverUnknown, "unreadable-answer"),
        (400, "{}", Rejected, "http-400"),
        (401, "<html>", ProviderDown, "http-401"),  # a portal's page, not MTN's
        (403, "{}", Misconfigured, "http-403"),
        (429, "{}", Throttled, "http-429"),
        (500, "{}", ProviderDown, "http-500"),
        (502, "", HandoverUnknown, "http-502"),
    ],
)
def test_an_answer_that_is_no_yes(
    status: int, body: str, error: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v1/oauth/access_token").respond_with_json({"access_token": "a"})
    httpserver.expect_request("/v2/messages/sms/outbound").respond_with_data(body, status)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (error, code)


def test_a_secret_of_the_address_is_wanted_when_there_is_one() -> None:
    for read in (
        make(webhook_secret="hush").read_inbound,
        make(webhook_secret="hush").read_receipt,
    ):
        with pytest.raises(NotAuthentic):
            read(said(senderAddress="242060000001", message="a"))
