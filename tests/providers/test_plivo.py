"""Plivo: what its vectors leave out."""

from collections.abc import Callable
from dataclasses import replace
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
from gateway.providers.plivo import CODES, HOPELESS, OPTED_OUT, Plivo

from .making import NOW, make_request, make_sms
from .proofs import plivo_v2, plivo_v3

TOKEN = "6789"
URL = "https://alerts.example.org/sms/main/inbound"
RECEIPT_URL = "https://alerts.example.org/sms/main/receipt?reference=d1"
MESSAGES = "/v1/Account/MA1/Message/"
INBOUND = {"From": "254700000001", "To": "2020", "Text": "Mto umefurika", "MessageUUID": "u1"}
SENT = {"message": "message(s) queued", "message_uuid": ["u1"], "api_id": "a1"}


def make_plivo(base_url: str = "", **options: str) -> Plivo:
    given = {"auth_id": "MA1", "auth_token": TOKEN} | options
    config = ProviderConfig("main", "plivo", "+15005550006", base_url, 2.0, options=given)
    return Plivo(config, clock=lambda: NOW)


def signed(url: str, form: dict[str, str], token: str = TOKEN, **more: Any) -> Any:
    return make_request(url, form, headers=plivo_v3(url, list(form.items()), token), **more)


def receipt(**changes: str) -> Any:
    form = {"MessageUUID": "u1", "Status": "delivered"} | changes
    (found,) = make_plivo().read_receipt(signed(RECEIPT_URL, form))
    return found


def test_missing_options_are_all_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"auth_id, auth_token, powerpack_uuid or sender_id"):
        Plivo(ProviderConfig("main", "plivo"))


# --- who made this webhook? ---------------------------------------------------------------


def test_a_signed_message_is_read() -> None:
    (sms,) = make_plivo().read_inbound(signed(URL, INBOUND | {"Media0": "https://x.example/a"}))
    assert (sms.provider_id, sms.sender, sms.recipient, sms.text, sms.media) == (
        "u1",
        "+254700000001",
        "2020",
        "Mto umefurika",
        1,
    )


def test_a_get_is_read_from_its_query_in_any_language() -> None:
    url = f"{URL}?From=254700000001&MessageUUID=u1&Text=%E1%8B%B0+caf%C3%A9"
    request = make_request(url, method="GET", headers=plivo_v3(url, [], TOKEN))
    (sms,) = make_plivo().read_inbound(request)
    assert sms.text == "ደ café"


def test_the_main_account_signs_for_its_subaccounts_and_the_second_token_while_they_change() -> (
    None
):
    headers = plivo_v3(URL, list(INBOUND.items()), "old")
    headers["X-Plivo-Signature-Ma-V3"] = f"AAAA, {headers.pop('X-Plivo-Signature-V3')}"
    request = make_request(URL, INBOUND, headers=headers)
    assert make_plivo(auth_token_secondary="old").read_inbound(request)
    with pytest.raises(NotAuthentic):
        make_plivo().read_inbound(request)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: {"form": INBOUND | {"Text": "Evil"}},
        lambda good: {"form": {}},
        lambda good: {"url": URL + "?x=1"},
        lambda good: {"url": URL.replace("https", "http")},
        lambda good: {"headers": {}},
        lambda good: {"headers": good | {"X-Plivo-Signature-V3-Nonce": "2"}},
        lambda good: {"headers": good | {"X-Plivo-Signature-V3": "\udcff, é"}},
        # A good older proof does not mend a bad newer one.
        lambda good: {"headers": plivo_v2(URL, TOKEN) | good | {"X-Plivo-Signature-V3": "A"}},
    ],
)
def test_whatever_is_changed_after_signing_is_not_authentic(
    spoil: Callable[[dict[str, str]], dict[str, Any]],
) -> None:
    good = plivo_v3(URL, list(INBOUND.items()), TOKEN)
    spoilt = {"url": URL, "form": INBOUND, "headers": good} | spoil(good)
    with pytest.raises(NotAuthentic):
        make_plivo().read_inbound(make_request(**spoilt))


def test_an_address_that_is_none_is_not_authentic() -> None:
    request = replace(signed(URL, INBOUND), url="https://[broken")
    with pytest.raises(NotAuthentic):
        make_plivo().read_inbound(request)


def test_the_older_proof_is_believed_unless_the_operator_wants_the_newer() -> None:
    request = make_request(URL, INBOUND, headers=plivo_v2(URL, TOKEN))
    assert make_plivo().read_inbound(request)
    with pytest.raises(NotAuthentic):
        make_plivo(signature="v3").read_inbound(request)


@pytest.mark.parametrize("name", ["From", "MessageUUID"])
def test_a_message_without_what_makes_it_one_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable, match=f"{name} is missing"):
        make_plivo().read_inbound(signed(URL, INBOUND | {name: ""}))


# --- what became of ours? -----------------------------------------------------------------


@pytest.mark.parametrize(("status", "state"), Plivo.STATES.items())
def test_every_status_has_its_state(status: str, state: str | None) -> None:
    assert receipt(Status=status).state == state


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_told_apart(code: str) -> None:
    found = receipt(Status="undelivered", ErrorCode=code)
    assert (found.state, found.error_code) == ("failed", code)
    assert found.opted_out == (code == OPTED_OUT)
    assert found.transient == CODES[code][1]
    assert found.bad_recipient == (code in HOPELESS)


def test_a_receipt_carries_our_reference_and_no_code_where_all_is_well() -> None:
    found = receipt(ErrorCode="000", ParentMessageUUID="parent")
    assert (found.provider_id, found.reference, found.error_code) == ("parent", "d1", None)


