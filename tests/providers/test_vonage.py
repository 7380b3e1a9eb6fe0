"""Vonage: whose webhooks are believed, what they say, and what its answers mean."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    Part,
    ProviderConfig,
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.vonage import CODES, METHODS, REFUSALS, Vonage, signature

from .making import NOW, make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
SENT = {"msisdn": "254700000001", "to": "2020", "messageId": "in-1", "text": "Mto umefurika"}
STAMP = str(int(NOW.timestamp()))
SECRET = "hush"


def make_vonage(base_url: str = "", **options: str) -> Vonage:
    given = {"api_key": "k", "api_secret": "s"} | options
    config = ProviderConfig("main", "vonage", "+254711000000", base_url, 2.0, options=given)
    return Vonage(config, clock=lambda: NOW)


def signed(params: dict[str, str], method: str = "md5hash", shape: str = "form") -> WebhookRequest:
    params = {"timestamp": STAMP, "nonce": "n"} | params
    return shaped(params | {"sig": signature(params, SECRET, method)}, shape)


def shaped(params: dict[str, str], shape: str) -> WebhookRequest:
    if shape == "get":
        return make_request(f"{URL}?{urlencode(params)}", method="GET")
    if shape == "json":
        return make_request(URL, body=json.dumps(params).encode())
    return make_request(URL, params)


def receipt_of(**form: str) -> Receipt:
    (receipt,) = make_vonage().read_receipt(make_request(URL, {"messageId": "v-1"} | form))
    return receipt


# --- settings -----------------------------------------------------------------------------


def test_credentials_and_a_sender_are_wanted() -> None:
    with pytest.raises(
        ValueError, match="lacks: api_key, api_secret or signature_secret, sender_id"
    ):
        Vonage(ProviderConfig("main", "vonage"))


def test_an_unknown_signature_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="signature_method is none of md5hash"):
        make_vonage(signature_secret="s", signature_method="rot13")


# --- is it genuine? -----------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["get", "form", "json"])
@pytest.mark.parametrize("method", METHODS)
def test_each_signature_is_believed_in_each_shape(method: str, shape: str) -> None:
    request = signed(SENT | {"text": "a=b & ç"}, method, shape)
    for named in ({}, {"signature_method": method.upper()}):
        (sms,) = make_vonage(signature_secret=SECRET, **named).read_inbound(request)
        assert (sms.sender, sms.text) == ("+254700000001", "a=b & ç")


def test_with_a_method_named_no_other_is_believed() -> None:
    provider = make_vonage(signature_secret=SECRET, signature_method="sha512hmac")
    with pytest.raises(NotAuthentic):
        provider.read_inbound(signed(SENT, "md5hash"))


@pytest.mark.parametrize("shape", ["get", "form", "json"])
@pytest.mark.parametrize(
    "spoil",
    [
        {"text": "Evil"},
        {"extra": "1"},
        {"sig": ""},
        {"sig": "é"},
        {"timestamp": ""},
        {"timestamp": "x"},
        {"timestamp": str(int((NOW - timedelta(seconds=301)).timestamp()))},
    ],
)
def test_whatever_is_changed_after_signing_is_not_authentic(
    spoil: dict[str, str], shape: str
) -> None:
    good = dict(signed(SENT).form)
    request = shaped(good | spoil, shape)
    with pytest.raises(NotAuthentic):
        make_vonage(signature_secret=SECRET).read_inbound(request)


@pytest.mark.parametrize(("age_s", "genuine"), [(300, True), (301, False), (-301, False)])
def test_five_minutes_between_the_clocks_are_borne(age_s: int, genuine: bool) -> None:
    stamp = str(int(NOW.timestamp()) - age_s)
    request, provider = signed(SENT | {"timestamp": stamp}), make_vonage(signature_secret=SECRET)
    if genuine:
        assert provider.read_inbound(request)
    else:
        with pytest.raises(NotAuthentic):
            provider.read_inbound(request)


def test_an_unsigned_receipt_is_not_believed_either() -> None:
    request = make_request(URL, {"messageId": "v-1", "status": "delivered"})
    with pytest.raises(NotAuthentic):
        make_vonage(signature_secret=SECRET).read_receipt(request)


def test_without_signatures_the_secret_of_the_address_is_asked_for() -> None:
    provider = make_vonage(webhook_secret="s")
    assert provider.read_inbound(make_request(f"{URL}?key=s", SENT))
    with pytest.raises(NotAuthentic):
        provider.read_inbound(make_request(URL, SENT))


@pytest.mark.parametrize("options", [{}, {"signature_secret": SECRET}, {"webhook_secret": "s"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_being_saved_says_nothing(options: dict[str, str], method: str) -> None:
    provider = make_vonage(**options)
    assert provider.read_inbound(make_request(URL, method=method)) == []
    assert provider.read_receipt(make_request(f"{URL}?key=x", method=method)) == []


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"plain words"])
def test_a_body_that_is_nothing_is_refused_by_what_is_known_of_its_maker(body: bytes) -> None:
    request = make_request(URL, body=body)
    with pytest.raises(Unreadable):
        make_vonage().read_inbound(request)
    for options in ({"signature_secret": SECRET}, {"webhook_secret": "s"}):
        with pytest.raises(NotAuthentic):
            make_vonage(**options).read_inbound(request)


# --- what does it say? --------------------------------------------------------------------


def test_each_door_passes_over_what_is_the_other_s() -> None:
    provider = make_vonage()
    assert provider.read_receipt(make_request(URL, SENT)) == []
    receipt = make_request(URL, {"msisdn": "254700000001", "messageId": "v", "status": "failed"})
    assert provider.read_inbound(receipt) == []


def test_a_message_without_sender_is_unreadable_and_one_without_text_is_empty() -> None:
    with pytest.raises(Unreadable):
        make_vonage().read_inbound(make_request(URL, {"messageId": "in-1", "text": "x"}))
    (sms,) = make_vonage().read_inbound(make_request(URL, {"msisdn": "MTN", "messageId": "in-1"}))
    assert (sms.sender, sms.text) == ("MTN", "")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, Part("1a", 2, 3)),
        ({"concat": "false"}, None),
        ({"concat-ref": ""}, None),
        ({"concat-part": "4"}, None),
        ({"concat-part": "0"}, None),
        ({"concat-total": "x"}, None),
        ({"concat-total": "999"}, None),
    ],
)
def test_a_part_is_told_where_it_is_one(changes: dict[str, str], part: Part | None) -> None:
    concat = {"concat": "true", "concat-ref": "1a", "concat-part": "2", "concat-total": "3"}
    (sms,) = make_vonage().read_inbound(make_request(URL, SENT | concat | changes))
    assert sms.part == part


def test_a_part_in_json_may_say_true_without_quotes() -> None:
    concat = {"concat": True, "concat-ref": "1a", "concat-part": 1, "concat-total": 2}
    request = make_request(URL, body=json.dumps(SENT | concat).encode())
    (sms,) = make_vonage().read_inbound(request)
    assert sms.part == Part("1a", 1, 2)


@pytest.mark.parametrize(("status", "state"), Vonage.STATES.items())
def test_every_documented_status_has_its_state(status: str, state: str) -> None:
    assert receipt_of(status=status.upper()).state == state


def test_an_unknown_status_has_no_state() -> None:
    assert receipt_of(status="teleported").state is None


@pytest.mark.parametrize(("code", "meaning"), CODES.items())
def test_every_documented_code_of_a_receipt_has_its_meaning(code: str, meaning: str) -> None:
    receipt = receipt_of(**{"status": "failed", "err-code": code})
    assert receipt.opted_out == (meaning == "stopped")
    assert receipt.transient == (meaning == "passing")
    assert receipt.bad_recipient == (meaning == "hopeless")
    assert receipt.error_code == (None if code == "0" else code)


def test_a_code_beside_a_good_word_blames_nobody() -> None:
    receipt = receipt_of(**{"status": "accepted", "err-code": "9"})
    assert not receipt.opted_out


def test_a_receipt_says_our_reference_back() -> None:
    assert receipt_of(**{"status": "delivered", "client-ref": "d-1"}).reference == "d-1"
    with pytest.raises(Unreadable):
        make_vonage().read_receipt(make_request(URL, {"status": "delivered"}))


# --- what goes out ------------------------------------------------------------------------


def answer(*messages: Any) -> dict[str, Any]:
    return {"message-count": str(len(messages)), "messages": list(messages)}


def sent_form(httpserver: HTTPServer, sms: Any, **options: str) -> dict[str, str]:
    yes = answer({"status": "0", "message-id": "v-1", "message-price": "0.0333"})
    httpserver.expect_request("/sms/json").respond_with_json(yes)
    assert make_vonage(httpserver.url_for("/"), **options).send(sms) == Submission("v-1", 0.0333)
    ((request, _),) = httpserver.log
    return request.form.to_dict()


def test_a_message_leaves_with_all_that_belongs_to_it(httpserver: HTTPServer) -> None:
    sms = make_sms(
        text="Mafuriko ☔",
        receipt_url=f"{URL}?reference=d-1",
        expires_at=NOW + timedelta(hours=1),
    )
    assert sent_form(httpserver, sms, webhook_secret="a&b") == {
        "api_key": "k",
        "api_secret": "s",
        "from": "254711000000",
        "to": "254700000002",
        "text": "Mafuriko ☔",
        "type": "unicode",
        "status-report-req": "1",
        "client-ref": "d-1",
        "callback": f"{URL}?key=a%26b",
        "ttl": "3600000",
    }


def test_an_address_that_vonage_would_not_take_is_left_to_the_account(
    httpserver: HTTPServer,
) -> None:
    sms = make_sms(receipt_url="https://" + "a" * 93)
    assert "callback" not in sent_form(httpserver, sms)


def test_without_a_secret_the_request_is_signed(httpserver: HTTPServer) -> None:
    form = sent_form(httpserver, make_sms(), api_secret="", signature_secret=SECRET)
    assert "api_secret" not in form
    assert form["timestamp"] == STAMP
    assert form["sig"] == signature(form, SECRET, "md5hash")


def test_the_parts_of_a_long_text_have_one_name_and_one_price(httpserver: HTTPServer) -> None:
    parts = [{"status": "0", "message-id": f"v-{n}", "message-price": "0.5"} for n in (1, 2)]
    httpserver.expect_request("/sms/json").respond_with_json(answer(*parts))
    assert make_vonage(httpserver.url_for("")).send(make_sms()) == Submission("v-1", 1.0)


@pytest.mark.parametrize(("status", "kind"), REFUSALS.items())
def test_every_documented_status_of_an_answer_has_its_meaning(
    status: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    no = {"status": status, "error-text": "to 254700000002"}
    httpserver.expect_request("/sms/json").respond_with_json(answer(no))
    with pytest.raises(SendError) as caught:
        make_vonage(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), str(caught.value)) == (kind, status)


def test_throttling_passes_on_the_advice(httpserver: HTTPServer) -> None:
    text = "Throughput Rate Exceeded - please wait [ 250 ] and retry"
    httpserver.expect_request("/sms/json").respond_with_json(
        answer({"status": "1", "error-text": text})
    )
    with pytest.raises(Throttled) as caught:
        make_vonage(httpserver.url_for("")).send(make_sms())
    assert caught.value.retry_after_s == 0.25


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, answer({"status": "0"}, {"status": "1"}), HandoverUnknown, "in-part-1"),
        (200, answer({"status": "77"}), Rejected, "77"),
        (200, answer({"status": "to 254700000002"}), Rejected, "unknown"),
        (200, answer({}), HandoverUnknown, "unreadable-answer"),
        (200, answer(), HandoverUnknown, "unreadable-answer"),
        (200, answer("0"), HandoverUnknown, "unreadable-answer"),
        (200, {"messages": "0"}, HandoverUnknown, "unreadable-answer"),
        (200, "<html>", HandoverUnknown, "unreadable-answer"),
        (401, "Invalid API token", Misconfigured, "http-401"),
        (403, "<html>blocked by your operator", ProviderDown, "http-403"),
        (420, "{}", Rejected, "http-420"),
        (503, "Oops", ProviderDown, "http-503"),
        (502, "", HandoverUnknown, "http-502"),
    ],
)
def test_other_answers_are_judged_by_what_they_say(
    status: int, body: Any, kind: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request("/sms/json").respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_vonage(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_a_text_that_is_too_long_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected, match="12"):
        make_vonage(nobody_there).send(make_sms(text="x" * 3201))


def test_the_balance_is_told_without_a_secret_in_the_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/account/get-balance").respond_with_json({"value": 10.28})
    assert make_vonage(httpserver.url_for("")).balance() == Balance(10.28, "EUR")
    ((request, _),) = httpserver.log
    assert request.query_string == b""
    assert request.authorization is not None
    assert (request.authorization.username, request.authorization.password) == ("k", "s")