@pytest.mark.parametrize(
    ("part", "state"), [("1 of 1", "delivered"), ("2 of 2", "delivered"), ("1 of 2", "submitted")]
)
def test_a_text_of_which_a_piece_arrived_has_not_arrived(part: str, state: str) -> None:
    assert receipt(PartInfo=part).state == state


def test_a_receipt_without_a_status_says_nothing_and_without_an_id_is_unreadable() -> None:
    assert make_plivo().read_receipt(signed(RECEIPT_URL, {"MessageUUID": "u1"})) == []
    with pytest.raises(Unreadable):
        make_plivo().read_receipt(signed(RECEIPT_URL, {"Status": "sent"}))


# --- handing over -------------------------------------------------------------------------


def test_a_message_leaves_with_its_expiry_and_the_powerpack(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES, method="POST").respond_with_json(SENT, 202)
    provider = make_plivo(httpserver.url_for(""), powerpack_uuid="pp1")
    sms = make_sms(receipt_url=RECEIPT_URL, expires_at=NOW + timedelta(minutes=30))
    assert provider.send(sms) == Submission("u1")
    ((request, _),) = httpserver.log
    assert request.get_json() == {
        "powerpack_uuid": "pp1",
        "dst": "254700000002",
        "text": "Flood: go uphill now",
        "url": RECEIPT_URL,
        "method": "POST",
        "message_expiry": 1800,
    }


@pytest.mark.parametrize(("minutes", "seconds"), [(0.05, 5), (600, 10_800)])
def test_an_expiry_stays_within_what_plivo_takes(
    minutes: float, seconds: int, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(SENT, 202)
    sms = make_sms(expires_at=NOW + timedelta(minutes=minutes))
    make_plivo(httpserver.url_for("")).send(sms)
    assert httpserver.log[0][0].get_json()["message_expiry"] == seconds


def test_a_message_whose_time_is_over_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected, match="expired"):
        make_plivo(nobody_there).send(make_sms(expires_at=NOW))


@pytest.mark.parametrize(
    ("text", "code"), [("x" * 1601, "110"), ("half a pair: \ud83d", "unusable-text")]
)
def test_a_text_that_plivo_cannot_carry_is_not_even_tried(
    text: str, code: str, nobody_there: str
) -> None:
    with pytest.raises(Rejected) as caught:
        make_plivo(nobody_there).send(make_sms(text=text))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, {"error": "dst parameter is invalid: 254700000002"}, BadRecipient, "50"),
        (400, {"error": "src parameter invalid"}, Misconfigured, "40"),
        (400, {"error": "message too long"}, Rejected, "110"),
        (400, {"error": "Destination has opted out"}, RecipientOptedOut, "200"),
        (400, {"error": "number is in the opt-out list"}, RecipientOptedOut, "200"),
        (400, {"error": "invalid destination number"}, BadRecipient, "50"),
        (400, {"error": "invalid source number"}, Misconfigured, "40"),
        (402, {"error": "Insufficient Credit"}, Misconfigured, "900"),
        (403, {"error": "account disabled"}, Misconfigured, "910"),
        (400, {"error": "something else"}, Rejected, "http-400"),
        (401, {"error": "failed"}, Misconfigured, "http-401"),
        (403, {"error": "geo permission"}, Misconfigured, "http-403"),
        (429, {"error": "too many requests"}, Throttled, "http-429"),
        (500, {"error": "dst invalid"}, ProviderDown, "http-500"),
        (504, {}, HandoverUnknown, "http-504"),
        (202, {"message_uuid": [], "invalid_number": ["254700000002"]}, BadRecipient, "50"),
        (202, {"message_uuid": []}, HandoverUnknown, "no-id"),
        (202, {"message_uuid": "u1"}, HandoverUnknown, "no-id"),
        (400, {"error": ["dst invalid"]}, Rejected, "http-400"),
    ],
)
def test_every_refusal_is_told_apart(
    status: int, body: Any, kind: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(body, status)
    with pytest.raises(SendError) as caught:
        make_plivo(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, code)


# --- asking -------------------------------------------------------------------------------


def test_a_recipient_who_got_nothing_since_got_not_ours(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES, method="GET").respond_with_json({"objects": []})
    assert make_plivo(httpserver.url_for("")).look_up(make_sms(), NOW) is None
    args = httpserver.log[0][0].args
    assert (args["to_number"], args["message_time__gte"]) == (
        "254700000002",
        "2026-11-20 05:55:00",
    )


def test_a_recipient_who_got_something_leaves_the_doubt(httpserver: HTTPServer) -> None:
    """Plivo tells no text, and a warning taken for an answer would be lost."""
    httpserver.expect_request(MESSAGES).respond_with_json({"objects": [{"message_uuid": "u1"}]})
    with pytest.raises(HandoverUnknown, match="cannot-tell-which"):
        make_plivo(httpserver.url_for("")).look_up(make_sms(), NOW)


def test_the_money_left_is_told(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/Account/MA1/").respond_with_json({"cash_credits": "19.20"})
    assert make_plivo(httpserver.url_for("")).balance() == Balance(19.2, "USD")


@pytest.mark.parametrize("told", [None, "much", "nan", [], "1e999"])
def test_money_that_is_no_number_is_no_answer(told: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/Account/MA1/").respond_with_json({"cash_credits": told})
    with pytest.raises(SendError):
        make_plivo(httpserver.url_for("")).balance()
